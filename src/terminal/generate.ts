import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { systemClock } from '../engine/clock.ts';
import type { Problem } from '../prompts/promptFile.ts';
import type { ItemSnapshot, RunSummary } from '../runs/events.ts';
import { planRun, type Plan, type PromptSource } from '../runs/plan.ts';
import { Runs } from '../runs/runs.ts';
import { ServiceDirectory } from '../runs/serviceDirectory.ts';
import { parseGenerateOptions, type GenerateOptions } from './options.ts';
import { showProgress } from './progressLine.ts';
import { apiKeyFor, terminalServices } from './services.ts';
import { UsageError } from './usage.ts';
import { workspaceSettings } from './workspaceSettings.ts';

const exitWritten = 0;
const exitSomeFailed = 1;
const exitBadInput = 2;
const exitInterrupted = 130;

/** Time for what is in flight to finish after an interrupt, ms. */
const graceMs = 10_000;

/** What `--json` prints; other tools depend on it. */
interface JsonReport {
  readonly run: string;
  readonly items: number;
  readonly written: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly skipped: number;
  readonly attempts: number;
  readonly retries: number;
  readonly rateLimited: number;
  readonly durationMs: number;
  readonly tokens: { readonly input: number; readonly output: number };
  readonly cost: number | null;
  readonly files: readonly string[];
  readonly errors: readonly {
    readonly item: string;
    readonly stage: string;
    readonly reason: string;
    readonly message: string;
  }[];
}

/** Runs `generate` and returns the exit status. */
export async function generate(args: readonly string[]): Promise<number> {
  const options = parseGenerateOptions(args);
  const root = commonRoot(options.files.map((file) => resolve(file)));
  const { services, defaultService } = terminalServices(options, await workspaceSettings(root));
  const directory = new ServiceDirectory(systemClock, Math.random);
  const planned = await planRun({
    sources: await Promise.all(options.files.map(readSource)),
    root,
    services,
    defaultService,
    serviceKey: (service) => directory.register(service, apiKeyFor(service, options, process.env), options),
    ...(options.out === undefined ? {} : { out: resolve(options.out) }),
    ...(options.candidates === undefined ? {} : { count: options.candidates }),
    ...(options.models.length === 0 ? {} : { models: options.models }),
  });
  try {
    if (!planned.ok) {
      for (const problem of planned.problems) process.stderr.write(`${describeProblem(problem)}\n`);
      return exitBadInput;
    }
    if (options.dryRun) {
      printPlan(planned.value, options);
      return exitWritten;
    }
    return await run(planned.value, options, directory);
  } finally {
    await directory.dispose();
  }
}

async function run(plan: Plan, options: GenerateOptions, services: ServiceDirectory): Promise<number> {
  const runs = new Runs({
    services,
    clock: systemClock,
    random: Math.random,
    reportError: (error) => process.stderr.write(`${String(error)}\n`),
  });
  showProgress(runs.events, process.stderr);
  let interrupts = 0;
  const interrupted = (): void => {
    interrupts++;
    if (interrupts === 1) {
      process.stderr.write('\nStopping: what is in flight may finish. Press Ctrl+C again to stop at once.\n');
      void runs.stop(graceMs);
    } else {
      runs.cancelAll();
    }
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  try {
    const started = runs.start(plan, {
      retry: { attempts: options.attempts, baseMs: options.retryBaseMs },
      sequential: options.sequential,
    });
    const summary = await started.finished;
    const { items } = runs.snapshots();
    if (options.json) process.stdout.write(`${JSON.stringify(jsonReport(summary, items))}\n`);
    else printFiles(items);
    if (interrupts > 0) return exitInterrupted;
    return summary.counts.written + summary.counts.skipped === plan.candidates.length ? exitWritten : exitSomeFailed;
  } finally {
    runs.dispose();
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
  }
}

function jsonReport(summary: RunSummary, items: readonly ItemSnapshot[]): JsonReport {
  const { counts } = summary;
  return {
    run: summary.run,
    items: items.length,
    written: counts.written,
    failed: counts.failed,
    cancelled: counts.cancelled,
    skipped: counts.skipped,
    attempts: summary.attempts,
    retries: summary.retries,
    rateLimited: summary.rateLimited,
    durationMs: Math.round(summary.durationMs),
    tokens: summary.tokens,
    cost: summary.cost ?? null,
    files: items.flatMap((item) => (item.file === undefined ? [] : [item.file])),
    errors: items.flatMap((item) =>
      item.state === 'failed' && item.failure
        ? [{ item: item.id, stage: item.failure.stage, reason: item.failure.reason, message: item.failure.message }]
        : [],
    ),
  };
}

function printFiles(items: readonly ItemSnapshot[]): void {
  for (const { file } of items) {
    if (file !== undefined) process.stdout.write(`${relative(process.cwd(), file)}\n`);
  }
}

function printPlan(plan: Plan, options: GenerateOptions): void {
  const files = plan.candidates.map(({ paths }) => [...take(paths(), 1)][0] ?? '');
  if (options.json) {
    const tokens = plan.candidates.reduce((sum, candidate) => sum + candidate.reservation, 0);
    process.stdout.write(`${JSON.stringify({ items: plan.candidates.length, tokens, files })}\n`);
    return;
  }
  for (const [position, candidate] of plan.candidates.entries()) {
    const file = relative(process.cwd(), files[position] ?? '');
    process.stdout.write(`${file}  ${candidate.service}/${candidate.model}, at most about ${candidate.reservation} tokens\n`);
  }
}

function* take<Value>(values: Iterable<Value>, count: number): Iterable<Value> {
  let taken = 0;
  for (const value of values) {
    if (taken++ >= count) return;
    yield value;
  }
}

function describeProblem({ file, line, message }: Problem): string {
  if (file === '') return message;
  return `${file}${line === undefined ? '' : `:${line}`}: ${message}`;
}

async function readSource(file: string): Promise<PromptSource> {
  const path = resolve(file);
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new UsageError(`There is no file ${file}.`);
    if (code === 'EISDIR') throw new UsageError(`${file} is a folder: name the prompt files in it.`);
    if (code === 'EACCES') throw new UsageError(`You have no permission to read ${file}.`);
    throw error;
  }
}

/** The folder one works in if it holds every file, else the nearest folder that does. */
function commonRoot(files: readonly string[]): string {
  const holdsAll = (folder: string): boolean =>
    files.every((file) => {
      const way = relative(folder, file);
      return !way.startsWith('..') && !isAbsolute(way);
    });
  let folder = process.cwd();
  if (holdsAll(folder)) return folder;
  for (folder = dirname(files[0] ?? folder); !holdsAll(folder) && dirname(folder) !== folder; ) folder = dirname(folder);
  return folder;
}
