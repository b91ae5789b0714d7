import assert from 'node:assert/strict';
import { failed, success } from '../../../../src/base/outcome.ts';
import type { DataSettings } from '../../../../src/model/data.ts';
import type { DataInput } from '../../../../src/model/dataInput.ts';
import { firstRowOf } from '../../../../src/runs/plan/firstRow.ts';

/** A file in pieces; how many of them were read is told. */
function fileOf(pieces: readonly string[]): { readonly input: DataInput; read: () => number } {
  let read = 0;
  async function* bytes(): AsyncIterable<Uint8Array> {
    for (const piece of pieces) {
      read += 1;
      yield await Promise.resolve(Buffer.from(piece));
    }
  }
  return {
    read: () => read,
    input: {
      open: (path) => Promise.resolve(path === 'a.csv' ? success(bytes()) : failed(`"${path}" is not there.`)),
      list: () => Promise.resolve(success(['a.csv'])),
    },
  };
}

const csv: DataSettings = { source: { kind: 'file', path: 'a.csv' }, line: 1 };

describe('the first row for whoever writes a prompt', () => {
  it('is the first that passes the filter', async () => {
    const { input } = fileOf(['name,price\nMug,5\nTea,12\nPot,20\n']);
    assert.deepEqual(await firstRowOf({ ...csv, filter: 'price > 10' }, 'a.prompt.md', input), {
      name: 'Tea',
      price: '12',
    });
  });

  it('is that of files too', async () => {
    const { input } = fileOf(['Some text']);
    const row = await firstRowOf({ source: { kind: 'files', pattern: '*.csv' }, line: 1 }, 'a.prompt.md', input);
    assert.equal((row?.file as { text: string }).text, 'Some text');
  });

  it('is looked for at the beginning only', async () => {
    const piece = 'x,1\n'.repeat(64 * 1024);
    const { input, read } = fileOf(['name,price\n', ...Array.from({ length: 100 }, () => piece)]);
    assert.equal(await firstRowOf({ ...csv, filter: 'price > 10' }, 'a.prompt.md', input), undefined);
    assert.ok(read() < 10, `${read()} pieces`);
  });

  it('is none where the data cannot be read', async () => {
    const { input } = fileOf(['\n']);
    assert.equal(await firstRowOf(csv, 'a.prompt.md', input), undefined);
    const gone = { ...csv, source: { kind: 'file', path: 'gone.csv' } } as const;
    assert.equal(await firstRowOf(gone, 'a.prompt.md', input), undefined);
  });
});
