import assert from 'node:assert/strict';
import { done, failed } from '../../../../src/base/outcome.ts';
import { UndoStack, type DoneChoice } from '../../../../src/runs/shelf/undoStack.ts';

describe('what a person can take back', () => {
  const undone: string[] = [];

  beforeEach(() => void undone.splice(0));

  const choice = (said: string): DoneChoice => ({
    said,
    changesFiles: false,
    undo: () => {
      undone.push(said);
      return Promise.resolve(done);
    },
  });

  it('is taken back the last first', async () => {
    const stack = new UndoStack();
    for (const said of ['a', 'b']) stack.remember(choice(said));
    assert.equal((await stack.undo())?.ok, true);
    assert.equal((await stack.undo())?.ok, true);
    assert.equal(await stack.undo(), undefined);
    assert.deepEqual(undone, ['b', 'a']);
  });

  it('may be something certain, and is taken back once', async () => {
    const stack = new UndoStack();
    const first = stack.remember(choice('a'));
    stack.remember(choice('b'));
    await Promise.all([stack.undo(first), stack.undo(first)]);
    assert.deepEqual(undone, ['a']);
    assert.equal(stack.size, 1);
  });

  it('can be tried again where it failed', async () => {
    const stack = new UndoStack();
    let isPossible = false;
    stack.remember(choice('a'));
    const second = stack.remember({
      ...choice('b'),
      undo: () => Promise.resolve(isPossible ? done : failed('Its place is taken.')),
    });
    assert.deepEqual(await stack.undo(), failed('Its place is taken.'));
    assert.equal(stack.size, 2);
    isPossible = true;
    assert.deepEqual(await stack.undo(), { ok: true, value: second });
    assert.equal(stack.size, 1);
  });

  it('is bounded: the oldest is forgotten', async () => {
    const stack = new UndoStack();
    const first = stack.remember(choice('first'));
    for (let count = 0; count < 100; count++) stack.remember(choice(String(count)));
    assert.equal(stack.size, 100);
    assert.equal(await stack.undo(first), undefined);
  });
});
