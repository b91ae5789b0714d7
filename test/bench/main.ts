/** `npm run bench`: measures, prints tables and leaves every figure as JSON. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bench, type BenchResult, isMet, type Target } from './bench.ts';
import { boardBench } from './board.ts';
import { callsBench } from './calls.ts';
import { dataBench } from './data.ts';
import { extensionHostBench } from './extensionHost.ts';
import { flowBench } from './flow.ts';
import { journalBench } from './journal.ts';
import { loadBench } from './load.ts';
import { planBench } from './plan.ts';
import { pipelinesBench } from './pipelines.ts';
import { operationsBench, queueBench } from './queue.ts';
import { panelBench } from './panel.ts';
import { scenarios } from './scenarios.ts';
import { figure, formatTable } from './table.ts';
import { benchOutput } from './tools.ts';

const benches: readonly Bench[] = [
  ...scenarios.map(callsBench),
  queueBench,
  operationsBench,
  loadBench,
  journalBench,
  flowBench,
  pipelinesBench,
  dataBench,
  panelBench,
  boardBench,
  planBench,
  extensionHostBench,
];
const contenders = ['ours', 'engine', 'p-limit', 'p-queue', 'promptfoo'];

const usage = `Measures this engine beside others. Everything stays on 127.0.0.1.

  --only NAME,...        of ${benches.map(({ name }) => name).join(', ')}
  --contenders NAME,...  of ${contenders.join(', ')} (with --quick all but promptfoo)
  --repeat N             rounds, in each of which everybody has a turn (3; with --quick 1)
  --quick                smaller sizes
  --profile              also where the time goes in the extension host (its times are then not to be quoted)
  --json FILE            instead of .test-output/bench/<date>.json
`;

/** Throws on a name that is not known. */
function namesIn(text: string, known: readonly string[]): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`There is no "${unknown.join('", "')}": name any of ${known.join(', ')}.`);
  return names;
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

function machine(): Record<string, unknown> {
  return {
    cpu: cpus()[0]?.model ?? '',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    load: loadavg(),
  };
}

function commit(): string | undefined {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined;
  }
}

function verdict(target: Target): string[] {
  const { what, measured, atMost, atLeast } = target;
  const wanted = atMost === undefined ? `≥ ${figure(atLeast)}` : `≤ ${figure(atMost)}`;
  return [
    what,
    String(Number(measured.toPrecision(4))),
    wanted,
    Number.isNaN(measured) ? 'NOT MEASURED' : isMet(target) ? 'met' : 'MISSED',
  ];
}

async function main(args: readonly string[], scratch: string): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      contenders: { type: 'string' },
      repeat: { type: 'string' },
      quick: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const { quick } = values;
  const chosen = namesIn(
    values.only ?? benches.map(({ name }) => name).join(),
    benches.map(({ name }) => name),
  );
  const taking = namesIn(
    values.contenders ?? contenders.filter((name) => !quick || name !== 'promptfoo').join(),
    contenders,
  );
  const rounds = Number(values.repeat ?? (quick ? 1 : 3));
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Error('--repeat takes a number of rounds, 1 or more.');
  const date = new Date();
  const file = resolve(
    values.json ?? join(benchOutput, `${date.toISOString().slice(0, 19).replaceAll(':', '-')}.json`),
  );
  const before = machine();
  const results: Record<string, BenchResult> = {};
  for (const bench of benches.filter(({ name }) => chosen.includes(name))) {
    const result = await bench.run({
      quick,
      rounds,
      takesPart: (name) => taking.includes(name),
      scratch,
      profile: values.profile,
      progress,
    });
    results[bench.name] = result;
    for (const table of result.tables) process.stdout.write(formatTable(table));
    // What was measured so far survives an interruption.
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      file,
      JSON.stringify(
        { date, commit: commit(), quick, rounds, machine: before, loadAfter: loadavg(), results },
        undefined,
        1,
      ),
    );
  }
  const targets = Object.values(results)
    .flatMap((result) => result.targets)
    .filter(({ anySize }) => !quick || anySize === true);
  process.stdout.write(
    formatTable({
      title: quick ? 'targets that a smoke run can judge' : 'targets',
      columns: ['figure', 'measured', 'target', ''],
      rows: targets.map(verdict),
      remarks: [
        `Load of the machine: ${loadavg()
          .map((load) => load.toFixed(2))
          .join(', ')}. Figures: ${file}`,
      ],
    }),
  );
}

const scratch = mkdtempSync(join(tmpdir(), 'parallel-candidates-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 }));
// Leaving closes the standard input of everything that was started, which ends it.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
try {
  await main(process.argv.slice(2), scratch);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
