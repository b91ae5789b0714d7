import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, BenchContext, BenchResult, Target } from './bench.ts';
import { type BenchPrompt, type Contender, type ContenderJob, type ContenderReport, promptsOf } from './contenders.ts';
import { runJob } from './processes.ts';
import { runPromptfoo } from './promptfoo.ts';
import type { Scenario, ScenarioTarget } from './scenarios.ts';
import { BenchServer, type LedgerWithRecords } from './server.ts';
import { median } from './stats.ts';
import { figure, type Table } from './table.ts';
import { installTools } from './tools.ts';

const contenderProcess = fileURLToPath(new URL('contenderProcess.ts', import.meta.url));
const boundsMs = { ours: 120_000, engine: 120_000, 'p-limit': 120_000, 'p-queue': 120_000, promptfoo: 180_000 };

/** One contender's turn. Absent figures could not be measured. */
export interface Measurement {
  readonly contender: string;
  readonly round: number;
  /** Why it has no result of its own; the figures of the ledger may be there all the same. */
  readonly trouble?: string;
  readonly wallMs?: number;
  /** From the arrival of the first call to the end of the last. */
  readonly callsMs?: number;
  /** Texts kept, whatever is in them. */
  readonly written?: number;
  /** Items that a text was kept for. */
  readonly distinct?: number;
  /** Items whose text is not the one that the service wrote. */
  readonly damaged?: number;
  /** Items without the text that the service wrote. */
  readonly lost?: number;
  readonly twice?: number;
  readonly calls?: number;
  /** Calls that did not lead to a whole text kept, per 100 items. */
  readonly wastedPercent?: number;
  readonly rateLimited?: number;
  /** Calls whose prompt was cached, per 100 of those that can be: all but the first. */
  readonly cacheHitPercent?: number;
  readonly peak?: number;
  readonly cpuMs?: number;
  readonly delayP99Ms?: number;
  readonly failures?: Readonly<Record<string, number>>;
  /** Of the machine, over the minute before. */
  readonly load: number;
}

export function callsBench(create: (quick: boolean) => Scenario): Bench {
  return {
    name: create(false).name,
    async run(context): Promise<BenchResult> {
      const scenario = create(context.quick);
      const measurements = await measureAll(scenario, context);
      return {
        tables: [tableOf(scenario, measurements)],
        targets: targetsOf(scenario, measurements),
        measurements,
      };
    },
  };
}

/** Round by round, so that whatever else the machine does falls on everybody. */
export async function measureAll(scenario: Scenario, context: BenchContext): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (let round = 1; round <= context.rounds; round++) {
    for (const contender of scenario.contenders) {
      if (!context.takesPart(contender.kind)) {
        measurements.push({ contender: contender.name, round, trouble: 'SKIPPED: not asked for', load: load() });
        continue;
      }
      context.progress(`${scenario.name} ${round}/${context.rounds}: ${contender.name}`);
      measurements.push({
        contender: contender.name,
        round,
        load: load(),
        ...(await measure(scenario, contender, round, context)),
      });
    }
  }
  return measurements;
}

function load(): number {
  return loadavg()[0] ?? Number.NaN;
}

type Figures = Omit<Measurement, 'contender' | 'round' | 'load'>;

async function measure(
  { server: settings, count, system = '', parameters = {} }: Scenario,
  contender: Contender,
  round: number,
  context: BenchContext,
): Promise<Figures> {
  if (contender.kind === 'p-queue' || contender.kind === 'promptfoo') {
    const reason = await installTools(context.progress);
    if (reason !== undefined) return { trouble: `SKIPPED: ${reason}` };
  }
  // One text per prompt, however often it is asked for.
  await using server = await BenchServer.start({ ...settings, seed: round, vary: 'none' });
  const folder = await mkdtemp(join(context.scratch, 'c-'));
  try {
    const report = await perform(contender, server.baseUrl, { count, system, parameters }, folder);
    const ledger = await server.ledger();
    const common = figuresOf(ledger);
    if ('trouble' in report) return { ...common, trouble: `FAILED: ${report.trouble}` };
    const texts = await answersOf(server, promptsOf(count, system));
    const kept = await Promise.all(
      report.kept.map(async (each) => ({
        prompt: each.prompt,
        text: 'text' in each ? each.text : await readFile(each.file, 'utf8'),
      })),
    );
    return { ...common, ...judge(report, kept, texts, ledger.total) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function perform(
  contender: Contender,
  baseUrl: string,
  asked: Pick<ContenderJob, 'count' | 'system' | 'parameters'>,
  folder: string,
): Promise<ContenderReport | { trouble: string }> {
  const boundMs = boundsMs[contender.kind];
  if (contender.kind === 'promptfoo') {
    return runPromptfoo(baseUrl, promptsOf(asked.count, asked.system), contender.concurrency, boundMs, folder);
  }
  const job: ContenderJob = { contender, baseUrl, ...asked, folder };
  const ran = await runJob(contenderProcess, job, { boundMs });
  return 'result' in ran ? (ran.result as ContenderReport) : ran;
}

function figuresOf(ledger: LedgerWithRecords): Figures {
  const { records, total, byStatus, peakConcurrent } = ledger;
  const first = Math.min(...records.map(({ at }) => at));
  const last = Math.max(...records.map(({ at, endedAt }) => endedAt ?? at));
  return {
    ...(records.length > 0 ? { callsMs: last - first } : {}),
    calls: total,
    rateLimited: byStatus['429'] ?? 0,
    ...(total > 1
      ? { cacheHitPercent: (records.filter(({ cachedTokens }) => cachedTokens > 0).length / (total - 1)) * 100 }
      : {}),
    peak: peakConcurrent,
  };
}

/** What the server wrote for each prompt. */
async function answersOf(server: BenchServer, prompts: readonly BenchPrompt[]): Promise<string[]> {
  await server.configure({ latency: { kind: 'fixed', ms: 0 }, limits: null, faults: null, slots: null });
  return Promise.all(prompts.map((prompt) => server.answer(prompt)));
}

function judge(
  { wallMs, cpuMs, delayP99Ms, failures }: ContenderReport,
  kept: readonly { readonly prompt: number; readonly text: string }[],
  texts: readonly string[],
  calls: number,
): Figures {
  const whole = new Set<number>();
  const any = new Set<number>();
  for (const { prompt, text } of kept) {
    any.add(prompt);
    if (text.trim() === texts[prompt]?.trim()) whole.add(prompt);
  }
  return {
    wallMs,
    written: kept.length,
    distinct: any.size,
    damaged: any.size - whole.size,
    lost: texts.length - whole.size,
    twice: kept.length - any.size,
    wastedPercent: ((calls - whole.size) / texts.length) * 100,
    failures,
    ...(cpuMs === undefined ? {} : { cpuMs }),
    ...(delayP99Ms === undefined ? {} : { delayP99Ms }),
  };
}

type NumericFigure = {
  [Key in keyof Measurement]-?: NonNullable<Measurement[Key]> extends number ? Key : never;
}[keyof Measurement];

function valuesOf(measurements: readonly Measurement[], contender: string, key: NumericFigure): number[] {
  return measurements.flatMap((each) => (each.contender === contender ? (each[key] ?? []) : []));
}

/** For figures of which one bad round is one too many. */
function worst(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : Math.max(...values);
}

export function tableOf(scenario: Scenario, measurements: readonly Measurement[]): Table {
  const columns = [
    'contender',
    's',
    '× ideal',
    'calls s',
    'written',
    'distinct',
    'damaged',
    'lost',
    'twice',
    'calls',
    'wasted %',
    '429s',
    'cached %',
    'peak',
    'CPU ms/item',
  ];
  const rounds = Math.max(...measurements.map(({ round }) => round));
  const rows = scenario.contenders.map(({ name }) => {
    const middle = (key: NumericFigure): number => median(valuesOf(measurements, name, key));
    const troubles = measurements.flatMap((each) => (each.contender === name ? (each.trouble ?? []) : []));
    if (troubles[0] !== undefined && troubles.length === rounds) return [name, troubles[0]];
    return [
      troubles.length > 0 ? `${name} (${rounds - troubles.length} of ${rounds} rounds)` : name,
      (middle('wallMs') / 1000).toFixed(2),
      (middle('wallMs') / scenario.idealMs).toFixed(3),
      (middle('callsMs') / 1000).toFixed(2),
      figure(middle('written')),
      figure(middle('distinct')),
      figure(worst(valuesOf(measurements, name, 'damaged'))),
      figure(worst(valuesOf(measurements, name, 'lost'))),
      figure(worst(valuesOf(measurements, name, 'twice'))),
      figure(middle('calls')),
      middle('wastedPercent').toFixed(1),
      figure(middle('rateLimited')),
      middle('cacheHitPercent').toFixed(0),
      figure(middle('peak')),
      figure(middle('cpuMs') / scenario.count),
    ];
  });
  return {
    title: `${scenario.name}: ${scenario.title}; ideal ${(scenario.idealMs / 1000).toFixed(2)} s`,
    columns,
    rows,
    remarks: [
      ...ratios(scenario, measurements),
      ...scenario.remarks,
      loadRemark(measurements.map((each) => each.load)),
      `Medians of ${rounds}; damaged, lost and twice are the worst round's. damaged: kept, but not the text that was sent.`,
    ],
  };
}

export function loadRemark(loads: readonly number[]): string {
  const cores = availableParallelism();
  const most = Math.max(...loads);
  const range = `Load of the machine: ${Math.min(...loads).toFixed(1)} to ${most.toFixed(1)} on ${cores} cores`;
  return most > cores ? `${range}: TOO BUSY for its times to be quoted.` : `${range}.`;
}

/** Time of the first of ours over that of every other, in pairs of the same round. */
function ratios(scenario: Scenario, measurements: readonly Measurement[]): string[] {
  const [mine, ...others] = scenario.contenders.map(({ name }) => name);
  return others.flatMap((other) => {
    const values = pairRatios(measurements, mine ?? '', other);
    if (values.length === 0) return [];
    const range = `${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)}`;
    const lost = worst(valuesOf(measurements, other, 'lost'));
    // Who gives up early is done early.
    const unequal = lost > 0 ? `; it lost ${lost}` : '';
    return [`${mine} / ${other}: ${median(values).toFixed(3)} (${range}, ${values.length} pairs)${unequal}`];
  });
}

function pairRatios(measurements: readonly Measurement[], mine: string, other: string): number[] {
  return measurements.flatMap(({ contender, round, wallMs }) => {
    const pair = measurements.find((each) => each.contender === other && each.round === round);
    return contender === mine && wallMs !== undefined && pair?.wallMs !== undefined ? wallMs / pair.wallMs : [];
  });
}

export function targetsOf({ name, targets }: Scenario, measurements: readonly Measurement[]): Target[] {
  return targets.map((target) => {
    const result = targetOf(name, target, measurements);
    return hasFailed(measurements, target.contender) ? { ...result, measured: Number.NaN } : result;
  });
}

/** Whether a round is missing: the others then prove nothing. */
export function hasFailed(measurements: readonly Measurement[], contender: string): boolean {
  return measurements.some((each) => each.contender === contender && each.trouble !== undefined);
}

function targetOf(scenario: string, target: ScenarioTarget, measurements: readonly Measurement[]): Target {
  const { contender, figure: key, atMost, atLeast } = target;
  const bound = { ...(atMost === undefined ? {} : { atMost }), ...(atLeast === undefined ? {} : { atLeast }) };
  const what = `${scenario}: ${contender}: ${target.what}`;
  const of = (name: NumericFigure): number[] => valuesOf(measurements, contender, name);
  if (typeof key === 'object') {
    return { what, measured: median(pairRatios(measurements, contender, key.ratioTo)), ...bound };
  }
  switch (key) {
    case 'wallSeconds':
      return { what, measured: median(of('wallMs')) / 1000, ...bound };
    case 'wastedPercent':
      return { what, measured: median(of('wastedPercent')), ...bound };
    case 'cacheHitPercent':
      return { what, measured: median(of('cacheHitPercent')), ...bound };
    case 'lost':
    case 'twice':
    case 'rateLimited':
      return { what, measured: worst(of(key)), ...bound, anySize: true };
  }
}
