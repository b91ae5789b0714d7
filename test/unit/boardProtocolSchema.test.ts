import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BoardHostMessage, BoardPageMessage } from '../../src/boardProtocol.ts';
import { readBoardHostMessage, readBoardMemory, readBoardPageMessage } from '../../src/boardProtocolSchema.ts';

const board: BoardHostMessage = {
  type: 'board',
  head: {
    resource: 'file:///w/a.prompt.md',
    prompt: 'a',
    file: 'a.prompt.md',
    row: { key: 'mug', label: 'mug', place: 0, total: 2 },
    isRunning: true,
    left: 0,
    diversity: 0.5,
    canUndo: false,
  },
  order: ['c1'],
  cards: [
    {
      id: 'c1',
      number: 1,
      name: '01',
      model: 'm',
      state: 'running',
      progress: 0.5,
      attempts: 1,
      dueAt: null,
      message: '',
      tokens: null,
      cost: null,
      marks: ['cut'],
      isPicked: false,
      isArchived: false,
      rating: 0,
      note: '',
      alike: { id: 'c0', kind: 'near', share: 0.7 },
    },
  ],
  now: 1,
};

const hostMessages: readonly BoardHostMessage[] = [
  board,
  { ...board, order: null },
  { type: 'texts', texts: [{ id: 'c1', from: 3, text: 'text', hasMore: false }] },
  { type: 'problem', message: 'It is gone.' },
  { type: 'found', query: 'a', cards: [{ id: 'c1', count: 2 }] },
  { type: 'move', move: 'next' },
  { type: 'told', message: 'Picked.' },
];

const pageMessages: readonly BoardPageMessage[] = [
  { type: 'ready' },
  { type: 'look', cards: ['c1', 'c2'] },
  { type: 'focus', card: null },
  { type: 'focus', card: 'c1' },
  { type: 'act', action: 'pick', card: 'c1' },
  { type: 'rate', card: 'c1', rating: 5 },
  { type: 'showRow', place: -1 },
  { type: 'pickRow' },
  { type: 'find', query: '' },
  { type: 'more' },
  { type: 'generate' },
  { type: 'undo' },
  { type: 'resume' },
  { type: 'reload' },
];

describe('protocol of the board', () => {
  it('lets through what host and page send', () => {
    for (const message of hostMessages) assert.deepEqual(readBoardHostMessage(message), message);
    for (const message of pageMessages) assert.deepEqual(readBoardPageMessage(message), message);
  });

  it('ignores anything else', () => {
    const strange: readonly unknown[] = [
      null,
      'ready',
      { type: 'act', action: 'delete', card: 'c1' },
      { type: 'act', action: 'pick', card: 'c'.repeat(1_000) },
      { type: 'rate', card: 'c1', rating: 0 },
      { type: 'rate', card: 'c1', rating: 6 },
      { type: 'look', cards: Array<string>(5_000).fill('c1') },
      { type: 'find', query: 'a'.repeat(5_000) },
      { type: 'texts', texts: [{ id: 'c1', from: -1, text: '', hasMore: false }] },
      { ...board, cards: [{ id: 'c1' }] },
    ];
    for (const message of strange) {
      assert.equal(readBoardPageMessage(message), undefined);
      assert.equal(readBoardHostMessage(message), undefined);
    }
    fc.assert(fc.property(fc.anything(), (message) => readBoardPageMessage(message) === undefined));
  });

  it('reads what a page has kept of itself, and nothing else', () => {
    const kept = { resource: 'file:///w/a.prompt.md', row: '', layout: 'stack' };
    assert.deepEqual(readBoardMemory({ ...kept, folds: true }), kept);
    assert.equal(readBoardMemory({ ...kept, layout: 'pile' }), undefined);
    assert.equal(readBoardMemory(undefined), undefined);
  });
});
