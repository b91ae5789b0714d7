import assert from 'node:assert/strict';
import { BoardModel } from '../../../../media/board/model.ts';
import type { BoardCard, BoardHead } from '../../../../src/boardProtocol.ts';

const head: BoardHead = {
  resource: 'file:///w/a.prompt.md',
  prompt: 'a',
  file: 'a.prompt.md',
  row: null,
  isRunning: false,
  left: 0,
  diversity: null,
  canUndo: false,
};

function card(number: number, more: Partial<BoardCard> = {}): BoardCard {
  return {
    id: `c${number}`,
    number,
    name: `0${number}`,
    model: 'm',
    state: 'written',
    progress: 1,
    attempts: 1,
    dueAt: null,
    message: '',
    tokens: null,
    cost: null,
    marks: [],
    isPicked: false,
    isArchived: false,
    rating: 0,
    note: '',
    alike: null,
    ...more,
  };
}

function show(
  model: BoardModel,
  cards: readonly BoardCard[],
  order: readonly string[] | null = cards.map(({ id }) => id),
): readonly string[] {
  return model.apply({ type: 'board', head, order, cards, now: 0 }, 0);
}
const shown = (model: BoardModel): readonly string[] => model.shown.map((each) => each.card.id);
const reference = (model: BoardModel): string | undefined => model.reference?.id;
const alike = (id: string): Partial<BoardCard> => ({ alike: { id, kind: 'near', share: 0.9 } });

describe('model of the board', () => {
  it('shows what is not archived, until a person wants that too', () => {
    const model = new BoardModel();
    show(model, [card(1), card(2, { isArchived: true })]);
    assert.deepEqual(shown(model), ['c1']);
    model.choose({ showsArchived: true });
    assert.deepEqual(shown(model), ['c1', 'c2']);
  });

  it('takes only changes, and forgets cards that are gone', () => {
    const model = new BoardModel();
    show(model, [card(1), card(2), card(3)]);
    show(model, [card(2, { rating: 3 })], ['c1', 'c2']);
    assert.deepEqual(shown(model), ['c1', 'c2']);
    assert.equal(model.card('c2')?.rating, 3);
    show(model, [card(1, { rating: 4 })], null);
    assert.deepEqual(shown(model), ['c1', 'c2']);
    assert.equal(model.card('c1')?.rating, 4);
  });

  it('goes on with the next card when the current one goes', () => {
    const model = new BoardModel();
    show(model, [card(1), card(2), card(3)]);
    model.select('c2');
    show(model, [card(2, { isArchived: true })], ['c1', 'c3', 'c2']);
    assert.equal(model.current, 'c3');
    show(model, [card(3, { isArchived: true })], ['c1', 'c3', 'c2']);
    assert.equal(model.current, 'c1');
  });

  it('tells of what ended by itself in one sentence each, however much it is, and at once what a person decided', () => {
    const model = new BoardModel();
    const running = (number: number): BoardCard => card(number, { state: 'running' });
    show(model, [1, 2, 3, 4, 5].map(running));
    assert.equal(model.hasNews, false);
    assert.deepEqual(
      show(model, [card(1), card(2, { state: 'failed', message: 'No.' })], ['c1', 'c2', 'c3', 'c4', 'c5']),
      [],
    );
    show(model, [card(3), card(4, { state: 'failed', message: 'Not that.' })], ['c1', 'c2', 'c3', 'c4', 'c5']);
    assert.equal(model.tellNews(), '2 candidates are written. 2 candidates have failed, the last one: Not that.');
    assert.equal(model.hasNews, false);
    assert.equal(show(model, [card(1, { rating: 4 })], ['c1', 'c2', 'c3', 'c4', 'c5']).length, 1);
    show(model, [card(5, { state: 'failed', message: 'No.' })], ['c1', 'c2', 'c3', 'c4', 'c5']);
    assert.equal(model.tellNews(), 'Candidate 05 has failed: No.');
  });

  it('folds what says the same under the first of it, but nothing that a person has decided about', () => {
    const model = new BoardModel();
    show(model, [card(1), card(2, alike('c1')), card(3, alike('c1')), card(4, { ...alike('c1'), isPicked: true })]);
    assert.deepEqual(shown(model), ['c1', 'c4']);
    assert.equal(model.shown[0]?.folded, 2);
    model.unfold('c1');
    assert.deepEqual(shown(model), ['c1', 'c2', 'c3', 'c4']);
    model.choose({ folds: false });
    assert.equal(model.shown.length, 4);
  });

  it('folds nothing while candidates are written, and counts what is folded too', () => {
    const model = new BoardModel();
    const cards = [card(1), card(2, alike('c1'))];
    model.apply({ type: 'board', head: { ...head, isRunning: true }, order: ['c1', 'c2'], cards, now: 0 }, 0);
    assert.deepEqual([shown(model), model.count], [['c1', 'c2'], 2]);
    show(model, [], ['c1', 'c2']);
    assert.deepEqual([shown(model), model.count], [['c1'], 2]);
  });

  it('folds under the next one when the first is archived', () => {
    const model = new BoardModel();
    show(model, [card(2, alike('c1')), card(3, alike('c1')), card(1, { isArchived: true })]);
    assert.deepEqual(shown(model), ['c2']);
  });

  it('compares with the picked candidate, else with the first that is there, or with whichever a person wants', () => {
    const model = new BoardModel();
    show(model, [card(1, { state: 'running' }), card(2), card(3)]);
    assert.equal(reference(model), 'c2');
    show(model, [card(3, { isPicked: true })], ['c1', 'c2', 'c3']);
    assert.equal(reference(model), 'c3');
    model.compareWith('c2');
    assert.equal(reference(model), 'c2');
    assert.ok(model.choices.showsDifferences);
  });

  it('shows what has what is looked for, once the host has answered that question', () => {
    const model = new BoardModel();
    show(model, [card(1), card(2)]);
    model.query = 'brew';
    assert.deepEqual(shown(model), ['c1', 'c2']);
    model.apply({ type: 'found', query: 'bre', cards: [] }, 0);
    assert.deepEqual(shown(model), ['c1', 'c2']);
    assert.deepEqual(model.apply({ type: 'found', query: 'brew', cards: [{ id: 'c2', count: 3 }] }, 0), [
      '3 in 1 candidate',
    ]);
    assert.deepEqual(shown(model), ['c2']);
    model.query = '';
    assert.deepEqual(shown(model), ['c1', 'c2']);
  });

  it('tells of what was written and what has failed, and of nothing else', () => {
    const model = new BoardModel();
    assert.deepEqual(show(model, [card(1), card(2, { state: 'queued' }), card(3, { state: 'running' })]), []);
    assert.deepEqual(show(model, [card(2, { state: 'running' })], ['c1', 'c2', 'c3']), []);
    assert.equal(model.hasNews, false);
    show(model, [card(2), card(3, { state: 'failed', message: 'It broke.' })], ['c1', 'c2', 'c3']);
    assert.equal(model.tellNews(), 'Candidate 02 is written. Candidate 03 has failed: It broke.');
  });

  it('puts texts together from what is sent of them', () => {
    const model = new BoardModel();
    show(model, [card(1)]);
    const send = (from: number, text: string) =>
      model.apply({ type: 'texts', texts: [{ id: 'c1', from, text, hasMore: false }] }, 0);
    send(0, 'One ');
    send(4, 'two');
    assert.equal(model.text('c1')?.text, 'One two');
    send(20, 'what nobody knows the beginning of');
    assert.equal(model.text('c1')?.text, 'One two');
    send(0, 'Other');
    assert.equal(model.text('c1')?.text, 'Other');
  });
});
