import assert from 'node:assert/strict';
import { plain } from '../../../media/queue/arrangement.ts';
import { QueueModel, type PanelState } from '../../../media/queue/model.ts';
import type { Transitions } from '../../../media/queue/transitions.ts';
import { emptyCounts, itemStates, type ItemState } from '../../../src/model/item.ts';
import type { QueueItem, QueueRun } from '../../../src/protocol.ts';
import { item, run } from './samples.ts';

function model(runs: QueueRun[], items: QueueItem[], remembered?: Partial<PanelState>): QueueModel {
  const made = new QueueModel(remembered);
  made.apply({ type: 'snapshot', snapshot: { runs, items, now: 0 } }, 0);
  return made;
}

function change(target: QueueModel, runs: QueueRun[], items: QueueItem[]) {
  return target.apply({ type: 'changes', runs, items, now: 0 }, 0);
}

const remember = (states: Record<string, ItemState>): PanelState => ({
  arrangements: Object.fromEntries(Object.entries(states).map(([id, state]) => [id, { ...plain, state }])),
  expanded: { r: true },
  scrollTop: 0,
});

const nothingHappened: Transitions = { started: [], resumed: [], ended: [] };

const shownIds = (of: QueueModel, id: string) => of.run(id)?.shown.map((shown) => shown.id);

describe('panel model', () => {
  it('is not loaded before the first snapshot', () => {
    const made = new QueueModel();
    assert.equal(made.loaded, false);
    made.apply({ type: 'snapshot', snapshot: { runs: [], items: [], now: 0 } }, 0);
    assert.equal(made.loaded, true);
  });

  it('shows the newest run first', () => {
    const made = model([run('old', { startedAt: 1 }), run('new', { startedAt: 2 })], []);
    change(made, [run('newest', { startedAt: 3 })], []);
    assert.deepEqual(
      made.runs.map((rows) => rows.run.id),
      ['newest', 'new', 'old'],
    );
  });

  it('keeps items in the order of the plan whatever arrives first and whatever happens to them', () => {
    const made = model([run('r')], [item('r', 2, 'queued'), item('r', 0, 'running'), item('r', 1, 'queued')]);
    assert.deepEqual(shownIds(made, 'r'), ['item-0', 'item-1', 'item-2']);
    change(made, [], [item('r', 2, 'written'), item('r', 3, 'queued'), item('r', 0, 'failed')]);
    assert.deepEqual(shownIds(made, 'r'), ['item-0', 'item-1', 'item-2', 'item-3']);
    assert.equal(made.run('r')?.item('item-2')?.state, 'written');
  });

  it('keeps items of the same id in different runs apart', () => {
    const made = model([run('a'), run('b')], [item('a', 0, 'running'), item('b', 0, 'queued')]);
    change(made, [], [item('b', 0, 'written')]);
    assert.equal(made.run('a')?.item('item-0')?.state, 'running');
  });

  it('ignores items of runs it does not know', () => {
    const made = model([run('a')], []);
    change(made, [], [item('elsewhere', 0, 'running')]);
    assert.equal(made.rowCount, 1);
  });

  it('replaces everything with a snapshot but keeps what a person chose', () => {
    const made = model([run('a'), run('b')], [item('a', 0, 'failed'), item('a', 1, 'queued')]);
    made.toggleState('a', 'failed');
    made.expand('b', false);
    made.apply({ type: 'snapshot', snapshot: { runs: [run('a')], items: [item('a', 5, 'failed')], now: 0 } }, 0);
    assert.deepEqual(shownIds(made, 'a'), ['item-5']);
    assert.equal(made.run('b'), undefined);
    assert.deepEqual(made.remember(7), {
      arrangements: { a: { ...plain, state: 'failed' } },
      expanded: { a: true },
      scrollTop: 7,
    });
  });

  it('filters by state, follows changes of state, and shows all again', () => {
    const made = model([run('r')], [item('r', 0, 'running'), item('r', 1, 'queued'), item('r', 2, 'running')]);
    made.toggleState('r', 'running');
    assert.deepEqual(shownIds(made, 'r'), ['item-0', 'item-2']);
    change(made, [], [item('r', 0, 'written'), item('r', 1, 'running')]);
    assert.deepEqual(shownIds(made, 'r'), ['item-1', 'item-2']);
    made.toggleState('r', 'running');
    assert.equal(shownIds(made, 'r')?.length, 3);
    made.toggleState('r', undefined);
    assert.deepEqual(made.run('r')?.arrangement, plain);
  });

  it('takes up what the panel remembered', () => {
    const remembered = remember({ r: 'queued' });
    const made = model(
      [run('r', { state: 'finished' })],
      [item('r', 0, 'written'), item('r', 1, 'queued')],
      remembered,
    );
    assert.deepEqual(shownIds(made, 'r'), ['item-1']);
    assert.equal(made.isExpanded('r'), true);
  });

  it('keeps what the panel remembered until the host has told of its earlier runs', () => {
    const remembered = remember({ r: 'queued', gone: 'failed' });
    const made = model([], [], remembered);
    const runs = [run('new', { startedAt: 1 }), run('r', { state: 'unfinished' })];
    const items = [item('r', 0, 'written'), item('r', 1, 'queued')];
    made.apply({ type: 'snapshot', snapshot: { runs, items, now: 0 } }, 0);
    assert.equal(made.isExpanded('r'), true);
    assert.deepEqual(shownIds(made, 'r'), ['item-1']);
    assert.deepEqual(made.remember(0).arrangements, { r: { ...plain, state: 'queued' } });
  });

  it('folds runs that do not go on here except the newest', () => {
    const states = ['running', 'unfinished', 'elsewhere', 'paused', 'stopping', 'finished'] as const;
    const made = model(
      states.map((state, age) => run(state, { state, startedAt: -age })),
      [],
    );
    const isExpanded = () => states.filter((state) => made.isExpanded(state));
    assert.deepEqual(isExpanded(), ['running', 'paused', 'stopping']);
    change(made, [run('running', { state: 'unfinished', startedAt: 0 })], []);
    assert.deepEqual(isExpanded(), ['running', 'paused', 'stopping']);
  });

  it('folds finished runs except the newest', () => {
    const made = model(
      [run('new', { startedAt: 3 }), run('old', { startedAt: 1, state: 'finished' })],
      [item('new', 0, 'running'), item('old', 0, 'written')],
    );
    assert.equal(made.isExpanded('new'), true);
    assert.equal(made.isExpanded('old'), false);
    change(made, [run('new', { startedAt: 3, state: 'finished' })], []);
    assert.equal(made.isExpanded('new'), true);
    made.expand('old', true);
    made.expand('new', false);
    assert.equal(made.isExpanded('old'), true);
    assert.equal(made.isExpanded('new'), false);
  });

  it('numbers rows across runs, both ways', () => {
    const made = model(
      [run('a', { startedAt: 2 }), run('b', { startedAt: 1 })],
      [item('a', 0, 'running'), item('a', 1, 'queued'), item('b', 0, 'queued')],
    );
    assert.equal(made.rowCount, 5);
    const keys = [
      { run: 'a' },
      { run: 'a', item: 'item-0' },
      { run: 'a', item: 'item-1' },
      { run: 'b' },
      { run: 'b', item: 'item-0' },
    ];
    keys.forEach((key, index) => {
      assert.deepEqual(made.rowAt(index), key);
      assert.equal(made.rowIndex(key), index);
    });
    assert.equal(made.rowAt(5), undefined);
    assert.equal(made.rowAt(-1), undefined);
    made.expand('a', false);
    assert.equal(made.rowIndex({ run: 'a', item: 'item-0' }), -1);
    assert.deepEqual(made.rowAt(1), { run: 'b' });
    assert.equal(made.rowIndex({ run: 'gone' }), -1);
  });

  it('counts what has arrived of unfinished items as progress', () => {
    const counts = { ...emptyCounts(), written: 1, skipped: 1, running: 1, queued: 1 };
    const made = model(
      [run('r', { total: 4, counts })],
      [
        item('r', 0, 'written', { progress: 1 }),
        item('r', 1, 'skipped'),
        item('r', 2, 'running', { stageIndex: 1, stageCount: 2, progress: 0.5 }),
        item('r', 3, 'queued'),
      ],
    );
    assert.equal(made.run('r')?.progress, (2 + 0.75) / 4);
  });

  it('shows how far a run has come that nobody here works on', () => {
    const counts = { ...emptyCounts(), written: 2, failed: 1, queued: 1 };
    const items = [item('r', 0, 'written'), item('r', 1, 'written'), item('r', 2, 'failed'), item('r', 3, 'queued')];
    for (const state of ['unfinished', 'elsewhere'] as const) {
      const made = model([run('r', { state, total: 4, counts })], items);
      assert.equal(made.run('r')?.progress, 0.75);
      assert.equal(made.ticking, false);
    }
  });

  it('offers to cancel only what somebody here works on, and to run again what has ended', () => {
    const offered = (state: QueueRun['state']) => {
      const rows = model([run('r', { state })], []).run('r');
      assert.ok(rows);
      return itemStates
        .flatMap((itemState, position) => {
          const each = item('r', position, itemState);
          return [
            rows.canCancel(each) ? `cancel ${itemState}` : '',
            rows.canRunAgain(each) ? `again ${itemState}` : '',
          ];
        })
        .filter((words) => words !== '');
    };
    const cancel = ['cancel queued', 'cancel running', 'cancel retrying'];
    const again = ['again written', 'again failed', 'again cancelled', 'again skipped'];
    assert.deepEqual(offered('running'), [...cancel, ...again]);
    assert.deepEqual(offered('paused'), [...cancel, ...again]);
    assert.deepEqual(offered('stopping'), cancel);
    assert.deepEqual(offered('finished'), again);
    assert.deepEqual(offered('unfinished'), again);
    assert.deepEqual(offered('elsewhere'), []);
  });

  it('announces a run that starts or ends, never what a snapshot found', () => {
    const made = new QueueModel();
    const first = made.apply({ type: 'snapshot', snapshot: { runs: [run('a')], items: [], now: 0 } }, 0);
    assert.deepEqual(first, nothingHappened);
    assert.deepEqual(change(made, [run('a')], []), nothingHappened);
    assert.deepEqual(
      change(made, [run('b')], []).started.map(({ id }) => id),
      ['b'],
    );
    assert.deepEqual(
      change(made, [run('a', { state: 'finished' })], []).ended.map(({ id }) => id),
      ['a'],
    );
    assert.deepEqual(change(made, [run('a', { state: 'finished' })], []), nothingHappened);
  });

  it('announces a run that is left before its end and one that goes on, never one that was only found', () => {
    const made = model([], []);
    const found = [
      run('a', { state: 'unfinished' }),
      run('b', { state: 'elsewhere' }),
      run('c', { state: 'finished' }),
    ];
    const shown = made.apply({ type: 'snapshot', snapshot: { runs: found, items: [], now: 0 } }, 0);
    assert.deepEqual(shown, nothingHappened);
    const happened = change(made, [run('a'), run('b', { state: 'unfinished' }), run('c', { state: 'paused' })], []);
    assert.deepEqual(happened.started, []);
    assert.deepEqual(
      happened.resumed.map(({ id }) => id),
      ['a', 'c'],
    );
    assert.deepEqual(
      happened.ended.map(({ id }) => id),
      ['b'],
    );
    assert.deepEqual(change(made, [run('c'), run('a', { state: 'elsewhere' })], []), nothingHappened);
  });

  it('tells the time of the host', () => {
    const made = new QueueModel();
    made.apply({ type: 'snapshot', snapshot: { runs: [], items: [], now: 5000 } }, 1000);
    assert.equal(made.hostTime(1500), 5500);
  });

  it('knows whether the model tells items of a stage apart', () => {
    const stages = [
      item('r', 0, 'queued', { stage: 'draft' }),
      item('r', 1, 'queued', { stage: 'edit', model: 'other' }),
    ];
    assert.equal(model([run('r')], stages).run('r')?.hasSeveralModels, false);
    const models = [item('r', 0, 'queued'), item('r', 1, 'queued', { model: 'other' })];
    assert.equal(model([run('r')], models).run('r')?.hasSeveralModels, true);
  });

  it('finds the middle of what runs past a straggler', () => {
    const states = Array.from({ length: 100 }, (_, n) =>
      item('r', n, n < 60 ? 'written' : n < 64 ? 'running' : 'queued'),
    );
    const made = model([run('r')], states);
    change(made, [], [item('r', 2, 'running')]);
    assert.equal(made.run('r')?.middleOfRunning(), 61);
  });
});
