import { mkdir, mkdtemp } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import type { Bench, BenchContext, BenchResult, Target } from './bench.ts';
import { loadRemark } from './calls.ts';
import { model } from './contenders.ts';
import type { LoopReport } from './eventLoop.ts';
import { activationProfile, type HostJob, type HostReport, type Panel, panels, runProfile } from './host/jobs.ts';
import { profileTables } from './host/profile.ts';
import { prepareEditor, runSession } from './host/session.ts';
import { stageExtension } from './host/stage.ts';
import { BenchServer } from './server.ts';
import { median } from './stats.ts';
import { figure, type Table } from './table.ts';
import { benchOutput } from './tools.ts';

/** For all sessions together. */
const boundMs = 240_000;
const slots = 50;
/** One token each, as services stream them. */
const chunks = 60;

interface Measurement {
  readonly session: number;
  readonly report?: HostReport;
  readonly trouble?: string;
  /** Of the machine, over the minute before. */
  readonly load: number;
}

interface Sizes {
  readonly count: number;
  readonly latencyMs: number;
  readonly idleMs: number;
}

/** The real editor: how late the extension host's event loop is while many candidates stream in. */
export const extensionHostBench: Bench = {
  name: 'host',
  async run(context): Promise<BenchResult> {
    const sizes: Sizes = context.quick
      ? { count: 100, latencyMs: 1000, idleMs: 2000 }
      : { count: 1000, latencyMs: 2000, idleMs: 5000 };
    const profileFolder = context.profile ? await newProfileFolder() : undefined;
    const stage = await stageExtension(context.scratch, 'packaged');
    const kilobytes = stage.bundleBytes / 1000;
    const { extension, index } =
      profileFolder === undefined ? stage : await stageExtension(context.scratch, 'readable');
    const measurements = await measure(sizes, { extension, index }, profileFolder, context);
    return {
      tables: [
        runsTable(sizes, measurements),
        activationTable(measurements, kilobytes),
        ...(profileFolder === undefined ? [] : tablesOfProfiles(profileFolder, measurements)),
      ],
      targets: targetsOf(sizes, measurements, kilobytes),
      measurements,
    };
  },
};

async function newProfileFolder(): Promise<string> {
  const parent = join(benchOutput, 'profiles');
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}-`));
}

/** The first session does everything; those of the other rounds only activate, for each editor activates once. */
async function measure(
  { count, latencyMs, idleMs }: Sizes,
  built: { readonly extension: string; readonly index: string },
  profileFolder: string | undefined,
  { rounds, scratch, progress }: BenchContext,
): Promise<Measurement[]> {
  const desktop = await prepareEditor();
  await using server = await BenchServer.start({
    latency: { kind: 'fixed', ms: latencyMs },
    chunks,
    outputTokens: chunks,
  });
  const endBy = performance.now() + boundMs;
  const measurements: Measurement[] = [];
  for (let session = 1; session <= rounds; session++) {
    const load = loadavg()[0] ?? Number.NaN;
    const wanted = session === 1 ? panels : [];
    progress(`host ${session}/${rounds}: ${session === 1 ? `${panels.length} runs of ${count} items` : 'activation'}`);
    const profiled = session === 1 ? profileFolder : undefined;
    const job: HostJob = {
      baseUrl: server.baseUrl,
      model,
      count,
      maxConcurrent: slots,
      idleMs,
      panels: wanted,
      ...(profiled === undefined ? {} : { profileFolder: profiled }),
    };
    const leftMs = endBy - performance.now();
    const ended =
      leftMs > 0
        ? await runSession(job, { ...built, desktop, scratch, boundMs: leftMs })
        : { trouble: `SKIPPED: ${boundMs / 1000} s are over` };
    measurements.push({ session, load, ...ended });
  }
  return measurements;
}

function runsTable({ count, latencyMs, idleMs }: Sizes, measurements: readonly Measurement[]): Table {
  const title =
    `host: extension host, ${count} items, ${latencyMs} ms and ${chunks} chunks each, ${slots} at once; ` +
    `ideal ${((Math.ceil(count / slots) * latencyMs) / 1000).toFixed(2)} s`;
  const columns = [
    'queue panel',
    's',
    'written',
    'delay p50 ms',
    'delay p99 ms',
    'max ms',
    'own p99 ms',
    'own max ms',
    'busy %',
    'starved %',
    'CPU ms/item',
    'calls at once',
    'peak',
    'board KB/s',
  ];
  const [first] = measurements;
  const remarks = [
    'delay: of the event loop, beyond the 10 ms between two looks. busy: share of the time in which the loop did not wait.',
    'starved: share of the time in which its thread was ready and other processes had the cores. own: delay without that.',
    'board: the queue panel and the board of what is generated are in sight; KB/s is what its page is sent, as JSON.',
    `Extension host: Node ${first?.report?.node ?? '?'}.`,
    // Later sessions meet the load of the earlier ones.
    loadRemark(measurements.slice(0, 1).map(({ load }) => load)),
  ];
  if (!first?.report?.idle) return { title, columns, rows: [['all', first?.trouble ?? 'no session']], remarks };
  const { idle, runs } = first.report;
  const loopCells = (loop: LoopReport): string[] => [
    loop.delay.p50.toFixed(1),
    loop.delay.p99.toFixed(1),
    loop.delay.max.toFixed(1),
    loop.ownDelay.p99.toFixed(1),
    loop.ownDelay.max.toFixed(1),
    (loop.busy * 100).toFixed(0),
    (loop.starvedMs / loop.seconds / 10).toFixed(0),
  ];
  const rows = [
    [`none (idle ${idleMs / 1000} s)`, idle.seconds.toFixed(2), '–', ...loopCells(idle), '–', '–', '–', '–'],
    ...runs.map(({ panel, loop, written, callsAtOnce, sent }) => [
      panel,
      loop.seconds.toFixed(2),
      figure(written),
      ...loopCells(loop),
      (loop.cpuMs / count).toFixed(2),
      callsAtOnce.mean.toFixed(1),
      figure(callsAtOnce.peak),
      sent.messages === 0 ? '–' : (sent.bytes / 1000 / loop.seconds).toFixed(1),
    ]),
  ];
  return { title, columns, rows, remarks };
}

function activationTable(measurements: readonly Measurement[], kilobytes: number): Table {
  return {
    title: 'host: activation',
    columns: ['session', 'load ms', 'activate ms', 'together', 'CPU ms of it', 'extension.activate() ms'],
    rows: measurements.map(({ session, report, trouble = '' }) => {
      if (!report) return [String(session), trouble];
      const { loadMs, callMs, cpuMs, wallMs } = report.activation;
      return [String(session), ...[loadMs, callMs, loadMs + callMs, cpuMs, wallMs].map((ms) => ms.toFixed(1))];
    }),
    remarks: [
      `dist/extension.js and what it loads at once: ${kilobytes.toFixed(1)} KB minified. load: reading and evaluating it.`,
      `extension.activate(): with the editor's own work before and after. ${availableParallelism()} cores.`,
    ],
  };
}

function tablesOfProfiles(folder: string, measurements: readonly Measurement[]): Table[] {
  const report = measurements[0]?.report;
  if (!report) return [];
  return [
    ...profileTables(join(folder, activationProfile), 'host: profile of the activation'),
    ...report.runs.flatMap(({ panel }) =>
      profileTables(join(folder, runProfile(panel)), `host: profile, panel ${panel}`),
    ),
  ];
}

function targetsOf({ count }: Sizes, measurements: readonly Measurement[], kilobytes: number): Target[] {
  const runs = measurements[0]?.report?.runs ?? [];
  const ofPanel = (panel: Panel): Target[] => {
    const run = runs.find((each) => each.panel === panel);
    const not = run ? count - Math.min(run.written, run.files) : Number.NaN;
    return [
      {
        what: `host: panel ${panel}, event-loop delay p99, ms`,
        measured: run?.loop.delay.p99 ?? Number.NaN,
        atMost: 20,
      },
      { what: `host: panel ${panel}, items not written`, measured: not, atMost: 0, anySize: true },
    ];
  };
  const activations = measurements.flatMap(({ report }) => (report ? report.activation.cpuMs : []));
  return [
    ...panels.flatMap(ofPanel),
    { what: 'host: activation, ms of CPU', measured: median(activations), atMost: 35 },
    { what: 'host: bundle, KB', measured: kilobytes, atMost: 500, anySize: true },
  ];
}
