import assert from 'node:assert/strict';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { deliver, foreignText, isReadable, recordOf, textOf, type Circumstances } from '../../support/delivery.ts';

async function markdownOf(data: readonly object[], given: Circumstances = {}): Promise<string> {
  const records = data.map((each, place) => recordOf(`r${place + 1}`, each as Record<string, unknown>));
  return textOf(await deliver('markdown', records, given));
}

const html = (text: string): string => new MarkdownIt('commonmark').render(text);

describe('Markdown of records', () => {
  it('has the texts as they are, in order, under their titles', async () => {
    assert.equal(
      await markdownOf([
        { title: 'A', text: '\n\nFirst  \n*text*\n\n' },
        { text: 'no title' },
        { title: 'c', text: '## C ##\nthird' },
      ]),
      '# A\n\nFirst  \n*text*\n\nno title\n\n## C ##\nthird\n',
    );
    assert.equal(await markdownOf([{ title: 'A', text: 'a' }], { options: { title: 'All' } }), '# All\n\n## A\n\na\n');
    assert.equal(await markdownOf([]), '');
  });

  it('makes a file for each record whose path says so', async () => {
    const records = [recordOf('a', { text: 'x' }), recordOf('b', { text: 'y' })];
    const { files } = await deliver('markdown', records, { path: 'pages/{{ key }}.md' });
    assert.deepEqual(files, [
      { path: 'pages/a.md', content: 'x\n' },
      { path: 'pages/b.md', content: 'y\n' },
    ]);
  });

  for (const [what, text, ending] of [
    ['a block of code', '```js\nlet x', '\n```'],
    ['a longer block of code', 'a\n\n~~~~\n```\nx', '\n~~~~'],
    ['a comment', 'a\n\n<!-- never', '\n-->'],
    ['raw HTML', '<script>\nx', '\n</script>'],
    ['what nothing can end', '<?php x\n<!-- y', '\n?>'],
  ] as const) {
    it(`ends ${what} that its writer did not end`, async () => {
      const text2 = await markdownOf([{ text }, { title: 'Next', text: 'b' }]);
      assert.equal(text2, `${text}${ending}\n\n# Next\n\nb\n`);
    });
  }

  it('keeps the footnotes of several texts apart', async () => {
    const text = 'A[^1] `[^1]` B[^own]\n\n```\n[^1]\n```\n\n[^1]: one\n';
    assert.equal(
      await markdownOf([{ text }, { text: 'C[^1]\n\n[^1]: two' }, { text: 'D[^own]\n\n[^own]: x' }]),
      'A[^1-1] `[^1]` B[^own]\n\n```\n[^1]\n```\n\n[^1-1]: one\n\nC[^2-1]\n\n[^2-1]: two\n\nD[^own]\n\n[^own]: x\n',
    );
  });

  it('tells what is missing where that is wanted', async () => {
    const missing = [{ key: '1) *p*', stage: '', message: '' }];
    const text = await markdownOf([{ text: 'x' }], { missing, options: { missing: 'note' } });
    assert.equal(text, 'x\n\n# Missing parts\n\n- 1\\) \\*p\\*\n');
    assert.match(html(text), /<li>1\) \*p\*<\/li>/);
  });

  it('shows the title of each text as a heading of its own, whatever stands above', async () => {
    const open = fc.constantFrom(
      '```',
      '~~~~\n',
      '<!--',
      '<script>',
      '<pre>\n',
      '<?',
      '<![CDATA[',
      '<!X',
      '- ',
      '> ',
      '\n\n',
      '    ',
      '<div>',
      '[a]:',
      '|a|\n|-|',
      '\\',
    );
    const text = fc.array(fc.oneof(foreignText, open), { maxLength: 8 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ title: foreignText, text }), { minLength: 1, maxLength: 4 }),
        async (data) => {
          const whole = data.filter((each) => isReadable(each.text));
          const joined = await markdownOf([
            ...data.map((each, place) => ({ ...each, title: `Title ${place} ${each.title}` })),
            { title: 'The end', text: 'x' },
          ]);
          const tokens = new MarkdownIt('commonmark').parse(joined, {});
          const headings = tokens.filter(({ type, level }, place) => {
            return (
              type === 'heading_open' && level === 0 && /^(?:Title \d|The end)/.test(tokens[place + 1]?.content ?? '')
            );
          });
          assert.equal(headings.length, whole.length + 1, joined);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shows a title with the letters that it has', async () => {
    await fc.assert(
      fc.asyncProperty(foreignText, async (given) => {
        const title = `x ${given.replace(/[^\p{L}\p{P}\p{S}\p{Zs}]/gu, '')} x`.replace(/\s+/g, ' ');
        const [, , close] = new MarkdownIt('commonmark').parse(await markdownOf([{ title, text: 'x' }]), {});
        assert.equal(close?.type, 'heading_close');
        const shown = html(`${(await markdownOf([{ title, text: 'x' }])).split('\n')[0]}`);
        assert.equal(
          shown,
          `<h1>${title.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')}</h1>\n`,
        );
      }),
      { numRuns: 300 },
    );
  });
});
