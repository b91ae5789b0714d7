/** One job of the flow bench, as JSON in and out: engine, flow and journal, with stages that only wait. */
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/base/clock.ts';
import { Engine, type ItemSpec } from '../../src/engine/engine.ts';
import { Governor } from '../../src/engine/governor/governor.ts';
import type { Flow, FlowStage } from '../../src/flow/flow.ts';
import type { PlannedItem } from '../../src/runs/plan/plannedCandidate.ts';
import { FlowWork, type FollowedText } from '../../src/runs/session/flowWork.ts';
import type { RunFlow, StageAnswer } from '../../src/runs/session/runFlow.ts';
import { JournalClient } from '../../src/storage/journal/journalClient.ts';
import type { NewItem } from '../../src/candidates/plannedItem.ts';
import { rowItems } from '../support/flow/flowRuns.ts';
import { namesOnly } from '../support/flow/memoryFlow.ts';
import { newRun, settingsFor, value } from '../support/journal/support.ts';
import type { FlowJob, FlowReport } from './flowJobs.ts';

const worker = fileURLToPath(new URL('../../dist/journalWorker.js', import.meta.url));
const service = 'bench';
const shares = [0.1, 0.5, 0.99];

function flowOf({ workers, gathers, queue }: FlowJob): Flow {
  const stage = (name: string, input: FlowStage['input']): FlowStage => ({
    name,
    input,
    variants: [{ service, model: 'm', index: 1 }],
    priority: 5,
    reservation: 0,
    workers,
    queue,
  });
  return {
    pipeline: 'bench.pipeline.yml',
    stages: [
      stage('first', { kind: 'pass' }),
      stage('second', { kind: 'pass' }),
      stage('third', { kind: 'pass' }),
      stage('last', gathers ? { kind: 'gather', by: '{{ group }}', require: 'any' } : { kind: 'pass' }),
    ],
  };
}

async function run(job: FlowJob): Promise<FlowReport> {
  const { folder, records, callMs } = job;
  const flow = flowOf(job);
  const journal = value(await JournalClient.open({ ...settingsFor(folder), worker }));
  const rows = Array.from({ length: records }, (_, row) => ({ row, group: `g${Math.floor(row / 10)}` }));
  const items = rowItems(flow, rows);
  const stages = flow.stages.map(({ name }) => name);
  const lease = value(await journal.createRun({ ...newRun(folder, 'run', stages), flow }, items));
  const governor = new Governor({ maxConcurrent: 4 * job.workers, safetyFactor: 1 }, systemClock, Math.random);
  const { promise: finished, resolve } = Promise.withResolvers<undefined>();
  let calls = 0;
  /** By stage. */
  const waiting: number[] = [];
  let mostWaiting = 0;
  let ended = 0;
  let commitsMs = 0;
  const heap: { readonly share: number; readonly bytes: number }[] = [];
  const measureHeap = (): void => {
    ended++;
    const share = shares[heap.length];
    if (share === undefined || ended < share * records) return;
    globalThis.gc?.();
    heap.push({ share, bytes: process.memoryUsage().heapUsed });
  };
  const specOf = (item: PlannedItem): ItemSpec<PlannedItem> => {
    const { id, position, root, stage, priority, reservation } = item;
    return { id, position, root, stage, priority, service, reservation, work: item };
  };
  const runFlow: RunFlow = {
    flow,
    expressions: namesOnly,
    identity: () => undefined,
    serviceKey: () => service,
    work: async ({ item }) => {
      calls++;
      await new Promise((done) => setTimeout(done, callMs));
      const result = { format: 'json', text: `{"made":${item.position}}`, model: 'm' } as const;
      return { kind: 'completed', result, usage: { input: 1, output: 1 } };
    },
  };
  const work = new FlowWork(runFlow, { journal }, 'run');
  const planned = (item: NewItem): PlannedItem => ({ ...item, serviceKey: service, siblings: 1 });
  const engine = new Engine<PlannedItem, StageAnswer & Pick<FollowedText, 'following'>>(
    {
      perform: ({ item, signal, reportProgress: onProgress }) => work.work(item.work, { signal, onProgress }),
      commit: async (_run, { work: item }, result) => {
        const { record, ...comes } = value(await work.follow(item, result));
        const { text, format, model } = result;
        const usage = { input: 1, output: 1 };
        const sentAt = performance.now();
        const made = value(
          await journal.recordResult(lease, { item: item.id, text, format, model, usage, end: 'written', ...comes }),
        );
        commitsMs += performance.now() - sentAt;
        if (item.stage === 0) measureHeap();
        const followers = made.filter(({ state }) => state === 'queued').map(planned);
        work.handOn(item, record, followers);
        return { kind: 'written', followers: followers.map(specOf) };
      },
      load: async (_run, { stage, from, to }, most) =>
        value(await journal.queuedItems('run', { stage, from, to }, most))
          .map(planned)
          .map(specOf),
      governor: () => governor,
    },
    {
      itemChanged: ({ spec, state }) => {
        if (spec.stage === 0) return;
        const now = (waiting[spec.stage] ?? 0) + (state === 'queued' ? 1 : state === 'running' ? -1 : 0);
        waiting[spec.stage] = now;
        mostWaiting = Math.max(mostWaiting, now);
      },
      itemProgressed: () => undefined,
      attemptFinished: () => undefined,
      runFinished: () => resolve(undefined),
    },
    { clock: systemClock, random: Math.random },
  );
  const boundMs = await bound(job);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  engine.start({
    id: 'run',
    stages: flow.stages,
    retry: { attempts: 1, baseMs: 1 },
    items: items.map(planned).map(specOf),
  });
  await finished;
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  await governor.dispose();
  await journal.close();
  const commitMs = commitsMs / calls;
  const durableBoundMs = boundMs + (records / job.workers) * commitMs;
  return { wallMs, boundMs, durableBoundMs, commitMs, cpuMs: (user + system) / 1000, calls, mostWaiting, heap };
}

/** The same calls of one stage without anything around them: what no scheduler can beat. */
async function bound({ records, callMs, workers }: FlowJob): Promise<number> {
  let left = records;
  const startedAt = performance.now();
  const work = async (): Promise<void> => {
    while (left-- > 0) await new Promise((done) => setTimeout(done, callMs));
  };
  await Promise.all(Array.from({ length: workers }, work));
  return performance.now() - startedAt;
}

const report = await run(JSON.parse(process.argv[2] ?? '') as FlowJob);
process.stdout.write(JSON.stringify(report), () => process.exit());
