import assert from 'node:assert/strict';
import type { ManifestEntry } from '../../../src/candidates/manifest.ts';
import { boardCard, PageIds } from '../../../src/editor/views/boardCards.ts';
import type { ItemSnapshot } from '../../../src/model/run.ts';
import type { ShelfCandidate } from '../../../src/runs/shelf/listCandidates.ts';

const candidate: ShelfCandidate = {
  path: '/w/candidates/a/01.md',
  folder: '/w/candidates/a',
  key: { file: '01.md' },
  row: '',
  number: 1,
  model: 'm\u001b',
  isArchived: false,
  isJson: false,
  decisions: {},
  isEdited: true,
  isPicked: true,
  rating: 4,
  note: 'Good\u202e',
  length: 10,
  made: { finish: 'length', tokens: { input: 5, output: 90 }, cost: 0.5 } as ManifestEntry,
  similarTo: { key: '/w/candidates/a/00.md', kind: 'near', likeness: 0.8 },
};
const item: ItemSnapshot = {
  run: 'r',
  id: 'i',
  position: 0,
  prompt: 'a.prompt.md',
  promptName: 'a',
  row: '',
  model: 'm',
  index: 2,
  state: 'failed',
  stage: '',
  stageIndex: 0,
  stageCount: 1,
  progress: 0.25,
  attempts: 2,
  priority: 5,
  failure: { reason: 'invalid-output', message: 'It does not match.\n\u001b[2J', stage: '' },
};

describe('a card as the board shows it', () => {
  it('has what is known of its candidate, and its foreign texts visibly', () => {
    const card = boardCard({ key: 'k', row: '', number: 1, model: 'm\u001b', candidate }, new PageIds(), () => 'other');
    assert.deepEqual(card, {
      id: 'c1',
      number: 1,
      name: '01',
      model: 'm␛',
      state: 'written',
      progress: 1,
      attempts: 0,
      dueAt: null,
      message: '',
      tokens: 90,
      cost: 0.5,
      marks: ['cut', 'edited'],
      isPicked: true,
      isArchived: false,
      rating: 4,
      note: 'Good⟨U+202E⟩',
      alike: { id: 'c2', kind: 'near', share: 0.8 },
    });
  });

  it('says in one line why its item has failed', () => {
    const card = boardCard({ key: 'k', row: '', number: 2, model: 'm', item }, new PageIds(), () => undefined);
    assert.deepEqual(
      [card.name, card.state, card.marks, card.message, card.attempts],
      ['02', 'failed', ['invalid'], 'It does not match.␊␛[2J', 2],
    );
  });

  it('has a name of its own for the page, which says nothing of its path', () => {
    const ids = new PageIds();
    assert.equal(ids.idOf('/secret/path'), 'c1');
    assert.equal(ids.idOf('/secret/path'), 'c1');
    assert.equal(ids.keyOf('c1'), '/secret/path');
    assert.equal(ids.keyOf('/secret/path'), undefined);
  });
});
