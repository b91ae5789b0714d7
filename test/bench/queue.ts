import { fileURLToPath } from 'node:url';
import type { Bench, BenchContext, Target } from './bench.ts';
import { runJob } from './processes.ts';
import type { CancelReport, OperationsReport, QueueJob, Subject, ThroughReport } from './queueJobs.ts';
import { median } from './stats.ts';
import { figure, type Table } from './table.ts';
import { installTools } from './tools.ts';

const queueProcess = fileURLToPath(new URL('queueProcess.ts', import.meta.url));
const boundMs = 60_000;
const concurrency = 50;

const subjects: readonly { readonly subject: Subject; readonly name: string }[] = [
  { subject: 'PriorityQueue', name: 'ours: PriorityQueue' },
  { subject: 'Engine', name: 'ours: Engine' },
  { subject: 'p-limit', name: 'p-limit' },
  { subject: 'p-queue', name: 'p-queue' },
];

interface Measurement<Report> {
  readonly job: QueueJob;
  readonly round: number;
  readonly report?: Report;
  readonly trouble?: string;
}

async function ask(job: Extract<QueueJob, { kind: 'through' }>, round: number): Promise<Measurement<ThroughReport>>;
async function ask(job: Extract<QueueJob, { kind: 'cancel' }>, round: number): Promise<Measurement<CancelReport>>;
async function ask(
  job: Extract<QueueJob, { kind: 'operations' }>,
  round: number,
): Promise<Measurement<OperationsReport>>;
async function ask(job: QueueJob, round: number): Promise<Measurement<unknown>> {
  const ran = await runJob(queueProcess, job, { boundMs, nodeOptions: ['--expose-gc'] });
  return 'result' in ran ? { job, round, report: ran.result } : { job, round, trouble: `FAILED: ${ran.trouble}` };
}

function reportsOf<Report>(
  measurements: readonly Measurement<Report>[],
  matches: (job: QueueJob) => boolean,
): { readonly reports: Report[]; readonly trouble: string | undefined } {
  const found = measurements.filter(({ job }) => matches(job));
  return {
    reports: found.map(({ report }) => report).filter((report) => report !== undefined),
    trouble: found.find(({ trouble }) => trouble !== undefined)?.trouble,
  };
}

async function measureThrough(context: BenchContext, sizes: readonly number[]): Promise<Measurement<ThroughReport>[]> {
  const measurements: Measurement<ThroughReport>[] = [];
  for (let round = 1; round <= context.rounds; round++) {
    for (const count of sizes) {
      for (const { subject, name } of subjects) {
        const job = { kind: 'through', subject, count, concurrency } as const;
        const missing =
          subject === 'p-queue'
            ? context.takesPart(subject)
              ? await installTools(context.progress)
              : 'not asked for'
            : undefined;
        if (missing !== undefined) {
          measurements.push({ job, round, trouble: `SKIPPED: ${missing}` });
          continue;
        }
        context.progress(`queue ${round}/${context.rounds}: ${name}, ${count} items`);
        measurements.push(await ask(job, round));
      }
    }
  }
  return measurements;
}

const microseconds = (report: ThroughReport, count: number): number => ((report.addMs + report.drainMs) * 1000) / count;

function throughTable(measurements: readonly Measurement<ThroughReport>[], sizes: readonly number[]): Table {
  const rows = sizes.flatMap((count) =>
    subjects.map(({ subject, name }) => {
      const { reports, trouble } = reportsOf(
        measurements,
        (job) => job.kind === 'through' && job.subject === subject && job.count === count,
      );
      const title = `${name}, ${count}`;
      if (reports.length === 0) return [title, trouble ?? ''];
      const middle = (of: (report: ThroughReport) => number): string => figure(median(reports.map(of)));
      return [
        title,
        middle(({ addMs }) => (addMs * 1000) / count),
        middle(({ drainMs }) => (drainMs * 1000) / count),
        middle((report) => microseconds(report, count)),
        middle(({ cpuMs }) => (cpuMs * 1000) / count),
        middle(({ heldBytes }) => heldBytes / count),
        middle(({ leftBytes }) => leftBytes / count),
      ];
    }),
  );
  return {
    title: `queue: items through it, no-op work, ${concurrency} at once`,
    columns: [
      'subject, items',
      'add µs/item',
      'drain µs/item',
      'together',
      'CPU µs/item',
      'held B/item',
      'left B/item',
    ],
    rows,
    remarks: [
      'CPU: of all threads, garbage collection and compiling too; a busy machine inflates the times more than this.',
      'held: live heap while all wait, without what the caller made (item specs, the one no-op function).',
      'Each measurement in a process of its own, after a warm-up of 20,000 items.',
    ],
  };
}

export const queueBench: Bench = {
  name: 'queue',
  async run(context) {
    const sizes = context.quick ? [1000, 10_000] : [1000, 10_000, 100_000];
    const largest = sizes.at(-1) ?? 0;
    const measurements = await measureThrough(context, sizes);
    const cancels: Measurement<CancelReport>[] = [];
    for (let round = 1; round <= context.rounds; round++) {
      for (const subject of ['PriorityQueue', 'Engine'] as const) {
        context.progress(`queue ${round}/${context.rounds}: ${subject}, cancel half of ${largest}`);
        cancels.push(await ask({ kind: 'cancel', subject, count: largest }, round));
      }
    }
    const engine = reportsOf(
      measurements,
      (job) => job.kind === 'through' && job.subject === 'Engine' && job.count === largest,
    ).reports;
    const targets: Target[] = [
      {
        what: `queue: Engine, ${largest} items, µs/item`,
        measured: median(engine.map((report) => microseconds(report, largest))),
        atMost: 5,
      },
      {
        what: `queue: Engine, ${largest} items, B/item`,
        measured: median(engine.map(({ heldBytes }) => heldBytes / largest)),
        atMost: 500,
      },
    ];
    return {
      tables: [throughTable(measurements, sizes), cancelTable(cancels, largest)],
      targets,
      measurements: [...measurements, ...cancels],
    };
  },
};

function cancelTable(measurements: readonly Measurement<CancelReport>[], count: number): Table {
  return {
    title: `queue: half of ${count} waiting items cancelled in random order`,
    columns: ['subject', 'cancelled', 'cancel µs each', 'cancel ms in all', 'drain of the rest ms'],
    rows: (['PriorityQueue', 'Engine'] as const).map((subject) => {
      const { reports, trouble } = reportsOf(measurements, (job) => job.kind === 'cancel' && job.subject === subject);
      if (reports.length === 0) return [subject, trouble ?? ''];
      const middle = (of: (report: CancelReport) => number): string => figure(median(reports.map(of)));
      return [
        subject,
        middle(({ cancelled }) => cancelled),
        middle(({ cancelMs, cancelled }) => (cancelMs * 1000) / cancelled),
        middle(({ cancelMs }) => cancelMs),
        middle(({ drainMs }) => drainMs),
      ];
    }),
  };
}

export const operationsBench: Bench = {
  name: 'operations',
  async run(context) {
    const job = { kind: 'operations', size: 1000, samples: context.quick ? 5000 : 50_000 } as const;
    const measurements: Measurement<OperationsReport>[] = [];
    for (let round = 1; round <= context.rounds; round++) {
      context.progress(`operations ${round}/${context.rounds}`);
      measurements.push(await ask(job, round));
    }
    const reports = measurements.map(({ report }) => report).filter((report) => report !== undefined);
    const names = Object.keys(reports[0] ?? {});
    const middle = (name: string, key: 'p50' | 'p99' | 'max'): number =>
      median(reports.flatMap((report) => report[name]?.[key] ?? []));
    const table: Table = {
      title: `operations: one operation on a queue of ${job.size} waiting items`,
      columns: ['operation', 'p50 µs', 'p99 µs', 'max µs'],
      rows: names.map((name) => [
        name,
        ...(['p50', 'p99', 'max'] as const).map((key) => figure(middle(name, key) * 1000)),
      ]),
    };
    const targets = names.map((name) => ({
      what: `operations: ${name}, p99 ms`,
      measured: middle(name, 'p99'),
      atMost: 100,
    }));
    return { tables: [table], targets, measurements };
  },
};
