import assert from 'node:assert/strict';
import type { Flow, FlowStage, RecordData } from '../../../src/flow/flow.ts';
import type { StageText } from '../../../src/flow/record.ts';
import type { ItemSnapshot, RunSummary } from '../../../src/model/run.ts';
import type { RunOptions } from '../../../src/runs/runOptions.ts';
import { follow } from '../../../src/flow/follow.ts';
import { rowPlace } from '../../../src/flow/rowPlace.ts';
import type { NewRow } from '../../../src/storage/journal/records.ts';
import { readItemTexts, readRecordWay } from '../../../src/runs/board/recordWay.ts';
import { endedOfStage, lastRunOf } from '../../../src/runs/pipeline/stageAgain.ts';
import type { StartedRun } from '../../../src/runs/startedRun.ts';
import type { RunFlow, StageTask } from '../../../src/runs/session/runFlow.ts';
import { flowPlan, rowItems } from '../../support/flow/flowRuns.ts';
import { namesOnly } from '../../support/flow/memoryFlow.ts';
import { reason, value } from '../../support/journal/support.ts';
import { useRunsBench, type Process } from '../../support/runsHarness.ts';

const common: Pick<FlowStage, 'variants' | 'priority' | 'reservation'> = {
  variants: [{ service: 'test', model: 'm', index: 1 }],
  priority: 5,
  reservation: 1,
};

/** Each row becomes as many records as it says; those of all rows come together, and go one step further. */
function flowOf(require: 'any' | 'all', each: Partial<FlowStage> = {}): Flow {
  return {
    pipeline: 'a.pipeline.yml',
    stages: [
      { name: 'split', input: { kind: 'pass' }, ...common },
      { name: 'each', input: { kind: 'expand', list: 'split.list' }, ...common, ...each },
      { name: 'together', input: { kind: 'gather', require }, ...common },
      { name: 'last', input: { kind: 'pass' }, ...common },
    ],
  };
}

const json = (value: unknown): StageText => ({ format: 'json', text: JSON.stringify(value) });
const twoRows: readonly RecordData[] = [{ elements: 2 }, { elements: 3 }];

describe('a flow', function () {
  this.timeout(30_000);
  const bench = useRunsBench();
  /** Stage and key of every call. */
  let called: string[];
  /** What fails, by stage and key. */
  let failing: Set<string>;
  /** Calls of the second stage wait for it. */
  let gate: Promise<undefined> | undefined;

  beforeEach(() => {
    called = [];
    failing = new Set();
    gate = undefined;
  });

  async function work(task: StageTask): ReturnType<RunFlow['work']> {
    const { stage, item, signal } = task;
    const name = `${stage.name} ${item.key}`;
    called.push(name);
    if (stage.name === 'each' && gate) {
      await Promise.race([gate, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
    }
    if (failing.has(name) || signal.aborted) {
      return { kind: 'failed', failure: { reason: 'bad-request', message: 'This one fails.' } };
    }
    return { kind: 'completed', result: { ...resultOf(task), model: 'm' }, usage: { input: 1, output: 1 } };
  }

  function resultOf({ stage, record }: StageTask): StageText {
    switch (stage.name) {
      case 'split':
        return json(
          record.elements === undefined ? {} : { list: Array.from({ length: Number(record.elements) }, (_, at) => at) },
        );
      case 'together': {
        const { records, missing } = record as { records: RecordData[]; missing: { key: string }[] };
        return json({
          all: records.map(({ each }) => (each as { made: string } | undefined)?.made ?? null),
          without: missing.map(({ key }) => key),
        });
      }
      default:
        return json({ made: `${stage.name} of ${JSON.stringify(record.value ?? 'all')}` });
    }
  }

  const stages = { work, expressions: namesOnly, identity: ({ name }: FlowStage) => name };

  async function start(
    { runs, workspace }: Process,
    flow: Flow,
    rows = twoRows,
    options: Partial<RunOptions> = {},
  ): Promise<StartedRun> {
    const [serviceKey = ''] = (await bench().plan(1)).serviceKeys;
    const plan = flowPlan(
      bench().folder,
      { ...stages, flow, serviceKey: () => serviceKey },
      rowItems(flow, rows),
      serviceKey,
    );
    return value(await runs.start(plan, bench().options(options), workspace));
  }

  async function resume(
    { runs, workspace }: Process,
    { id }: StartedRun,
    more: Parameters<ReturnType<typeof bench>['resumption']>[2] = {},
  ): Promise<RunSummary> {
    const resumed = value(await runs.resume(bench().resumption(workspace, id, { stages, ...more })));
    return resumed.finished;
  }

  const itemsOf = ({ runs }: Process, stage: string): readonly ItemSnapshot[] =>
    runs.snapshots().items.filter((item) => item.stage === stage);

  /** What an item of a stage has come to, as the stage after it reads it. */
  async function made(process: Process, stage: string): Promise<unknown[]> {
    const { workspace } = process;
    const items = [...itemsOf(process, stage)].sort((a, b) => a.position - b.position);
    const records = await Promise.all(items.map(({ run, id }) => workspace.journal.record(run, id)));
    return records.map((record) => value(record));
  }

  it('expands, gathers by position, and ends with every item written', async () => {
    const process = await bench().process();
    const { counts, problem } = await (await start(process, flowOf('any'))).finished;
    assert.deepEqual([counts.written, problem], [2 + 5 + 1 + 1, undefined]);
    const [last] = (await made(process, 'last')) as { together: unknown }[];
    const all = ['each of 0', 'each of 1', 'each of 0', 'each of 1', 'each of 2'];
    assert.deepEqual(last?.together, { all, without: [] });
    assert.deepEqual([...called].sort().length, new Set(called).size);
    assert.equal(process.runs.snapshots().runs[0]?.state, 'finished');
  });

  it('counts as through only when it has delivered', async () => {
    const process = await bench().process();
    const { runs, workspace } = process;
    const flow = flowOf('any');
    const [serviceKey = ''] = (await bench().plan(1)).serviceKeys;
    const finishedAt: (number | undefined)[] = [];
    const deliver = async (): Promise<void> => {
      const [{ id } = { id: '' }] = runs.snapshots().runs;
      const details = value(await workspace.journal.run(id));
      assert.equal(details.counts.queued, 0);
      finishedAt.push(details.finishedAt);
    };
    const working = { ...stages, flow, serviceKey: () => serviceKey, deliver };
    const plan = flowPlan(bench().folder, working, rowItems(flow, twoRows), serviceKey);
    const { id, finished } = value(await runs.start(plan, bench().options(), workspace));
    await finished;
    assert.deepEqual(finishedAt, [undefined]);
    assert.notEqual(value(await workspace.journal.run(id)).finishedAt, undefined);
  });

  it('tells the way of a record: what each stage was given, made of it and cost', async () => {
    const process = await bench().process();
    const started = await start(process, flowOf('any'));
    await started.finished;
    const { journal } = process.workspace;
    const each = itemsOf(process, 'each').find(({ record }) => record === 'row1/2');
    assert.ok(each);
    const way = value(await readRecordWay(journal, started.id, each.id));
    assert.deepEqual(
      way?.steps.map(({ stage, item, attempts }) => [stage, item.key, item.state, attempts.length]),
      [
        ['split', 'row1', 'written', 1],
        ['each', 'row1/2', 'written', 1],
      ],
    );
    assert.ok(way);
    assert.equal(way.further, 0);
    const [attempt] = way.steps[1]?.attempts ?? [];
    assert.deepEqual(
      [attempt?.outcome, attempt?.service, attempt?.usage],
      ['completed', 'test', { input: 1, output: 1 }],
    );
    const texts = value(await readItemTexts(journal, started.id, each.id));
    assert.deepEqual(JSON.parse(texts?.input ?? ''), { elements: 3, split: { list: [0, 1, 2] }, value: 2, index: 2 });
    assert.deepEqual(JSON.parse(texts?.output ?? ''), { made: 'each of 2' });
    const [split] = itemsOf(process, 'split');
    assert.equal(value(await readRecordWay(journal, started.id, split?.id ?? ''))?.further, 2);
    const [together] = itemsOf(process, 'together');
    const gathered = value(await readRecordWay(journal, started.id, together?.id ?? ''));
    assert.deepEqual(
      gathered?.steps.map(({ stage }) => stage),
      ['together', 'last'],
    );
    assert.equal(value(await readRecordWay(journal, started.id, 'nothing')), undefined);
  });

  it('tells of its records, how full its stages are and what its service is used for', async () => {
    const process = await bench().process();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    gate = promise;
    const started = await start(process, flowOf('any', { workers: 1, queue: 2 }));
    await bench().eventually(() => called.includes('each row0/0'));
    await bench().eventually(() => process.runs.snapshots().runs[0]?.counts.running === 1);
    const [run] = process.runs.snapshots().runs;
    assert.equal(run?.records, 2);
    const load = run.stages?.find(({ name }) => name === 'each');
    assert.deepEqual([load?.workers, load?.queue], [1, 2]);
    assert.ok((load?.held ?? 0) >= 1);
    const [service] = process.runs.activity.services();
    assert.deepEqual([service?.names, service?.inFlight, service?.breaker], [['test'], 1, 'closed']);
    assert.ok((service?.requests.used ?? 0) >= 2);
    const busy = service?.workers.filter((worker) => worker.busy);
    assert.deepEqual(
      busy?.map((worker) => worker.busy?.stage),
      ['each'],
    );
    resolve(undefined);
    await started.finished;
    assert.equal(process.runs.snapshots().runs[0]?.stages, undefined);
    assert.deepEqual(process.runs.activity.services(), []);
    const last = process.runs.activity.samples(started.id).at(-1);
    assert.ok(last && last.perMinute > 0 && last.latency);
  });

  it('makes one stage again with all that follows it, and nothing before it', async () => {
    const process = await bench().process();
    const started = await start(process, flowOf('any'));
    await started.finished;
    called = [];
    const again = { items: itemsOf(process, 'each').map(({ id }) => id), fresh: true };
    const { counts } = await resume(process, started, { again });
    assert.equal(counts.written, 9);
    assert.equal(called.filter((name) => name.startsWith('each')).length, 5);
    assert.equal(called.filter((name) => name.startsWith('split')).length, 0);
    assert.equal(itemsOf(process, 'last').length, 1);
  });

  it('leaves alone what passes a stage by when the stage is made again', async () => {
    const process = await bench().process();
    const started = await start(process, flowOf('any', { when: '{{ index }}' }));
    await started.finished;
    const { journal } = process.workspace;
    const ended = value(await endedOfStage(journal, started.id, 'each'));
    assert.equal(ended.length, 3, 'of five, the first of each row passes by');
    assert.equal(value(await lastRunOf(journal, 'a.pipeline.yml')), started.id);
    assert.equal(value(await lastRunOf(journal, 'b.pipeline.yml')), undefined);
    called = [];
    const all = itemsOf(process, 'each').map(({ id }) => id);
    const { counts } = await resume(process, started, { again: { items: all, fresh: true } });
    assert.deepEqual(called.filter((name) => name.startsWith('each')).sort(), [
      'each row0/1',
      'each row1/1',
      'each row1/2',
    ]);
    assert.deepEqual([counts.written, counts.skipped], [2 + 3 + 1 + 1, 2]);
  });

  it('gathers without a member that failed, and names it', async () => {
    const process = await bench().process();
    failing.add('each row1/1');
    const { counts } = await (await start(process, flowOf('any'))).finished;
    assert.deepEqual([counts.written, counts.failed], [8, 1]);
    const [last] = (await made(process, 'last')) as { together: unknown }[];
    const all = ['each of 0', 'each of 1', 'each of 0', 'each of 2'];
    assert.deepEqual(last?.together, { all, without: ['row1/1'] });
  });

  it('fails an answer that nothing can follow', async () => {
    const process = await bench().process();
    const { counts } = await (await start(process, flowOf('any'), [{ elements: 2 }, {}])).finished;
    assert.deepEqual([counts.written, counts.failed], [1 + 2 + 1 + 1, 1]);
    const [, failed] = itemsOf(process, 'split');
    assert.match(
      failed?.failure?.message ?? '',
      /^The stage "each" finds no list at "split.list" in the record "row1"\.$/,
    );
    assert.equal(itemsOf(process, 'together').length, 1, 'and gathers once');
  });

  it('that requires all members fails without one, and gathers when that is retried', async () => {
    const process = await bench().process();
    failing.add('each row1/1');
    const started = await start(process, flowOf('all'));
    const { counts } = await started.finished;
    assert.deepEqual([counts.written, counts.failed], [6, 2]);
    assert.equal(itemsOf(process, 'together')[0]?.failure?.reason, 'missing-members');
    failing.clear();
    called = [];
    const again = await resume(process, started, { again: { states: ['failed'], fresh: false } });
    assert.deepEqual([again.counts.written, again.counts.failed], [9, 0]);
    assert.deepEqual(called, ['each row1/1', 'together ', 'last ']);
  });

  it('makes a gather again when a member that it went on without is retried', async () => {
    const process = await bench().process();
    failing.add('each row0/0');
    const started = await start(process, flowOf('any'));
    await started.finished;
    failing.clear();
    const { counts } = await resume(process, started, { again: { states: ['failed'], fresh: false } });
    assert.deepEqual([counts.written, counts.failed], [9, 0]);
    const [last, ...more] = (await made(process, 'last')) as { together: { without: unknown } }[];
    assert.deepEqual([last?.together.without, more], [[], []]);
  });

  it('starts an item again while it goes on, unless others have gone on from it', async () => {
    const process = await bench().process();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    gate = promise;
    failing.add('each row0/0').add('split row0');
    const started = await start(process, flowOf('any', { workers: 1 }));
    const split = (): readonly ItemSnapshot[] => itemsOf(process, 'split');
    await bench().eventually(() => split()[0]?.state === 'failed' && called.includes('each row1/0'));
    assert.equal(reason(await process.runs.startAgain(started.id, split()[1]?.id ?? '')), 'followed');
    failing.clear();
    value(await process.runs.startAgain(started.id, split()[0]?.id ?? ''));
    await bench().eventually(() => split()[0]?.state === 'written');
    resolve(undefined);
    assert.equal((await started.finished).counts.written, 9);
  });

  describe('that gathers behind a stage that all records pass by', () => {
    const passedBy: Flow = {
      pipeline: 'a.pipeline.yml',
      stages: [
        { name: 'never', input: { kind: 'pass' }, when: '{{ nothing }}', ...common },
        { name: 'together', input: { kind: 'gather', require: 'any' }, ...common },
      ],
    };

    it('gathers them, and ends', async () => {
      const process = await bench().process();
      const { counts } = await (await start(process, passedBy)).finished;
      assert.deepEqual([counts.skipped, counts.written, called], [2, 1, ['together ']]);
      const [together] = (await made(process, 'together')) as { records: unknown }[];
      assert.deepEqual(together?.records, twoRows);
    });

    it('does so too when whoever had planned it is gone', async () => {
      const process = await bench().process();
      const { journal } = process.workspace;
      const run = { id: 'left', label: 'left', root: bench().folder, startedAt: Date.now() };
      const more = { stages: passedBy.stages.map(({ name }) => name), flow: passedBy, options: {}, services: {} };
      const lease = value(await journal.createRun({ ...run, ...more }, rowItems(passedBy, twoRows)));
      value(await journal.release(lease));
      const [unfinished] = value(await process.runs.load(process.workspace, () => undefined));
      assert.deepEqual([unfinished?.id, unfinished?.left], ['left', 1]);
      const resumed = value(await process.runs.resume(bench().resumption(process.workspace, 'left', { stages })));
      assert.deepEqual([(await resumed.finished).counts.written, called], [1, ['together ']]);
    });
  });

  describe('whose source is watched', () => {
    const watched = (size?: number): Flow => ({
      pipeline: 'a.pipeline.yml',
      stages: [
        { name: 'make', input: { kind: 'pass' }, ...common },
        {
          name: 'together',
          input: { kind: 'gather', require: 'any', ...(size === undefined ? {} : { size }) },
          ...common,
        },
        { name: 'last', input: { kind: 'pass' }, ...common },
      ],
    });

    /** Row n, which says something. @param place where it belongs, its number for a row that the run has begun with */
    function row(flow: Flow, number: number, says: string, { place = rowPlace(number), isNew = true } = {}): NewRow {
      const [key, record] = [`row${number}`, { value: says }];
      const followed = follow(flow, { stage: -1, key, place, record }, namesOnly);
      const drafts = followed.ok ? followed.value : [];
      const prompt = { path: flow.pipeline, name: 'flow', hash: '' };
      return { key, label: key, values: record, prompt, drafts, replaces: isNew ? [] : drafts.map(({ id }) => id) };
    }

    async function rested(process: Process): Promise<void> {
      await bench().eventually(() => process.runs.snapshots().runs[0]?.state === 'watching');
    }

    const says = (number: number): RecordData => ({ value: `${number}` });
    const watch = { watch: true, order: 'newest' } as const;
    const gathered = async (process: Process): Promise<readonly string[]> =>
      ((await made(process, 'together')) as { records: { value: string }[] }[]).map(({ records }) =>
        records.map((record) => record.value).join(' '),
      );

    it('takes rows until the watch ends, and gathers whenever it comes to rest', async () => {
      const process = await bench().process();
      const flow = watched();
      const started = await start(process, flow, [says(0), says(1)], watch);
      await rested(process);
      assert.deepEqual(await gathered(process), ['0 1']);
      assert.equal(process.runs.snapshots().runs[0]?.isWatched, true);
      called = [];
      assert.deepEqual(value(await process.runs.putRows(started.id, [row(flow, 2, '2')])), []);
      await rested(process);
      assert.deepEqual([await gathered(process), called], [['0 1 2'], ['make row2', 'together ', 'last ']]);
      called = [];
      value(await process.runs.putRows(started.id, [row(flow, 1, 'new', { isNew: false })]));
      await rested(process);
      assert.deepEqual([await gathered(process), called], [['0 new 2'], ['make row1', 'together ', 'last ']]);
      process.runs.endWatch(started.id);
      const { counts, records } = await started.finished;
      assert.deepEqual([counts.written, counts.queued, records], [3 + 1 + 1, 0, 3]);
      assert.equal(value(await process.runs.putRows(started.id, [row(flow, 3, '3')])), undefined);
      const { counts: journalled, finishedAt } = value(await process.workspace.journal.run(started.id));
      assert.deepEqual([journalled.written, finishedAt === undefined], [5, false]);
    });

    it('makes only the last gather again that is not full, and the one of a row that has changed', async () => {
      const process = await bench().process();
      const flow = watched(2);
      const started = await start(process, flow, [says(0), says(1), says(2)], watch);
      await rested(process);
      assert.deepEqual(await gathered(process), ['0 1', '2']);
      called = [];
      value(await process.runs.putRows(started.id, [row(flow, 3, '3'), row(flow, 4, '4')]));
      await rested(process);
      assert.deepEqual([...(await gathered(process))].sort(), ['0 1', '2 3', '4']);
      assert.deepEqual(called.filter((name) => name.startsWith('together')).sort(), ['together /1', 'together /2']);
      called = [];
      value(await process.runs.putRows(started.id, [row(flow, 0, 'new', { isNew: false })]));
      await rested(process);
      assert.deepEqual([...(await gathered(process))].sort(), ['2 3', '4', 'new 1']);
      assert.deepEqual(called, ['make row0', 'together /0', 'last /0']);
      process.runs.endWatch(started.id);
      await started.finished;
    });

    it('leaves a row alone of which something is at work', async () => {
      const process = await bench().process();
      const { promise, resolve } = Promise.withResolvers<undefined>();
      gate = promise;
      const flow = flowOf('any');
      const started = await start(process, flow, [{ elements: 1 }], watch);
      await bench().eventually(() => called.includes('each row0/0'));
      const changed = { ...row(flow, 0, '', { isNew: false }), values: { elements: 2 } };
      assert.deepEqual(value(await process.runs.putRows(started.id, [changed])), ['row0']);
      resolve(undefined);
      await rested(process);
      assert.deepEqual(value(await process.runs.putRows(started.id, [changed])), []);
      await rested(process);
      assert.equal(itemsOf(process, 'each').length, 2);
      process.runs.cancel(started.id);
      assert.equal((await started.finished).counts.cancelled, 0);
      assert.equal(process.runs.snapshots().runs[0]?.state, 'finished');
    });

    it('goes on after a crash at rest as one that nobody watches', async () => {
      const process = await bench().process();
      const flow = watched(2);
      const started = await start(process, flow, [says(0)], watch);
      await rested(process);
      gate = undefined;
      const { counts } = value(await process.workspace.journal.run(started.id));
      assert.deepEqual([counts.queued, counts.written], [0, 3]);
      await process.runs.stop(0);
      assert.equal((await started.finished).problem, undefined);
      assert.equal(process.runs.snapshots().runs[0]?.state, 'finished', 'nothing was left of it');
    });
  });

  it('numbers gathers anew when one in the middle is made again', async () => {
    const process = await bench().process();
    const flow: Flow = {
      pipeline: 'a.pipeline.yml',
      stages: [
        { name: 'make', input: { kind: 'pass' }, ...common },
        { name: 'together', input: { kind: 'gather', require: 'any', size: 2 }, ...common },
      ],
    };
    const started = await start(process, flow, [{}, {}, {}, {}]);
    await started.finished;
    called = [];
    const [first] = itemsOf(process, 'make');
    const { counts, problem } = await resume(process, started, { again: { items: [first?.id ?? ''], fresh: true } });
    assert.deepEqual([counts.written, problem, called], [6, undefined, ['make row0', 'together /0']]);
  });

  describe('with bounded queues', () => {
    const bounded = flowOf('all', { queue: 2 });
    const fifty: readonly RecordData[] = [{ elements: 50 }];

    it('keeps what an expansion makes beyond the bound in the journal, and loses nothing', async () => {
      const process = await bench().process();
      const { promise, resolve } = Promise.withResolvers<undefined>();
      gate = promise;
      const started = await start(process, bounded, fifty);
      await bench().eventually(() => called.filter((name) => name.startsWith('each')).length === 2);
      assert.ok(itemsOf(process, 'each').length <= 4, 'two at work, two in the queue');
      resolve(undefined);
      assert.equal((await started.finished).counts.written, 53);
      assert.equal(called.length, 53);
      const [last] = (await made(process, 'last')) as { together: { all: readonly string[] } }[];
      assert.deepEqual(
        last?.together.all,
        Array.from({ length: 50 }, (_, at) => `each of ${at}`),
      );
    });

    it('cancels what waits there too', async () => {
      const process = await bench().process();
      gate = new Promise(() => undefined);
      const started = await start(process, bounded, fifty);
      await bench().eventually(() => called.filter((name) => name.startsWith('each')).length === 2);
      process.runs.cancel(started.id);
      const { counts } = await started.finished;
      assert.deepEqual([counts.written, counts.cancelled, counts.failed, counts.queued], [1, 50, 1, 0]);
      const { counts: journalled, finishedAt } = value(await process.workspace.journal.run(started.id));
      assert.deepEqual([journalled.cancelled, journalled.queued, finishedAt === undefined], [50, 0, false]);
    });

    it('is stopped and resumed without a second call', async () => {
      const process = await bench().process();
      const { promise, resolve } = Promise.withResolvers<undefined>();
      gate = promise;
      const started = await start(process, bounded, fifty);
      await bench().eventually(() => called.filter((name) => name.startsWith('each')).length === 2);
      const stopping = process.runs.stop(10_000);
      resolve(undefined);
      await stopping;
      assert.equal(process.runs.snapshots().runs[0]?.state, 'unfinished');
      assert.equal(called.length, 3);
      const { counts } = await resume(process, started);
      assert.deepEqual([counts.written, counts.queued], [53, 0]);
      assert.equal(called.length, 53);
    });

    it('that was cancelled starts again where a person wants it', async () => {
      const process = await bench().process();
      const { promise, resolve } = Promise.withResolvers<undefined>();
      gate = promise;
      const started = await start(process, bounded, fifty);
      await bench().eventually(() => called.filter((name) => name.startsWith('each')).length === 2);
      process.runs.cancel(started.id);
      await started.finished;
      resolve(undefined);
      const { counts } = await resume(process, started, { again: { states: ['cancelled', 'failed'], fresh: false } });
      assert.deepEqual([counts.written, counts.cancelled, counts.failed], [53, 0, 0]);
    });
  });

  describe('with the cache', () => {
    const cached = { cache: 'on' } as const;

    it('calls nobody for what has not changed, and comes to the same', async () => {
      const process = await bench().process();
      await (
        await start(process, flowOf('any'), twoRows, cached)
      ).finished;
      const [before] = await made(process, 'last');
      process.runs.clearFinished();
      called = [];
      const { counts, cache, attempts } = await (await start(process, flowOf('any'), twoRows, cached)).finished;
      assert.deepEqual([called, counts.skipped, attempts], [[], 9, 0]);
      assert.deepEqual([cache.hits, cache.misses], [9, 0]);
      assert.deepEqual((await made(process, 'last'))[0], before);
    });

    it('makes a stage that has changed again, and what follows it only where that comes to something else', async () => {
      const process = await bench().process();
      await (
        await start(process, flowOf('any'), twoRows, cached)
      ).finished;
      called = [];
      const changed = flowOf('any');
      const identity = ({ name }: FlowStage): string => (name === 'each' ? 'another' : name);
      const [serviceKey = ''] = (await bench().plan(1)).serviceKeys;
      const flow = { ...stages, identity, flow: changed, serviceKey: () => serviceKey };
      const plan = flowPlan(bench().folder, flow, rowItems(changed, twoRows), serviceKey);
      const started = value(await process.runs.start(plan, bench().options(cached), process.workspace));
      const { counts } = await started.finished;
      assert.deepEqual([counts.written, counts.skipped], [5, 4]);
      assert.ok(called.every((name) => name.startsWith('each')));
    });

    it('calls for other records, and when a person wants it anew', async () => {
      const process = await bench().process();
      await (
        await start(process, flowOf('any'), twoRows, cached)
      ).finished;
      called = [];
      const started = await start(process, flowOf('any'), [...twoRows, { elements: 1 }], cached);
      const { counts } = await started.finished;
      assert.deepEqual([counts.written, counts.skipped], [4, 7]);
      assert.deepEqual(called, ['split row2', 'each row2/0', 'together ', 'last ']);
      called = [];
      const last = itemsOf(process, 'last').find(({ run }) => run === started.id);
      await resume(process, started, { again: { items: [last?.id ?? ''], fresh: true }, only: 'again' });
      assert.deepEqual(called, ['last ']);
    });
  });
});
