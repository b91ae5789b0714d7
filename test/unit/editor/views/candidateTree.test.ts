import assert from 'node:assert/strict';
import type { ItemState } from '../../../../src/model/item.ts';
import type { ItemSnapshot } from '../../../../src/model/run.ts';
import type { ListedCandidate } from '../../../../src/editor/candidateShelves.ts';
import {
  bounded,
  candidateFilters,
  mostShown,
  tally,
  treeRows,
  type CandidateFilter,
  type TreeContents,
} from '../../../../src/editor/views/candidateTree.ts';
import { candidateLine, itemLine, promptLine, rowLine } from '../../../../src/editor/views/candidateItems.ts';
import { manifestEntry } from '../../../support/manifestEntry.ts';

const listed = (number: number, changes: Partial<ListedCandidate> = {}): ListedCandidate => {
  const name = `0${number}.md`;
  return {
    ...{ path: `/p/${name}`, folder: '/p', key: { file: name }, row: '', number, model: 'small' },
    ...{ isArchived: false, isPicked: false, isJson: false, isEdited: false, decisions: {}, length: 10 },
    ...{ uri: {} as ListedCandidate['uri'], prompt: {} as ListedCandidate['prompt'], promptName: 'a' },
    ...changes,
  };
};

const item = (index: number, state: ItemState, changes: Partial<ItemSnapshot> = {}): ItemSnapshot => ({
  ...{ run: 'r', id: `${changes.row ?? ''}${index}`, position: index, prompt: 'a.prompt.md', promptName: 'a', row: '' },
  ...{ model: 'small', index, state, stage: '', stageIndex: 0, stageCount: 1, progress: 0, attempts: 1, priority: 5 },
  ...changes,
});

/** `01`, `02 archived`, `3 running`, by their rows. */
function shown(contents: Partial<TreeContents>, filter: CandidateFilter = 'all'): Readonly<Record<string, unknown>> {
  const rows = treeRows({ candidates: [], items: [], listedAt: 1000, ...contents }, filter);
  return Object.fromEntries(
    rows.map(({ row, entries }) => [
      row,
      entries.map((entry) => {
        if (entry.kind === 'item') return `${entry.item.index} ${entry.item.state}`;
        return `0${entry.candidate.number ?? '?'}${entry.candidate.isArchived ? ' archived' : ''}`;
      }),
    ]),
  );
}

describe('the tree of candidates', () => {
  it('has the candidates of each row in their order, the archived ones behind', () => {
    const candidates = [
      listed(1, { row: 'mug' }),
      listed(2, { row: 'mug' }),
      listed(3, { row: 'mug', isArchived: true }),
      listed(1, { row: 'tea' }),
    ];
    assert.deepEqual(shown({ candidates }), { mug: ['01', '02', '03 archived'], tea: ['01'] });
  });

  it('has what is being made or came to nothing, in its place', () => {
    const candidates = [listed(1), listed(4), listed(5, { isArchived: true })];
    const items = [item(2, 'running'), item(3, 'failed'), item(6, 'queued'), item(1, 'queued', { row: 'new' })];
    assert.deepEqual(shown({ candidates, items }), {
      '': ['01', '2 running', '3 failed', '04', '6 queued', '05 archived'],
      new: ['1 queued'],
    });
  });

  it('has a candidate once: as its file, or as what was written since the files were read', () => {
    const candidates = [listed(1)];
    const items = [item(1, 'written', { finishedAt: 500 }), item(2, 'written', { finishedAt: 1500 })];
    assert.deepEqual(shown({ candidates, items }), { '': ['01', '2 written'] });
  });

  it('forgets a failure once there is a candidate in its place, of another model there is none', () => {
    const items = [item(1, 'failed'), item(2, 'failed', { model: 'large' }), item(3, 'failed'), item(3, 'running')];
    assert.deepEqual(shown({ candidates: [listed(1), listed(2)], items }), {
      '': ['01', '02', '2 failed', '3 running'],
    });
  });

  it('shows what the filter lets through, and no row without any', () => {
    const cut = manifestEntry('05.md', { finish: 'length' });
    const candidates = [
      listed(1, { row: 'mug', isPicked: true }),
      listed(2, { row: 'mug', rating: 3 }),
      listed(3, { row: 'mug' }),
      listed(4, { row: 'mug', isArchived: true }),
      listed(5, { row: 'tea', made: cut, rating: 1 }),
    ];
    const items = [item(6, 'failed', { row: 'mug' }), item(7, 'running', { row: 'mug' })];
    const of = Object.fromEntries(
      candidateFilters.map((filter) => [filter, JSON.stringify(shown({ candidates, items }, filter))]),
    );
    assert.deepEqual(of, {
      all: '{"mug":["01","02","03","6 failed","7 running","04 archived"],"tea":["05"]}',
      picked: '{"mug":["01"]}',
      unrated: '{"mug":["03"]}',
      failed: '{"mug":["6 failed"]}',
      cut: '{"tea":["05"]}',
    });
  });

  it('counts what is not archived', () => {
    const candidates = [
      listed(1, { isPicked: true, rating: 5 }),
      listed(2),
      listed(3, { isArchived: true, rating: 1 }),
    ];
    assert.deepEqual(tally(candidates), { current: 2, picked: 1, rated: 1 });
  });

  it('is bounded, and says how much is left out', () => {
    const all = Array.from({ length: mostShown + 1 }, (_, place) => place);
    assert.deepEqual(bounded(all), { shown: all, more: 0 });
    const more = [...all, -1];
    assert.deepEqual(bounded(more), { shown: all.slice(0, mostShown), more: 2 });
  });
});

describe('a line of the tree', () => {
  it('shows by its icon what was decided, and says it to whoever does not see that', () => {
    const icons = [
      candidateLine(listed(1), 'p/01.md'),
      candidateLine(listed(1, { rating: 4, note: 'Warm' }), 'p/01.md'),
      candidateLine(listed(1, { rating: 4, isPicked: true }), 'p/01.md'),
      candidateLine(listed(1, { isPicked: true, isArchived: true }), 'p/01.md'),
    ].map(({ icon, spoken, context }) => ({ icon, spoken, context }));
    assert.deepEqual(icons, [
      { icon: 'circle-outline', spoken: '01, 10 characters · small', context: 'candidate' },
      { icon: 'star-full', spoken: '01, 4 of 5 · 10 characters · small, has a note', context: 'candidate' },
      { icon: 'pass-filled', spoken: '01, picked · 4 of 5 · 10 characters · small', context: 'candidate.picked' },
      {
        icon: 'archive',
        spoken: '01, picked · archived · 10 characters · small',
        context: 'candidate.picked.archived',
      },
    ]);
  });

  it('says why an item failed', () => {
    const failure = { reason: 'timeout' as const, message: 'It took too long.', stage: '' };
    const { description, tooltip, context, icon } = itemLine(item(3, 'failed', { failure }));
    assert.deepEqual(
      { description, tooltip, context, icon },
      {
        description: 'failed · small',
        tooltip: ['03 · failed · small', 'It took too long.'],
        context: 'item.failed',
        icon: 'error',
      },
    );
  });

  it('counts for a row and a prompt file, once somebody has looked', () => {
    assert.equal(rowLine('mug', { current: 2, picked: 1 }).description, '2 candidates · 1 picked');
    assert.equal(promptLine('page', 'prompts/page.prompt.md', undefined).description, 'prompts');
    assert.equal(promptLine('page', 'page.prompt.md', { current: 0, picked: 0 }).description, 'no candidates yet');
    assert.equal(promptLine('page', 'page.prompt.md', { current: 1, picked: 0 }).context, 'prompt.full');
  });
});
