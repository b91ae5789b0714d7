import assert from 'node:assert/strict';
import fc from 'fast-check';
import { extractText, getDocumentProxy } from 'unpdf';
import { parseRateLimitHeaders } from '../../../src/services/rateLimitHeaders.ts';
import { catalogueHost, demoCatalogue, isForCatalogue, worksNamedIn } from '../../../src/services/demo/catalogue.ts';
import { catalogueWorks } from '../../../src/services/demo/catalogueWorks.ts';

const base = `https://${catalogueHost}`;

interface ShownWork {
  readonly id: string;
  readonly doi: string;
  readonly title: string;
  readonly publication_year: number;
  readonly open_access: { readonly is_oa: boolean; readonly oa_url: string | null };
  readonly best_oa_location: { readonly pdf_url: string } | null;
  readonly authorships: readonly { readonly author_position: string; readonly author: { display_name: string } }[];
}

interface List {
  readonly meta: { readonly count: number; readonly page: number; readonly per_page: number };
  readonly results: readonly (ShownWork & { readonly relevance_score?: number })[];
}

function get(path: string): { status: number; headers: Readonly<Record<string, string>>; value: unknown } {
  const { status, headers, body } = demoCatalogue({ method: 'GET', url: `${base}${path}` });
  assert.equal(headers['content-length'], String(body.length));
  return { status, headers, value: JSON.parse(new TextDecoder().decode(body)) };
}

const search = (words: string): List => get(`/works?search=${encodeURIComponent(words)}`).value as List;

describe('built-in catalogue', () => {
  it('knows its own host and no other', () => {
    assert.ok(isForCatalogue(`${base}/works`));
    assert.ok(isForCatalogue('https://Catalogue.Demo.Invalid/works?a=b'));
    for (const url of [
      'https://catalogue.demo.invalid.example.com/',
      'https://example.com/catalogue.demo.invalid',
      'x',
    ]) {
      assert.ok(!isForCatalogue(url), url);
    }
  });

  it('finds each work by its DOI, however that is written', () => {
    for (const { doi, title } of catalogueWorks) {
      const ways = [`doi:${doi}`, `doi:${doi.toUpperCase()}`, encodeURIComponent(`https://doi.org/${doi}`)];
      for (const way of ways) {
        const { status, value } = get(`/works/${way}`);
        assert.equal(status, 200, way);
        assert.equal((value as ShownWork).title, title);
      }
      const { results } = get(`/works?filter=doi:${encodeURIComponent(doi)}`).value as List;
      assert.deepEqual(
        results.map((work) => work.title),
        [title],
      );
    }
  });

  it('finds each work by its title first, in other letters too', () => {
    for (const { title } of catalogueWorks) {
      const { results, meta } = search(title.toUpperCase());
      assert.equal(results[0]?.title, title);
      assert.equal(meta.count, results.length);
      assert.equal(typeof results[0].relevance_score, 'number');
    }
    assert.deepEqual(search('how towns remember their rivers').results, []);
    assert.deepEqual(search('?!').results, []);
  });

  it('shows works as OpenAlex does', () => {
    const work = get('/works/doi:10.1038/nature14539').value as ShownWork;
    assert.equal(work.doi, 'https://doi.org/10.1038/nature14539');
    assert.equal(work.publication_year, 2015);
    assert.deepEqual(
      work.authorships.map(({ author, author_position: place }) => `${place}: ${author.display_name}`),
      ['first: Yann LeCun', 'middle: Yoshua Bengio', 'last: Geoffrey Hinton'],
    );
    assert.deepEqual(get(`/works/${work.id.replace(`${base}/`, '')}`).value, work);
    const keys = ['ids', 'type', 'type_crossref', 'primary_location', 'biblio', 'cited_by_count', 'language'];
    assert.deepEqual(
      keys.filter((key) => !Object.hasOwn(work, key)),
      [],
    );
  });

  it('gives a paper for those that are free to read, and for no other', async () => {
    for (const { id, title, isOpen } of catalogueWorks) {
      const work = get(`/works/${id}`).value as ShownWork;
      assert.equal(work.open_access.is_oa, isOpen);
      assert.equal(work.best_oa_location?.pdf_url ?? null, work.open_access.oa_url);
      const { status, headers, body } = demoCatalogue({ method: 'GET', url: `${base}/papers/${id}.pdf` });
      assert.equal(status, isOpen ? 200 : 404);
      if (!isOpen) continue;
      assert.equal(work.open_access.oa_url, `${base}/papers/${id}.pdf`);
      assert.equal(headers['content-type'], 'application/pdf');
      const { text } = await extractText(await getDocumentProxy(new Uint8Array(body), { verbosity: 0 }), {
        mergePages: true,
      });
      const words = (value: string): string => value.replace(/\s+/g, ' ');
      assert.ok(words(text).includes(words(title)), text);
    }
  });

  it('says what is left of the day, which nobody takes for a limit that is used up', () => {
    for (const path of ['/works/doi:10.1038/nature14539', '/works?search=deep+learning', '/works/doi:10.1/none']) {
      const { headers } = get(path);
      assert.equal(headers['x-ratelimit-limit'], '100000');
      assert.ok(Number(headers['x-ratelimit-remaining']) > 0);
      const read = parseRateLimitHeaders(new Headers(headers), 0);
      assert.ok(JSON.stringify(read) !== '{}', 'the headers are those that are read');
    }
  });

  it('answers what it does not have as others do', () => {
    const missing = get('/works/doi:10.1/none');
    assert.equal(missing.status, 404);
    assert.deepEqual(missing.value, { error: 'Not Found', message: 'Work doi:10.1/none not found' });
    assert.equal(get('/elsewhere').status, 404);
    assert.equal(get('/works?filter=colour:blue').status, 400);
    assert.equal(demoCatalogue({ method: 'POST', url: `${base}/works` }).status, 405);
    assert.equal(demoCatalogue({ method: 'GET', url: 'https://example.com/works' }).status, 404);
  });

  it('pages through lists', () => {
    const first = get('/works?per_page=10').value as List;
    const second = get('/works?per_page=10&page=2').value as List;
    assert.equal(first.meta.count, catalogueWorks.length);
    assert.deepEqual(
      [...first.results, ...second.results].map(({ title }) => title),
      catalogueWorks.map(({ title }) => title),
    );
  });

  it('answers whatever is asked, and the same each time', () => {
    fc.assert(
      fc.property(fc.webPath(), fc.webQueryParameters(), fc.string(), (path, query, words) => {
        const urls = [
          `${base}${path}?${query}`,
          `${base}/works?search=${encodeURIComponent(words.toWellFormed())}`,
          words,
        ];
        for (const url of urls) {
          const answer = demoCatalogue({ method: 'GET', url });
          assert.ok(answer.status >= 200 && answer.status < 500);
          assert.ok(Buffer.from(answer.body).equals(demoCatalogue({ method: 'GET', url }).body));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('finds works that a text names, in the order of the text', () => {
    const text =
      'As in "The byzantine Generals\nproblem" and [2], https://doi.org/10.1038/nature14539, not "learning deep".';
    assert.deepEqual(
      worksNamedIn(text).map(({ title }) => title),
      ['The Byzantine Generals Problem', 'Deep learning'],
    );
    assert.deepEqual(worksNamedIn('Nothing of the kind.'), []);
  });
});
