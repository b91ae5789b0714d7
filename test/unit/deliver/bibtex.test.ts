import assert from 'node:assert/strict';
import { Cite } from '@citation-js/core';
import '@citation-js/plugin-bibtex';
import fc from 'fast-check';
import { deliver, foreignText, recordOf, textOf, type Circumstances } from '../../support/delivery.ts';

interface ReadName {
  readonly family?: string;
  readonly given?: string;
  readonly suffix?: string;
  readonly 'non-dropping-particle'?: string;
}

type ReadWork = Readonly<Record<string, unknown>> & { readonly title: string; readonly author?: readonly ReadName[] };

/** As somebody else's program reads it. */
function readBack(text: string): readonly ReadWork[] {
  if (text === '') return [];
  return new Cite(text).data as unknown as ReadWork[];
}

const openAlex = {
  id: 'https://openalex.org/W1',
  doi: 'https://doi.org/10.1038/Nature_14539',
  title: 'Deep <i>learning</i> &amp; more',
  authorships: [
    { author: { display_name: 'Yann LeCun' } },
    { author: { display_name: 'Vincent van Gogh' } },
    { author: { display_name: 'World Health Organization' } },
  ],
  publication_year: 2015,
  publication_date: '2015-05-27',
  type: 'article',
  primary_location: {
    landing_page_url: 'https://doi.org/10.1038/Nature_14539',
    source: { display_name: 'Nature & Sons', type: 'journal', host_organization_name: 'Springer' },
  },
  biblio: { volume: '521', issue: '7553', first_page: '436', last_page: '444' },
  abstract_inverted_index: { learning: [1, 3], Deep: [0], allows: [2] },
};

const crossref = {
  title: ['Literate Programming'],
  author: [
    { given: 'Donald E.', family: 'Knuth', sequence: 'first' },
    { name: 'Food and Agriculture Organization', sequence: 'additional' },
  ],
  issued: { 'date-parts': [[1984, 2]] },
  'container-title': ['The Computer Journal'],
  type: 'journal-article',
  page: '97-111',
  DOI: '10.1093/comjnl/27.2.97',
  URL: 'http://dx.doi.org/10.1093/comjnl/27.2.97',
  ISSN: ['0010-4620'],
};

async function bibliography(data: readonly object[], given: Circumstances = {}): Promise<string> {
  const records = data.map((each, place) => recordOf(`r${place + 1}`, each as Record<string, unknown>));
  return textOf(await deliver('bibtex', records, given));
}

const keysIn = (text: string): string[] => [...text.matchAll(/^@\w+\{([^,]+),$/gm)].map(([, key]) => key!);

describe('a bibliography', () => {
  it('writes a work of OpenAlex', async () => {
    const text = await bibliography(
      [{ title: 'as cited', metadata: openAlex, download: { file: 'a.pdf', url: 'http://x.y' } }],
      {
        stages: ['references', 'metadata', 'download'],
        options: { abstract: true },
      },
    );
    assert.equal(
      text,
      `@article{lecun2015deep,
  author = {LeCun, Yann and van Gogh, Vincent and {World Health Organization}},
  title = {{Deep learning \\& more}},
  journal = {Nature \\& Sons},
  volume = {521},
  number = {7553},
  publisher = {Springer},
  pages = {436--444},
  year = {2015},
  month = may,
  doi = {10.1038/Nature_14539},
  abstract = {Deep learning allows learning},
}
`,
    );
  });

  it('is read by somebody else with the same values', async () => {
    const [first, second] = readBack(await bibliography([openAlex, crossref]));
    assert.equal(first?.title, 'Deep learning & more');
    assert.equal(first.DOI, '10.1038/Nature_14539');
    assert.equal(first.page, '436-444');
    assert.equal(first['container-title'], 'Nature & Sons');
    assert.deepEqual(first.author, [
      { given: 'Yann', family: 'LeCun' },
      { given: 'Vincent', family: 'Gogh', 'non-dropping-particle': 'van' },
      { family: 'World Health Organization' },
    ]);
    assert.deepEqual(first.issued, { 'date-parts': [[2015, 5]] });
    assert.deepEqual(second?.author, [
      { given: 'Donald E.', family: 'Knuth' },
      { family: 'Food and Agriculture Organization' },
    ]);
  });

  for (const [what, data, type] of [
    ['a journal', { title: 'A', journal: 'J' }, 'article'],
    [
      'a conference of OpenAlex',
      { title: 'A', type: 'article', primary_location: { source: { type: 'conference' } } },
      'inproceedings',
    ],
    ['a preprint', { title: 'A', type: 'article', primary_location: { source: { type: 'repository' } } }, 'misc'],
    ['proceedings of Crossref', { title: ['A'], type: 'proceedings-article' }, 'inproceedings'],
    ['a conference paper of CSL', { title: 'A', type: 'paper-conference' }, 'inproceedings'],
    ['a chapter', { title: 'A', type: 'book-chapter' }, 'incollection'],
    ['a book', { title: 'A', type: 'monograph' }, 'book'],
    ['a book that only has a publisher', { title: 'A', publisher: 'P' }, 'book'],
    ['a thesis', { title: 'A', type: 'dissertation', institution: [{ name: 'MIT' }] }, 'phdthesis'],
    ['a thesis of a master', { title: 'A', type: 'thesis', genre: "Master's thesis" }, 'mastersthesis'],
    ['what nobody knows', { title: 'A', type: 'constructor' }, 'misc'],
  ] as const) {
    it(`makes ${type} of ${what}`, async () => {
      assert.match(await bibliography([data]), new RegExp(`^@${type}\\{`));
    });
  }

  it('gives each work a key of its own, the same each time', async () => {
    const work = { title: 'The art of programming', author: 'Knuth, Donald', year: 1968 };
    const works = [
      work,
      work,
      { ...work, title: 'On Art' },
      { ...work, author: 'Łukasz Straße' },
      { title: '日本', year: 2001 },
    ];
    const text = await bibliography(works);
    assert.deepEqual(keysIn(text).slice(0, 4), ['knuth1968art', 'knuth1968arta', 'knuth1968artb', 'strasse1968art']);
    assert.match(keysIn(text)[4]!, /^anon2001[0-9a-f]{8}$/);
    assert.equal(await bibliography(works), text);
  });

  it('takes keys from where a person has put them, without what no key may hold', async () => {
    const works = [
      { title: 'A', id: 'my key{1}' },
      { title: 'B', id: 'MYKEY1' },
      { title: 'C', id: '   ' },
    ];
    assert.deepEqual(keysIn(await bibliography(works, { options: { key: 'id' } })), ['mykey1', 'MYKEY1a', 'anonc']);
  });

  it('lists a work once for each DOI, with what any of its records knows', async () => {
    const text = await bibliography([
      { title: 'Once', doi: 'https://doi.org/10.1000/ABC' },
      { title: 'Twice', doi: '10.1000/abc', year: 1999, author: ['A. Body'] },
      { title: 'Other', doi: '10.1000/abcd' },
    ]);
    assert.deepEqual(
      readBack(text).map(({ title, DOI, issued }) => [title, DOI, issued]),
      [
        ['Once', '10.1000/ABC', { 'date-parts': [[1999]] }],
        ['Other', '10.1000/abcd', undefined],
      ],
    );
  });

  it('takes fields from where a person says they are', async () => {
    const data = {
      title: 'No',
      meta: { heading: 'Yes', when: 'May 2001', tags: ['a', 'b'] },
      abstract: 'x',
      body: 'Long.',
    };
    const options = {
      title: 'meta.heading',
      year: ['meta.none', 'meta.when'],
      keywords: 'meta.tags',
      abstract: 'body',
    };
    const [work] = readBack(await bibliography([data], { options }));
    assert.equal(work?.title, 'Yes');
    assert.deepEqual(work.issued, { 'date-parts': [[2001]] });
    assert.equal(work.keyword, 'a,b');
    assert.equal(work.abstract, 'Long.');
  });

  it('leaves out a record without a title, and says so', async () => {
    const { files, notes } = await deliver('bibtex', [recordOf('a', { year: 1 }), recordOf('b', { title: 'B' })]);
    assert.equal(readBack(String(files[0]?.content)).length, 1);
    assert.deepEqual(notes, ['The record "a" is left out: it has no "title".']);
  });

  it('takes only what is an address or a DOI for one', async () => {
    const text = await bibliography([
      { title: 'A', url: 'javascript:alert(1)', doi: 'nonsense' },
      { title: 'B', url: 'https://a.b/c_d%20{e}\\f?x=1&y=#z', doi: 'doi:10.1000/a_b{c}' },
    ]);
    const [first, second] = readBack(text);
    assert.equal(first?.URL, undefined);
    assert.equal(first?.DOI, undefined);
    assert.match(text, /url = \{https:\/\/a\.b\/c_d%20%7Be%7D%5Cf\?x=1&y=#z\}/);
    assert.equal(second?.DOI, '10.1000/a_b%7Bc%7D');
  });

  for (const [written, read] of [
    ['Knuth, Donald E.', { family: 'Knuth', given: 'Donald E.' }],
    ['Donald E. Knuth', { family: 'Knuth', given: 'Donald E.' }],
    ['Sammy Davis Jr.', { family: 'Davis', given: 'Sammy', suffix: 'Jr.' }],
    ['Davis, Jr., Sammy', { family: 'Davis', given: 'Sammy', suffix: 'Jr.' }],
    ['王小明', { family: '王小明' }],
    ['Plato', { family: 'Plato' }],
    ['Ludwig van der Rohe', { family: 'Rohe', given: 'Ludwig', 'non-dropping-particle': 'van der' }],
    ['University of Oslo', { family: 'University of Oslo' }],
  ] as const) {
    it(`knows the parts of the name ${written}`, async () => {
      const [work] = readBack(await bibliography([{ title: 'T', author: [written] }]));
      assert.deepEqual(work?.author, [read]);
    });
  }

  it('parts several names in one text', async () => {
    for (const author of ['Ann Lee; Bo Ek', 'Ann Lee and Bo Ek', 'Lee, Ann; Ek, Bo']) {
      const [work] = readBack(await bibliography([{ title: 'T', author }]));
      assert.deepEqual(work?.author, [
        { family: 'Lee', given: 'Ann' },
        { family: 'Ek', given: 'Bo' },
      ]);
    }
  });

  /** What any text comes to as a line of a file, written in another way than the code does. */
  const asLine = (text: string): string =>
    text
      .toWellFormed()
      .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
      .replace(/[\v\f\u0085]/g, ' ')
      .replace(/(?!\s)\p{Cc}|\p{Noncharacter_Code_Point}/gu, '\ufffd')
      .split(/\s+/)
      .filter((word) => word !== '')
      .join(' ');

  it('is read back with the same values, whatever they are', async () => {
    const works = fc.array(
      fc.record({
        title: foreignText,
        journal: foreignText,
        family: foreignText,
        given: foreignText,
        note: foreignText,
      }),
      { maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(works, async (given) => {
        const data = given.map(({ family, given: first, ...work }) => ({
          ...work,
          author: [{ family, given: first }],
        }));
        const read = readBack(await bibliography(data));
        const written = given.filter(({ title }) => asLine(title) !== '');
        assert.deepEqual(
          read.map(({ title }) => title),
          written.map(({ title }) => asLine(title)),
        );
        for (const [place, { journal, note }] of written.entries()) {
          assert.equal(read[place]?.['container-title'] ?? '', asLine(journal));
          assert.equal(read[place]?.note ?? '', asLine(note));
        }
        assert.equal(new Set(read.map(({ id }) => String(id).toLowerCase())).size, read.length);
      }),
      { numRuns: 300 },
    );
  });

  it('is read back with the same names, whatever they are', async () => {
    const names = fc.array(fc.record({ family: foreignText, given: foreignText }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(names, async (author) => {
        const [work] = readBack(await bibliography([{ title: 'T', author }]));
        const named = author.filter(({ family }) => asLine(family) !== '');
        assert.equal(work?.author?.length ?? 0, named.length);
      }),
      { numRuns: 300 },
    );
  });
});
