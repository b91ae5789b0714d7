/**
 * One measurement of the journal in a process of its own: the job is the argument, the report goes to standard output as
 * JSON.
 */
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { messagesOf, promptsOf } from './contenders.ts';
import { observed, threadCpuMs } from './eventLoop.ts';
import type { CommitsReport, JournalJob, LatencyReport, PhasesReport } from './journalJobs.ts';
import {
  type JournalClient,
  type NewItem,
  type NewRun,
  openJournal,
  OurRuns,
  promptSources,
  type RunLease,
  valueOf,
} from './ourRuns.ts';
import type { Spread } from './queueJobs.ts';
import { quantile } from './stats.ts';

type Job<Kind> = Extract<JournalJob, { kind: Kind }>;

/** A block is seen but for this long, ms. */
const resolutionMs = 2;
/** Calls of one turn, and calls that wait for their outcome at most. */
const atOnce = 100;
const mostWaiting = 2000;
const warmUp = 2000;
/** Texts that are committed while a plan is. */
const mostBeside = 1000;
const besideEveryMs = 5;

/** As many characters of text as asked for, no two alike. */
function textOf(index: number, characters: number): string {
  return `${index} Write the text of a product in one friendly paragraph. `
    .repeat(Math.ceil(characters / 40))
    .slice(0, characters);
}

function* newItems(folder: string, count: number): Iterable<NewItem> {
  const shared = {
    prompt: { path: 'a.prompt.md', name: 'a', hash: '0'.repeat(64) },
    parameters: { temperature: 0.9 },
    variables: {},
    messages: promptsOf(1).flatMap(messagesOf),
    output: { folder, series: 'candidates/a/*.md', firstNumbered: true },
  } as const;
  for (let position = 0; position < count; position++) {
    yield {
      ...shared,
      id: `item${position}`,
      position,
      stage: 0,
      key: '',
      root: position,
      place: '',
      row: '',
      index: position + 1,
      number: position + 1,
      service: 'bench',
      model: 'test-model',
      priority: 5,
      reservation: 200,
    };
  }
}

function runOf(root: string, id = 'run'): NewRun {
  return { id, label: 'bench', root, stages: ['generate'], startedAt: Date.now(), options: {}, services: {} };
}

async function newRun(journal: JournalClient, folder: string, count: number, id?: string): Promise<RunLease> {
  return valueOf(await journal.createRun(runOf(folder, id), newItems(folder, count)));
}

function spread(values: readonly number[]): Spread {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99), max: quantile(values, 1) };
}

const usage = { input: 20, output: 60 };

async function commits({ folder, what, characters, count }: Job<'commits'>): Promise<CommitsReport> {
  const journal = await openJournal(folder);
  const lease = await newRun(journal, folder, count + warmUp);
  const texts = Array.from({ length: 100 }, (_, index) => textOf(index, characters));
  const attempt = {
    attempt: 1,
    service: 'bench',
    model: 'test-model',
    durationMs: 2000.5,
    queueWaitMs: 10.5,
    outcome: 'completed',
    usage,
  } as const;
  const write = (index: number): Promise<unknown> => {
    const item = `item${index}`;
    const recorded =
      what === 'attempts'
        ? journal.recordAttempt(lease, { ...attempt, item, startedAt: Date.now() })
        : journal.recordResult(lease, {
            item,
            text: texts[index % texts.length] ?? '',
            model: 'test-model',
            usage,
          });
    return recorded.then(valueOf);
  };
  const writeAll = async (from: number, to: number): Promise<void> => {
    let waiting = 0;
    let wake: () => void = () => undefined;
    const settled = (): void => {
      waiting--;
      wake();
    };
    const all: Promise<unknown>[] = [];
    for (let next = from; next < to; next++) {
      waiting++;
      all.push(write(next).finally(settled));
      if (next % atOnce === 0) await setImmediate();
      while (waiting >= mostWaiting) await new Promise<void>((resolve) => (wake = resolve));
    }
    await Promise.all(all);
  };
  await writeAll(0, warmUp);
  const cpuBefore = process.cpuUsage();
  const callerBefore = threadCpuMs();
  const startedAt = performance.now();
  await writeAll(warmUp, count + warmUp);
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  const callerCpuMs = threadCpuMs() - callerBefore;
  await journal.close();
  return { ms, cpuMs: (user + system) / 1000, callerCpuMs };
}

async function latency({ folder, perSecond, characters, count }: Job<'latency'>): Promise<LatencyReport> {
  const journal = await openJournal(folder);
  const warmUps = Math.ceil(count / 10);
  const lease = await newRun(journal, folder, count + warmUps);
  const tookMs: number[] = [];
  const write = async (index: number): Promise<void> => {
    const text = textOf(index, characters);
    const calledAt = performance.now();
    valueOf(await journal.recordResult(lease, { item: `item${index}`, text, model: 'test-model', usage }));
    tookMs[index] = performance.now() - calledAt;
  };
  const startedAt = performance.now();
  const all: Promise<void>[] = [];
  while (all.length < count + warmUps) {
    const due = Math.min(count + warmUps, ((performance.now() - startedAt) * perSecond) / 1000);
    while (all.length < due) all.push(write(all.length));
    await delay(1);
  }
  const ms = performance.now() - startedAt;
  await Promise.all(all);
  await journal.close();
  return {
    spread: spread(tookMs.slice(warmUps)),
    perSecond: (all.length * 1000) / ms,
  };
}

/** What one process does, part by part. */
class Phases {
  readonly #phases: PhasesReport['phases'][number][] = [];

  async phase<Result>(phase: string, work: () => PromiseLike<Result>): Promise<Result> {
    const { loop, result } = await observed(work, resolutionMs);
    this.#phases.push({ phase, loop });
    return result;
  }

  report(commitMs: readonly number[] = []): PhasesReport {
    return { phases: this.#phases, commits: spread(commitMs.length === 0 ? [0] : commitMs) };
  }
}

function sourcesOf({
  folder,
  prompts,
  each,
}: {
  folder: string;
  prompts: number;
  each: number;
}): ReturnType<typeof promptSources> {
  return promptSources(folder, promptsOf(prompts), { each });
}

async function plan(job: Job<'plan'>): Promise<PhasesReport> {
  const { folder } = job;
  const phases = new Phases();
  await using ours = await OurRuns.open(folder, 'http://127.0.0.1:9/v1', { concurrency: 1 });
  const { items } = await phases.phase('planRun', () => ours.plan(sourcesOf(job)));
  const journal = await openJournal(folder);
  await phases.phase('createRun', async () => valueOf(await journal.createRun(runOf(folder), items)));
  // Another run goes on meanwhile.
  const lease = await newRun(journal, folder, mostBeside, 'beside');
  const commitMs: number[] = [];
  const writes: Promise<void>[] = [];
  const record = async (item: string): Promise<void> => {
    const calledAt = performance.now();
    valueOf(await journal.recordResult(lease, { item, text: textOf(0, 1024), model: 'test-model', usage }));
    commitMs.push(performance.now() - calledAt);
  };
  const timer = setInterval(() => {
    if (writes.length < mostBeside) writes.push(record(`item${writes.length}`));
  }, besideEveryMs);
  await phases.phase('createRun beside a run', async () =>
    valueOf(await journal.createRun(runOf(folder, 'again'), items)),
  );
  clearInterval(timer);
  await Promise.all(writes);
  await journal.close();
  return phases.report(commitMs);
}

async function run(job: Job<'run'>): Promise<PhasesReport> {
  const { folder, baseUrl, concurrency, dieAfter } = job;
  const phases = new Phases();
  const ours = await OurRuns.open(folder, baseUrl, { concurrency });
  const commitMs = ours.watchCommits();
  let written = 0;
  ours.runs.events.subscribe((event) => {
    if (event.type !== 'itemChanged' || event.item.state !== 'written') return;
    if (++written === dieAfter) process.kill(process.pid, 'SIGKILL');
  });
  const planned = await phases.phase('planRun', () => ours.plan(sourcesOf(job)));
  const { finished } = await phases.phase('start', () => ours.start(planned));
  await phases.phase('run', () => finished);
  await ours[Symbol.asyncDispose]();
  return phases.report(commitMs);
}

/** As the editor does it: shows what its folder left unfinished, and goes on when told to. */
async function resume({ folder, baseUrl, concurrency }: Job<'resume'>): Promise<PhasesReport> {
  const phases = new Phases();
  const ours = await phases.phase('open', () => OurRuns.open(folder, baseUrl, { concurrency }));
  const commitMs = ours.watchCommits();
  const unfinished = await phases.phase('load', () => ours.load());
  const { finished } = await phases.phase('resume', () => ours.resume(unfinished));
  await phases.phase('rest', () => finished);
  await ours[Symbol.asyncDispose]();
  return phases.report(commitMs);
}

function perform(job: JournalJob): Promise<unknown> {
  switch (job.kind) {
    case 'commits':
      return commits(job);
    case 'latency':
      return latency(job);
    case 'plan':
      return plan(job);
    case 'run':
      return run(job);
    case 'resume':
      return resume(job);
  }
}

const result = await perform(JSON.parse(process.argv[2] ?? '') as JournalJob);
process.stdout.write(JSON.stringify(result), () => process.exit());
