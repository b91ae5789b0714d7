import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { previewOf, type Preview, type PreviewMessage } from '../../../../src/runs/plan/preview.ts';
import { countRows } from '../../../../src/runs/plan/rowCount.ts';
import { DiskFiles } from '../../../../src/storage/diskFiles.ts';
import { useScratchFolder } from '../../../support/scratch.ts';

describe('the preview of a prompt', () => {
  const scratch = useScratchFolder();
  const where = () => ({ files: new DiskFiles(), root: scratch() });
  const source = (text: string) => ({ path: join(scratch(), 'prompts/a.prompt.md'), text, format: 'prompt' as const });
  const textOf = ({ pieces }: PreviewMessage): string =>
    pieces.map((piece) => (piece.kind === 'text' ? piece.text : `<${piece.kind} ${piece.name}>`)).join('');

  async function look(text: string): Promise<Preview> {
    const found = await previewOf(source(text), where());
    if (!found.ok) assert.fail(found.problems[0]?.message);
    return found.value;
  }
  const shown = (preview: Preview, place = 0): readonly string[] => preview.render(place).messages.map(textOf);

  beforeEach(() => {
    mkdirSync(join(scratch(), 'prompts'));
    writeFileSync(join(scratch(), 'prompts/rows.csv'), 'sku,product\nmug,Mug\ntea,Tea\n');
  });

  it('has the messages of each row, and goes no further than there are rows', async () => {
    const preview = await look(
      '---\ncandidates: { data: rows.csv }\n---\nsystem: Be brief.\nuser: Sell {{ product }}.\n',
    );
    assert.deepEqual(
      [preview.hasData, preview.rows.map(({ label }) => label), preview.hasMore],
      [true, ['mug', 'tea'], false],
    );
    assert.deepEqual(shown(preview), ['Be brief.', 'Sell Mug.']);
    assert.deepEqual(shown(preview, 1), ['Be brief.', 'Sell Tea.']);
    assert.deepEqual([preview.render(99).place, preview.render(-5).place], [1, 0]);
  });

  it('marks names without a value, and those that are asked for, and tells the first', async () => {
    const preview = await look(
      '---\ncandidates: { data: rows.csv }\n---\nSell {{ product }} to {{ whom | upcase }} in ${input:tone}.\n',
    );
    assert.deepEqual(shown(preview), ['Sell Mug to <unknown whom> in <asked tone>.']);
    const { problems } = preview.render(0);
    assert.deepEqual(
      problems.map(({ line }) => line),
      [4],
    );
    assert.match(problems[0]?.message ?? '', /^The variable "whom" has no value/);
  });

  it('needs no data, and shows the first of what is varied', async () => {
    const preview = await look(
      '---\ncandidates: { count: 2, vary: { angle: [price, story] } }\n---\nOn {{ angle }}.\n',
    );
    assert.deepEqual([preview.hasData, preview.rows.length, shown(preview)], [false, 1, ['On price.']]);
  });

  it('shows the text as it stands where it cannot be rendered', async () => {
    const preview = await look('---\ncandidates: { data: rows.csv }\n---\nSell {{ product.name.first }}.\n');
    assert.deepEqual(shown(preview), ['Sell {{ product.name.first }}.']);
    assert.match(preview.render(0).problems[0]?.message ?? '', /has no value/);
  });

  it('does not take what a row says for a mark', async () => {
    writeFileSync(join(scratch(), 'prompts/rows.csv'), 'sku,product\nmug,\ue0001234567890120\ue001\n');
    const preview = await look('---\ncandidates: { data: rows.csv }\n---\nSell {{ product }}{{ whom }}.\n');
    assert.deepEqual(shown(preview), ['Sell \ue0001234567890120\ue001<unknown whom>.']);
  });

  it('tells what is wrong with the file or its data', async () => {
    for (const [text, sentence] of [
      ['---\ncandidates: [\n---\nHi\n', /not valid YAML/],
      ['---\ncandidates: { data: none.csv }\n---\nHi\n', /none\.csv/],
    ] as const) {
      const found = await previewOf(source(text), where());
      assert.ok(!found.ok);
      assert.match(found.problems[0]?.message ?? '', sentence);
    }
  });

  it('reads the first thousand rows and says that there are more', async () => {
    const lines = Array.from({ length: 1200 }, (_, place) => `r${place},P${place}`);
    writeFileSync(join(scratch(), 'prompts/rows.csv'), `sku,product\n${lines.join('\n')}\n`);
    const preview = await look('---\ncandidates: { data: rows.csv }\n---\nSell {{ product }}.\n');
    assert.deepEqual([preview.rows.length, preview.hasMore], [1000, true]);
    assert.deepEqual(shown(preview, 999), ['Sell P999.']);
  });
});

describe('the count of rows', () => {
  const scratch = useScratchFolder();
  async function count(settings: string, most: number): Promise<readonly unknown[]> {
    const text = `---\ncandidates: { count: 3, models: [a, b]${settings} }\n---\nHi {{ n }}\n`;
    const source = { path: join(scratch(), 'a.prompt.md'), text };
    const found = await countRows(source, { files: new DiskFiles(), root: scratch() }, most);
    if (!found.ok) assert.fail(found.problems[0]?.message);
    const { value } = found;
    return [value.count, value.hasMore, value.hasData, value.candidates, value.bound];
  }
  beforeEach(() => {
    const lines = Array.from({ length: 50 }, (_, place) => `k${place},${place}`);
    writeFileSync(join(scratch(), 'rows.csv'), `key,n\n${lines.join('\n')}\n`);
  });

  it('goes to a bound and no further', async () => {
    assert.deepEqual(await count(', data: rows.csv', 100), [50, false, true, 6, { limit: 101 }]);
    assert.deepEqual(await count(', data: rows.csv', 50), [50, false, true, 6, { limit: 51 }]);
    assert.deepEqual(await count(', data: rows.csv', 20), [20, true, true, 6, { limit: 21 }]);
    assert.deepEqual(await count(', data: { file: rows.csv, limit: 7 }', 20), [7, false, true, 6, {}]);
    assert.deepEqual(await count(', data: { file: rows.csv, sample: 5 }', 20), [5, false, true, 6, {}]);
    assert.deepEqual(await count(', inputs: { n: 1 }', 20), [1, false, false, 6, {}]);
  });
});
