import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ItemState } from '../../../../src/model/item.ts';
import { cardsOf, type CardCandidate } from '../../../../src/runs/board/cards.ts';

interface Item {
  readonly run: string;
  readonly id: string;
  readonly row: string;
  readonly model: string;
  readonly index: number;
  readonly position: number;
  readonly state: ItemState;
  readonly file?: string;
  readonly finishedAt?: number;
}

const listedAt = 1_000;
const there = (number: number, more: Partial<CardCandidate> = {}): CardCandidate => ({
  path: `/c/${more.row ?? ''}${number}.md`,
  row: '',
  number,
  model: 'm',
  isArchived: false,
  ...more,
});
const item = (index: number, state: ItemState, more: Partial<Item> = {}): Item => ({
  run: 'r1',
  id: `i${index}`,
  row: '',
  model: 'm',
  index,
  position: index - 1,
  state,
  ...more,
});
const told = (candidates: readonly CardCandidate[], items: readonly Item[], active = ['r1']): readonly string[] =>
  cardsOf({ candidates, listedAt, items, active: new Set(active) }).map(
    (card) => `${card.row}${card.number ?? '?'} ${card.candidate ? 'there' : '-'} ${card.item?.state ?? '-'}`,
  );

describe('cards of a board', () => {
  it('are one for each candidate that is there, is being made or has failed, in order', () => {
    assert.deepEqual(told([there(1), there(3)], [item(2, 'running'), item(4, 'failed'), item(1, 'written')]), [
      '1 there -',
      '2 - running',
      '3 there -',
      '4 - failed',
    ]);
  });

  it('are the same while an item becomes a candidate', () => {
    const key = (candidates: readonly CardCandidate[], items: readonly Item[]) =>
      cardsOf({ candidates, listedAt, items, active: new Set(['r1']) }).map((card) => card.key);
    const running = key([], [item(1, 'running')]);
    assert.deepEqual(key([], [item(1, 'written', { file: '/c/1.md', finishedAt: 2_000 })]), running);
    assert.deepEqual(key([there(1)], [item(1, 'written', { file: '/c/1.md', finishedAt: 2_000 })]), running);
    assert.deepEqual(key([there(1)], []), running);
  });

  it('know of a candidate that was written after the list was made, and of none that is gone', () => {
    const written = (finishedAt: number) => told([], [item(1, 'written', { file: '/c/1.md', finishedAt })]);
    assert.deepEqual(written(listedAt + 1), ['1 - written']);
    assert.deepEqual(written(listedAt - 1), []);
  });

  it('show what is made anew as that, with the text that is there', () => {
    assert.deepEqual(told([there(1)], [item(1, 'running')]), ['1 there running']);
  });

  it('have nothing that only older runs have left, or that waits in a run that was stopped', () => {
    const items = [item(1, 'failed', { run: 'r0' }), item(2, 'queued', { run: 'r0' }), item(3, 'failed')];
    assert.deepEqual(told([], items), ['3 - failed']);
    assert.deepEqual(told([], [item(1, 'queued')], []), []);
  });

  it('leave what is archived behind the others, under no name that another one may have', () => {
    const archived = there(1, { path: '/c/archive/1.md', isArchived: true });
    assert.deepEqual(told([archived, there(2)], [item(1, 'running')]), ['1 - running', '2 there -', '1 there -']);
  });

  it('stand by row, those of rows that have no candidate yet in the order of the plan', () => {
    const items = [item(1, 'queued', { row: 'c', position: 5 }), item(1, 'queued', { row: 'b', position: 3, id: 'x' })];
    assert.deepEqual(told([there(1, { row: 'a' })], items), ['a1 there -', 'b1 - queued', 'c1 - queued']);
  });

  it('have keys of their own, whatever lies in the folder', () => {
    const candidate = fc.record({
      path: fc.string(),
      row: fc.constantFrom('', 'a'),
      number: fc.integer({ min: 1, max: 3 }),
      model: fc.constantFrom('m', 'n'),
      isArchived: fc.boolean(),
    });
    const states = fc.constantFrom<ItemState>('queued', 'running', 'retrying', 'written', 'failed', 'cancelled');
    const items = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), states));
    const candidates = fc.uniqueArray(candidate, { selector: ({ path }) => path });
    fc.assert(
      fc.property(candidates, items, (found, made) => {
        const cards = cardsOf({
          candidates: found,
          listedAt,
          items: made.map(([index, state], place) => item(index, state, { id: String(place) })),
          active: new Set(['r1']),
        });
        assert.equal(new Set(cards.map(({ key }) => key)).size, cards.length);
        assert.equal(cards.filter((card) => card.candidate).length, found.length);
      }),
    );
  });
});
