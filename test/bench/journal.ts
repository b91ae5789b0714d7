import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, BenchContext, BenchResult, Target } from './bench.ts';
import { loadRemark } from './calls.ts';
import { type ContenderJob, type ContenderReport, promptsOf } from './contenders.ts';
import { longBlockMs } from './eventLoop.ts';
import { buildExtension } from './host/stage.ts';
import type { CommitsReport, JournalJob, LatencyReport, PhasesReport } from './journalJobs.ts';
import { runJob } from './processes.ts';
import { BenchServer } from './server.ts';
import { median } from './stats.ts';
import { figure, type Table } from './table.ts';
import { candidatesIn, killTerminal, marks, runTerminal, type TerminalReport, writePrompts } from './terminal.ts';

const journalProcess = fileURLToPath(new URL('journalProcess.ts', import.meta.url));
const contenderProcess = fileURLToPath(new URL('contenderProcess.ts', import.meta.url));
const boundMs = 180_000;
const latencyMs = 20;
const slots = 100;
/** Candidates of each prompt. */
const each = 100;
/** As services answer: not all at once. */
const paced = { latency: { kind: 'lognormal', medianMs: 600, sigma: 0.4 } } as const;

interface Sizes {
  readonly rows: number;
  /** Items of the small and of the large run. */
  readonly small: number;
  readonly large: number;
  /** Items of the run whose calls take as long as those of services. */
  readonly paced: number;
}

interface Measured {
  readonly name: string;
  readonly round: number;
  /** Of the machine, over the minute before. */
  readonly load: number;
  readonly trouble?: string;
}

type Measurement<Report> = Measured & { readonly report?: Report };

/** What the journal costs: alone, in runs from the terminal, when they are killed and resumed, and the event loop. */
export const journalBench: Bench = {
  name: 'journal',
  async run(context): Promise<BenchResult> {
    const sizes: Sizes = context.quick
      ? { rows: 2000, small: 200, large: 1000, paced: 500 }
      : { rows: 20_000, small: 1000, large: 10_000, paced: 3000 };
    const rounds = new Rounds(context, sizes, join(await buildExtension(context.scratch, 'packaged'), 'dist/cli.js'));
    for (let round = 1; round <= context.rounds; round++) await rounds.measure(round);
    return rounds.result();
  },
};

const commitRows = [
  { name: 'attempts', what: 'attempts', characters: 0 },
  { name: 'results of 1 KB', what: 'results', characters: 1024 },
  { name: 'results of 4 KB', what: 'results', characters: 4096 },
] as const;

const latencyRates = [100, 1000] as const;

interface ContenderTurn extends Omit<ContenderReport, 'kept'> {
  /** From the start of the program to its end. */
  readonly programMs: number;
  readonly files: number;
}

type TerminalTurn = TerminalReport & { readonly files: number };

interface ResumeTurn {
  /** Candidates that were there when it was resumed. */
  readonly before: number;
  /** From the start of the program. */
  readonly firstCallMs: number;
  readonly wallMs: number;
  readonly calls: number;
  readonly written: number;
  readonly files: number;
}

class Rounds {
  readonly #context: BenchContext;
  readonly #sizes: Sizes;
  readonly #program: string;
  readonly #commits: Measurement<CommitsReport>[] = [];
  readonly #latencies: Measurement<LatencyReport>[] = [];
  readonly #terminal: Measurement<TerminalTurn>[] = [];
  readonly #contenders: Measurement<ContenderTurn>[] = [];
  readonly #resumes: Measurement<ResumeTurn>[] = [];
  readonly #loops: Measurement<PhasesReport>[] = [];

  /** @param program dist/cli.js of a build that nobody else touches */
  constructor(context: BenchContext, sizes: Sizes, program: string) {
    this.#context = context;
    this.#sizes = sizes;
    this.#program = program;
  }

  async measure(round: number): Promise<void> {
    const { rows, small, large } = this.#sizes;
    for (const { name, what, characters } of commitRows) {
      await this.#turn(this.#commits, name, round, (folder) =>
        ask({ kind: 'commits', what, characters, count: rows, folder }),
      );
    }
    for (const perSecond of latencyRates) {
      const count = perSecond * (this.#context.quick ? 1 : 5);
      await this.#turn(this.#latencies, `${perSecond}/s`, round, (folder) =>
        ask({ kind: 'latency', perSecond, characters: 1024, count, folder }),
      );
    }
    await this.#turn(this.#loops, 'plan', round, (folder) =>
      ask({ kind: 'plan', prompts: large / each, each, folder }),
    );
    await using server = await BenchServer.start({ latency: { kind: 'fixed', ms: latencyMs } });
    for (const count of [small, large]) {
      await this.#turn(this.#terminal, terminalRow(count), round, (folder) => this.#runTerminal(server, folder, count));
      if (this.#context.takesPart('p-limit')) {
        await this.#turn(this.#contenders, contenderRow(count), round, (folder) => runContender(server, folder, count));
      }
    }
    await this.#turn(this.#terminal, oneFolderRow(large), round, (folder) =>
      this.#runTerminal(server, folder, large, 'candidates/${promptName}-${index}.md'),
    );
    await this.#turn(this.#resumes, resumeRow(large), round, (folder) => this.#resumeTerminal(server, folder, large));
    const job = { baseUrl: server.baseUrl, concurrency: slots, prompts: large / each, each };
    await this.#turn(this.#loops, 'run', round, (folder) => ask({ kind: 'run', ...job, folder }));
    await this.#turn(this.#loops, 'resume', round, async (folder) => {
      const killed = await runJob(
        journalProcess,
        { kind: 'run', dieAfter: large / 2, ...job, folder } satisfies JournalJob,
        { boundMs },
      );
      if ('result' in killed) return { trouble: 'the run ended before it was killed' };
      return ask({ kind: 'resume', ...job, folder });
    });
    await server.configure(paced);
    const slower = { ...job, prompts: this.#sizes.paced / each };
    await this.#turn(this.#loops, 'paced run', round, (folder) => ask({ kind: 'run', ...slower, folder }));
  }

  /** One measurement in a folder of its own. */
  async #turn<Report extends object>(
    measurements: Measurement<Report>[],
    name: string,
    round: number,
    work: (folder: string) => Promise<Report | { readonly trouble: string }>,
  ): Promise<void> {
    const { progress, rounds, scratch } = this.#context;
    progress(`journal ${round}/${rounds}: ${name}`);
    const folder = await mkdtemp(join(scratch, 'j-'));
    const measured = { name, round, load: loadavg()[0] ?? Number.NaN };
    try {
      const report = await work(folder);
      measurements.push(
        'trouble' in report ? { ...measured, trouble: `FAILED: ${report.trouble}` } : { ...measured, report },
      );
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  async #runTerminal(
    server: BenchServer,
    folder: string,
    count: number,
    output?: string,
  ): Promise<TerminalTurn | { readonly trouble: string }> {
    const report = await runTerminal({ ...(await this.#terminalJob(server, folder, count, output)), boundMs });
    return 'trouble' in report ? report : { ...report, files: candidatesIn(folder) };
  }

  async #resumeTerminal(
    server: BenchServer,
    folder: string,
    count: number,
  ): Promise<ResumeTurn | { readonly trouble: string }> {
    const job = { ...(await this.#terminalJob(server, folder, count)), boundMs };
    const { trouble } = await killTerminal(job, count / 2);
    if (trouble !== undefined) return { trouble };
    const before = candidatesIn(folder);
    await server.reset();
    // A call at a known time tells the server's clock.
    const markedAt = performance.now();
    await server.answer({ system: '', user: 'Now.' });
    const startedAt = performance.now();
    const report = await runTerminal({
      ...job,
      args: ['resume', '--json', '--base-url', server.baseUrl],
      count: count - before,
    });
    if ('trouble' in report) return report;
    const [mark, ...calls] = (await server.ledger()).records;
    return {
      before,
      firstCallMs: Math.min(...calls.map(({ at }) => at)) - (mark?.at ?? Number.NaN) - (startedAt - markedAt),
      wallMs: report.wallMs,
      calls: calls.length,
      written: report.written,
      files: candidatesIn(folder),
    };
  }

  async #terminalJob(server: BenchServer, folder: string, count: number, output?: string) {
    const prompts = await writePrompts(folder, promptsOf(count / each), {
      each,
      ...(output === undefined ? {} : { output }),
    });
    const args = ['generate', ...prompts, '--base-url', server.baseUrl, '--concurrency', String(slots), '--json'];
    return { program: this.#program, folder, args, count };
  }

  result(): BenchResult {
    const measurements = [this.#commits, this.#latencies, this.#terminal, this.#contenders, this.#resumes, this.#loops];
    return {
      tables: [
        this.#commitsTable(),
        this.#latencyTable(),
        this.#runsTable(),
        this.#memoryTable(),
        this.#resumeTable(),
        this.#loopTable(),
      ],
      targets: this.#targets(),
      measurements: measurements.flat(),
    };
  }

  #commitsTable(): Table {
    const { rows } = this.#sizes;
    return {
      title: `journal: ${rows} rows through its thread, ${commitRows.map(({ name }) => name).join(', ')}`,
      columns: ['rows', 'rows/s', 'µs/row', 'CPU µs/row', 'of it the caller’s', 'load'],
      rows: commitRows.map(({ name }) =>
        rowOf(name, this.#commits, (middle) => [
          figure(rows / (middle(({ ms }) => ms) / 1000)),
          figure((middle(({ ms }) => ms) * 1000) / rows),
          figure((middle(({ cpuMs }) => cpuMs) * 1000) / rows),
          figure((middle(({ callerCpuMs }) => callerCpuMs) * 1000) / rows),
        ]),
      ),
      remarks: ['100 calls in each turn of the event loop, 2,000 waiting at most; after a warm-up of 2,000.'],
    };
  }

  #latencyTable(): Table {
    return {
      title: 'journal: from the call to the commit of one text of 1 KB',
      columns: ['texts', 'p50 ms', 'p99 ms', 'max ms', 'came to /s', 'load'],
      rows: latencyRates.map((perSecond) =>
        rowOf(`${perSecond}/s`, this.#latencies, (middle) => [
          figure(middle(({ spread }) => spread.p50)),
          figure(middle(({ spread }) => spread.p99)),
          figure(middle(({ spread }) => spread.max)),
          figure(middle((report) => report.perSecond)),
        ]),
      ),
    };
  }

  get #terminalRows(): readonly { readonly name: string; readonly count: number }[] {
    const { small, large } = this.#sizes;
    return [
      { name: terminalRow(small), count: small },
      { name: terminalRow(large), count: large },
      { name: oneFolderRow(large), count: large },
    ];
  }

  #runsTable(): Table {
    const ideal = (count: number): number => (count / slots) * latencyMs;
    const { small, large } = this.#sizes;
    return {
      title:
        `journal: runs from the terminal, ${latencyMs} ms each, ${slots} at once; ` +
        `ideal ${ideal(small) / 1000} and ${ideal(large) / 1000} s`,
      columns: [
        'run',
        'program s',
        'run s',
        '× ideal',
        'ms/item',
        'CPU ms/item',
        'main thread',
        'peak MB',
        'written',
        'files',
        'load',
      ],
      rows: [
        ...this.#terminalRows.map(({ name, count }) =>
          rowOf(name, this.#terminal, (middle) => [
            seconds(middle(({ wallMs }) => wallMs)),
            seconds(middle(({ runMs }) => runMs)),
            figure(middle(({ runMs }) => runMs) / ideal(count)),
            figure(middle(({ wallMs }) => wallMs) / count),
            figure(middle(({ cpuMs }) => cpuMs) / count),
            figure(middle(({ mainCpuMs }) => mainCpuMs) / count),
            megabytes(middle(({ peakBytes }) => peakBytes)),
            figure(middle(({ written }) => written)),
            figure(middle(({ files }) => files)),
          ]),
        ),
        ...[small, large].map((count) =>
          rowOf(contenderRow(count), this.#contenders, (middle) => [
            seconds(middle(({ programMs }) => programMs)),
            seconds(middle(({ wallMs }) => wallMs)),
            figure(middle(({ wallMs }) => wallMs) / ideal(count)),
            figure(middle(({ programMs }) => programMs) / count),
            figure(middle(({ cpuMs = Number.NaN }) => cpuMs) / count),
            figure(middle(({ mainCpuMs = Number.NaN }) => mainCpuMs) / count),
            megabytes(middle(({ peakBytes = Number.NaN }) => peakBytes)),
            figure(middle(({ files }) => files)),
            figure(middle(({ files }) => files)),
          ]),
        ),
      ],
      remarks: [
        ...[small, large].flatMap((count) => this.#ratio(count)),
        `${each} candidates of each prompt, in a folder for each unless it says one folder. ms/item: of the whole program.`,
        loadRemark([...this.#terminal, ...this.#contenders].map(({ load }) => load)),
      ],
    };
  }

  #ratio(count: number): string[] {
    const ratios = this.#terminal.flatMap(({ name, round, report }) => {
      const pair = this.#contenders.find(
        (other) => other.name === contenderRow(count) && other.round === round,
      )?.report;
      return name === terminalRow(count) && report && pair ? [report.wallMs / pair.programMs] : [];
    });
    if (ratios.length === 0) return [];
    const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
    return [
      `${count} items, program, ours / p-limit + openai: ${median(ratios).toFixed(2)} (${range}, ${ratios.length} pairs)`,
    ];
  }

  #memoryTable(): Table {
    const at = marks.map((share) => `at ${share * 100} %`);
    return {
      title: 'journal: what these runs hold and leave',
      columns: [
        'run',
        ...at.map((mark) => `RSS MB ${mark}`),
        ...at.map((mark) => `heap MB ${mark}`),
        'heap B/item',
        'journal MB',
        'with log',
        'B/item',
        'load',
      ],
      rows: this.#terminalRows.map(({ name, count }) =>
        rowOf(name, this.#terminal, (middle) => [
          ...marks.map((_, place) => megabytes(middle(({ residentBytes }) => residentBytes[place] ?? Number.NaN))),
          ...marks.map((_, place) => megabytes(middle(({ heapBytes }) => heapBytes[place] ?? Number.NaN))),
          figure(middle((report) => heapGrowth(report, count))),
          megabytes(middle(({ journalBytes }) => journalBytes)),
          megabytes(middle(({ journalPeakBytes }) => journalPeakBytes)),
          figure(middle(({ journalBytes }) => journalBytes) / count),
        ]),
      ),
      remarks: [
        'RSS: of the process, its journal’s thread included. heap: live in the main thread after a collection.',
        'heap B/item: what each item left there between the first and the last mark. with log: while the program ran.',
      ],
    };
  }

  #resumeTable(): Table {
    const { large } = this.#sizes;
    return {
      title: `journal: resume, killed when half of ${large} calls were through`,
      columns: ['run', 'files before', 'first call s', 'end s', 'calls', 'called again', 'files', 'load'],
      rows: [
        rowOf(resumeRow(large), this.#resumes, (middle) => [
          figure(middle(({ before }) => before)),
          seconds(middle(({ firstCallMs }) => firstCallMs)),
          seconds(middle(({ wallMs }) => wallMs)),
          figure(middle(({ calls }) => calls)),
          figure(middle((report) => calledAgain(report, large))),
          figure(middle(({ files }) => files)),
        ]),
      ],
      remarks: ['From the start of the program. Called again: although the file was there.'],
    };
  }

  #loopTable(): Table {
    const rows = this.#phases.map(({ name, phase }) => {
      const loops = this.#loopsOf(name, phase);
      const middle = (of: (loop: (typeof loops)[number]) => number): number => median(loops.map(of));
      return [
        `${name}: ${phase}`,
        seconds(middle((loop) => loop.seconds * 1000)),
        middle(({ delay }) => delay.p99).toFixed(1),
        middle(({ delay }) => delay.max).toFixed(1),
        middle(({ ownDelay }) => ownDelay.p50).toFixed(1),
        middle(({ ownDelay }) => ownDelay.p99).toFixed(1),
        middle(({ ownDelay }) => ownDelay.max).toFixed(1),
        figure(middle(({ longBlocks }) => longBlocks)),
        (middle(({ busy }) => busy) * 100).toFixed(0),
      ];
    });
    const troubles = this.#loops.flatMap(({ name, trouble }) => (trouble === undefined ? [] : [[name, trouble]]));
    const commits = ['plan', 'run', 'resume', 'paced run'].map((name) => {
      const reports = this.#loops.filter((measured) => measured.name === name).flatMap(({ report }) => report ?? []);
      const middle = (key: 'p50' | 'p99' | 'max'): string =>
        figure(median(reports.map((report) => report.commits[key])));
      return `${name}: p50 ${middle('p50')}, p99 ${middle('p99')}, max ${middle('max')} ms`;
    });
    return {
      title:
        `journal: event loop of a process with Runs, ${this.#sizes.large} items, ${latencyMs} ms each, ${slots} at once; ` +
        `paced: ${this.#sizes.paced} of ${paced.latency.medianMs} ms`,
      columns: [
        'phase',
        's',
        'late p99 ms',
        'max ms',
        'own p50 ms',
        'own p99 ms',
        'own max ms',
        `> ${longBlockMs} ms`,
        'busy %',
      ],
      rows: [...rows, ...troubles],
      remarks: [
        'own: without the time in which the thread was ready and others had the cores. Looked at every 2 ms.',
        'All sockets that are ready come before the next look, so that a run without pauses is late without any long slice;',
        `with p-limit + openai the loop is late by ${figure(this.#contenderDelay())} ms (p99) in such a run.`,
        `From the call to the commit of a text: ${commits.join('; ')}. plan: while the plan of another run is committed.`,
        loadRemark(this.#loops.map(({ load }) => load)),
      ],
    };
  }

  #contenderDelay(): number {
    const reports = reportsOf(this.#contenders, contenderRow(this.#sizes.large));
    return median(reports.flatMap(({ delayP99Ms }) => delayP99Ms ?? []));
  }

  get #phases(): readonly { readonly name: string; readonly phase: string }[] {
    const names = this.#loops.flatMap(({ name, report }) => report?.phases.map(({ phase }) => ({ name, phase })) ?? []);
    return [...new Map(names.map((each) => [`${each.name} ${each.phase}`, each])).values()];
  }

  #loopsOf(name: string, phase: string) {
    return this.#loops.flatMap((measured) =>
      measured.name === name
        ? (measured.report?.phases ?? []).filter((each) => each.phase === phase).map(({ loop }) => loop)
        : [],
    );
  }

  #targets(): Target[] {
    const { rows, large } = this.#sizes;
    const of = <Report>(
      measurements: readonly Measurement<Report>[],
      name: string,
      value: (report: Report) => number,
    ): number[] => reportsOf(measurements, name).map(value);
    const worst = (values: readonly number[]): number => (values.length === 0 ? Number.NaN : Math.max(...values));
    return [
      ...commitRows.map(({ name }) => ({
        what: `journal: ${name}, rows/s`,
        measured: rows / (median(of(this.#commits, name, ({ ms }) => ms)) / 1000),
        atLeast: 20_000,
      })),
      ...latencyRates.map((rate) => ({
        what: `journal: commit of a text at ${rate}/s, p99 ms`,
        measured: median(of(this.#latencies, `${rate}/s`, ({ spread }) => spread.p99)),
        atMost: 50,
      })),
      {
        what: `journal: plan of ${large} items, longest own block of the caller, ms`,
        measured: median(this.#loopsOf('plan', 'createRun').map(({ ownDelay }) => ownDelay.max)),
        atMost: longBlockMs,
      },
      {
        what: 'journal: paced run, own event-loop delay p99, ms',
        measured: median(this.#loopsOf('paced run', 'run').map(({ ownDelay }) => ownDelay.p99)),
        atMost: longBlockMs,
      },
      ...this.#terminalRows.map(({ name, count }) => ({
        what: `journal: ${name}, files missing`,
        measured: worst(of(this.#terminal, name, ({ files }) => count - files)),
        atMost: 0,
        anySize: true,
      })),
      {
        what: `journal: ${terminalRow(large)}, heap that each item leaves, B`,
        measured: median(of(this.#terminal, terminalRow(large), (report) => heapGrowth(report, large))),
        atMost: 1000,
      },
      {
        what: 'journal: resume, files missing',
        measured: worst(of(this.#resumes, resumeRow(large), ({ files }) => large - files)),
        atMost: 0,
        anySize: true,
      },
      {
        what: 'journal: resume, items called again although written',
        measured: worst(of(this.#resumes, resumeRow(large), (report) => calledAgain(report, large))),
        atMost: 0,
        anySize: true,
      },
    ];
  }
}

const terminalRow = (count: number): string => `ours, ${count}`;
const oneFolderRow = (count: number): string => `ours, ${count}, one folder`;
const contenderRow = (count: number): string => `p-limit + openai, ${count}`;
const resumeRow = (count: number): string => `resume, ${count}`;

async function ask(
  job: Extract<JournalJob, { kind: 'commits' }>,
): Promise<CommitsReport | { readonly trouble: string }>;
async function ask(
  job: Extract<JournalJob, { kind: 'latency' }>,
): Promise<LatencyReport | { readonly trouble: string }>;
async function ask(
  job: Extract<JournalJob, { kind: 'plan' | 'run' | 'resume' }>,
): Promise<PhasesReport | { readonly trouble: string }>;
async function ask(job: JournalJob): Promise<unknown> {
  const ran = await runJob(journalProcess, job, { boundMs });
  return 'result' in ran ? ran.result : ran;
}

async function runContender(
  server: BenchServer,
  folder: string,
  count: number,
): Promise<ContenderTurn | { readonly trouble: string }> {
  const contender = { kind: 'p-limit', name: 'p-limit + openai', concurrency: slots } as const;
  const job: ContenderJob = {
    contender,
    baseUrl: server.baseUrl,
    count,
    system: '',
    parameters: {},
    folder,
  };
  const ran = await runJob(contenderProcess, job, { boundMs });
  if ('trouble' in ran) return ran;
  const { kept, ...report } = ran.result as ContenderReport;
  return { ...report, programMs: ran.wallMs, files: kept.length };
}

function reportsOf<Report>(measurements: readonly Measurement<Report>[], name: string): Report[] {
  return measurements.filter((measured) => measured.name === name).flatMap(({ report }) => report ?? []);
}

/** Medians over the rounds; a pair with the trouble where there is none. */
function rowOf<Report>(
  name: string,
  measurements: readonly Measurement<Report>[],
  cells: (middle: (of: (report: Report) => number) => number) => string[],
): string[] {
  const reports = reportsOf(measurements, name);
  const found = measurements.filter((measured) => measured.name === name);
  if (reports.length === 0) return [name, found[0]?.trouble ?? 'SKIPPED: not asked for'];
  return [name, ...cells((of) => median(reports.map(of))), median(found.map(({ load }) => load)).toFixed(1)];
}

/** Between the first and the last mark. */
function heapGrowth({ heapBytes }: TerminalReport, count: number): number {
  const last = marks.length - 1;
  return ((heapBytes[last] ?? Number.NaN) - (heapBytes[0] ?? Number.NaN)) / (((marks[last] ?? 0) - marks[0]) * count);
}

function calledAgain({ before, calls }: ResumeTurn, count: number): number {
  return Math.max(0, calls - (count - before));
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
