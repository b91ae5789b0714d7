import assert from 'node:assert/strict';
import { columnsFor } from '../../../../media/board/columns.ts';

describe('columns of the board', () => {
  it('are as many as have room to be read, and no more than there are cards', () => {
    assert.equal(columnsFor('columns', 300, 20), 1);
    assert.equal(columnsFor('columns', 1_000, 20), 3);
    assert.equal(columnsFor('columns', 1_000, 2), 2);
    assert.equal(columnsFor('columns', 10_000, 20), 6);
    assert.equal(columnsFor('columns', 0, 0), 1);
    assert.equal(columnsFor('stack', 1_000, 20), 1);
    assert.equal(columnsFor('single', 1_000, 20), 1);
  });
});
