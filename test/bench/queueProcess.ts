/**
 * One measurement of queues in a process of its own, started with --expose-gc: the job is the argument, the report
 * goes to standard output as JSON.
 */
import pLimit from 'p-limit';
import { Gate } from './gate.ts';
import { IdleEngine, type Priority, PriorityQueue } from './ours.ts';
import type { CancelReport, OperationsReport, QueueJob, Spread, Subject, ThroughReport } from './queueJobs.ts';
import { quantile } from './stats.ts';
import { loadPQueue } from './tools.ts';

/** Enough for the compiler to have made up its mind. */
const warmUpItems = 20_000;
/** Slots of the engine whose items only wait. */
const slots = 50;

/** Until the last measurement of the heap. */
const keptAlive: unknown[] = [];

/** Something that `count` items go through; made anew for each pass. */
interface Pass {
  add(): void;
  drain(): Promise<void>;
}

async function createPass(subject: Subject, count: number, concurrency: number): Promise<() => Pass> {
  switch (subject) {
    case 'PriorityQueue':
      return () => {
        const queue = new PriorityQueue<number>();
        return {
          add() {
            for (let item = 0; item < count; item++) queue.add(item, priorityOf(item), item);
          },
          drain() {
            while (queue.pop() !== undefined);
            return Promise.resolve();
          },
        };
      };
    case 'Engine':
      return () => {
        const engine = new IdleEngine(count, concurrency);
        return { add: () => engine.start(), drain: () => engine.finish() };
      };
    case 'p-queue': {
      const PQueue = await loadPQueue();
      return () => {
        const queue = new PQueue({ concurrency });
        const gate = new Gate();
        const work = (): Promise<void> => (gate.isOpen ? Promise.resolve() : gate.opened);
        return {
          add() {
            for (let item = 0; item < count; item++) void queue.add(work);
          },
          drain() {
            gate.open();
            return queue.onIdle();
          },
        };
      };
    }
    case 'p-limit':
      return () => {
        const limit = pLimit(concurrency);
        const gate = new Gate();
        const all = new Gate();
        let left = count;
        const work = async (): Promise<void> => {
          if (!gate.isOpen) await gate.opened;
          if (--left === 0) all.open();
        };
        return {
          add() {
            for (let item = 0; item < count; item++) void limit(work);
          },
          async drain() {
            gate.open();
            await all.opened;
          },
        };
      };
  }
}

function priorityOf(item: number): Priority {
  return (item % 10) as Priority;
}

function stopwatch(): () => { readonly wallMs: number; readonly cpuMs: number } {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  return () => {
    const wallMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpuBefore);
    return { wallMs, cpuMs: (user + system) / 1000 };
  };
}

/** Bytes in use after a full collection. */
async function heapBytes(): Promise<number> {
  for (let pass = 0; pass < 3; pass++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

async function through({
  subject,
  count,
  concurrency,
}: Extract<QueueJob, { kind: 'through' }>): Promise<ThroughReport> {
  const warmUp = (await createPass(subject, warmUpItems, concurrency))();
  warmUp.add();
  await warmUp.drain();
  const pass = (await createPass(subject, count, concurrency))();
  const before = await heapBytes();
  keptAlive.push(pass);
  const add = stopwatch();
  pass.add();
  const added = add();
  const held = await heapBytes();
  const drain = stopwatch();
  await pass.drain();
  const drained = drain();
  const after = await heapBytes();
  return {
    addMs: added.wallMs,
    drainMs: drained.wallMs,
    cpuMs: added.cpuMs + drained.cpuMs,
    heldBytes: held - before,
    leftBytes: after - before,
  };
}

/** Every other item is cancelled, as far from the order of adding as a person's choice may be. */
async function cancel({ subject, count }: Extract<QueueJob, { kind: 'cancel' }>): Promise<CancelReport> {
  const chosen = Array.from({ length: count / 2 }, (_, index) => index * 2 + 1);
  shuffle(chosen);
  if (subject === 'Engine') {
    const engine = new IdleEngine(count, slots);
    engine.start();
    // Those that run would be aborted rather than taken out.
    const waiting = chosen.filter((item) => item >= slots);
    const cancelMs = timed(() => waiting.forEach((item) => engine.cancel(item)));
    const startedAt = performance.now();
    await engine.finish();
    return { cancelMs, cancelled: waiting.length, drainMs: performance.now() - startedAt };
  }
  const queue = new PriorityQueue<number>();
  const tickets = Array.from({ length: count }, (_, item) => queue.add(item, priorityOf(item), item));
  const cancelMs = timed(() => chosen.forEach((item) => queue.cancel(tickets[item]!)));
  const drainMs = timed(() => {
    while (queue.pop() !== undefined);
  });
  return { cancelMs, cancelled: chosen.length, drainMs };
}

async function operations({ size, samples }: Extract<QueueJob, { kind: 'operations' }>): Promise<OperationsReport> {
  const report: Record<string, Spread> = {};
  const queue = new PriorityQueue<number>();
  let sequence = 0;
  for (; sequence < size; sequence++) queue.add(sequence, priorityOf(sequence), sequence);
  const times = { add: [] as number[], reprioritise: [] as number[], cancel: [] as number[], pop: [] as number[] };
  for (let sample = 0; sample < samples + warmUpItems; sample++) {
    sequence += 2;
    let first = queue.add(sequence - 1, priorityOf(sample), sequence - 1);
    const add = timed(() => queue.add(sequence, priorityOf(sample * 7), sequence));
    const reprioritise = timed(() => (first = queue.reprioritise(first, priorityOf(sample * 3))!));
    const cancelled = timed(() => queue.cancel(first));
    const pop = timed(() => queue.pop());
    if (sample < warmUpItems) continue;
    times.add.push(add);
    times.reprioritise.push(reprioritise);
    times.cancel.push(cancelled);
    times.pop.push(pop);
  }
  for (const [name, values] of Object.entries(times)) report[`PriorityQueue ${name}`] = spread(values);

  const cancels: number[] = [];
  const starts: number[] = [];
  while (cancels.length < samples / 4) {
    const engine = new IdleEngine(size, slots);
    starts.push(timed(() => engine.start()));
    for (let item = slots; item < size; item += 2) cancels.push(timed(() => engine.cancel(item)));
    await engine.finish();
  }
  report[`Engine start (${size} items)`] = spread(starts);
  report['Engine cancelItem'] = spread(cancels);
  return report;
}

function timed(action: () => unknown): number {
  const startedAt = performance.now();
  action();
  return performance.now() - startedAt;
}

function spread(values: readonly number[]): Spread {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99), max: quantile(values, 1) };
}

/** Fisher-Yates with a fixed sequence (Lehmer's generator), so that each run does the same. */
function shuffle(values: number[]): void {
  let state = 1;
  for (let last = values.length - 1; last > 0; last--) {
    state = (state * 48_271) % 0x7fffffff;
    const other = state % (last + 1);
    [values[last], values[other]] = [values[other]!, values[last]!];
  }
}

async function perform(job: QueueJob): Promise<unknown> {
  switch (job.kind) {
    case 'through':
      return through(job);
    case 'cancel':
      return cancel(job);
    case 'operations':
      return operations(job);
  }
}

const result = await perform(JSON.parse(process.argv[2] ?? '') as QueueJob);
process.stdout.write(JSON.stringify(result), () => process.exit());
