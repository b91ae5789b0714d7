import assert from 'node:assert/strict';
import { SharedTexts } from '../../../src/data/sharedTexts.ts';
import { valuesOf } from './support.ts';

describe('the texts of a column', () => {
  it('are what came in, however many there are and whether they come again', () => {
    const texts = new SharedTexts();
    const column = Array.from({ length: 10_000 }, (_, row) => `${row % 2 === 0 ? row : row % 50}`);
    assert.deepEqual(
      column.map((text) => texts.shared(text)),
      column,
    );
  });

  it('stay in their own columns, in the order of the columns', async () => {
    const rows = Array.from({ length: 3_000 }, (_, row) => [String(row), String(row % 3), String(row % 2)]);
    const values = await valuesOf('a.csv', `id,10,type\n${rows.map((row) => row.join(',')).join('\n')}\n`);
    assert.deepEqual(
      values,
      rows.map(([id, ten, type]) => ({ id, '10': ten, type })),
    );
  });
});
