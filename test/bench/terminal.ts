/** The built terminal program in a folder, watched from outside. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stateVariable } from '../../src/storage/stateFolder.ts';
import type { BenchPrompt } from './contenders.ts';
import { promptSources, type PromptSettings } from './ourRuns.ts';
import { type Child, killGroup, lastLine, startScript } from './processes.ts';
import { probeVariable, type ProbeReport } from './probeReport.ts';

const probe = new URL('probe.ts', import.meta.url).href;
const sampleMs = 100;
/** Shares of the items at which the memory is looked at. */
export const marks = [0.1, 0.5, 0.99] as const;

/** What the program printed with `--json`, as far as the bench needs it. */
interface Printed {
  readonly items: number;
  readonly written: number;
  readonly durationMs: number;
}

export interface TerminalReport extends ProbeReport {
  /** From the start of the program to its end. */
  readonly wallMs: number;
  /** Of the run alone, by its own account. */
  readonly runMs: number;
  readonly written: number;
  /** Of the process, with all that it has mapped, at each mark. */
  readonly residentBytes: readonly number[];
  readonly journalBytes: number;
  /** While the program ran, with its log. */
  readonly journalPeakBytes: number;
}

export interface TerminalJob {
  /** dist/cli.js of a build that nobody else touches. */
  readonly program: string;
  readonly folder: string;
  readonly args: readonly string[];
  /** Attempts that are expected of it. */
  readonly count: number;
  readonly boundMs: number;
}

/** Writes prompt files. @returns their names */
export async function writePrompts(
  folder: string,
  prompts: readonly BenchPrompt[],
  settings: PromptSettings,
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const sources = promptSources(folder, prompts, settings);
  for (const { path, text } of sources) await writeFile(path, text);
  return sources.map(({ path }) => basename(path));
}

export async function runTerminal(job: TerminalJob): Promise<TerminalReport | { readonly trouble: string }> {
  const { folder, count, boundMs } = job;
  const notes = join(folder, 'probe.json');
  const residentBytes: number[] = [];
  let journalPeakBytes = 0;
  const startedAt = performance.now();
  const watched = watch(
    job,
    { nodeOptions: ['--expose-gc', '--import', probe], env: { [probeVariable]: notes } },
    (attempts, child) => {
      const mark = marks[residentBytes.length];
      if (mark === undefined || attempts < mark * count) return;
      residentBytes.push(residentOf(child));
      child.kill('SIGUSR2');
    },
  );
  const sampler = setInterval(() => {
    journalPeakBytes = Math.max(journalPeakBytes, journalBytesOf(folder));
  }, sampleMs);
  const bound = setTimeout(() => killGroup(watched.child), boundMs);
  const { code, stdout, stderr } = await watched.ended;
  const wallMs = performance.now() - startedAt;
  clearInterval(sampler);
  clearTimeout(bound);
  if (code !== 0) return { trouble: lastLine(stderr) || `ended with exit code ${String(code)}` };
  const { written, durationMs } = JSON.parse(stdout) as Printed;
  const probed = JSON.parse(await readFile(notes, 'utf8')) as ProbeReport;
  return {
    ...probed,
    wallMs,
    runMs: durationMs,
    written,
    residentBytes,
    journalBytes: journalBytesOf(folder),
    journalPeakBytes,
  };
}

/** Runs it until so many attempts have ended, and then kills it. */
export async function killTerminal(job: TerminalJob, attemptsBefore: number): Promise<{ readonly trouble?: string }> {
  const watched = watch(job, {}, (attempts, child) => {
    if (attempts >= attemptsBefore) killGroup(child);
  });
  const bound = setTimeout(() => killGroup(watched.child), job.boundMs);
  const { code, stderr } = await watched.ended;
  clearTimeout(bound);
  return code === null ? {} : { trouble: `it ended before it was killed: ${lastLine(stderr)}` };
}

/** @param onAttempts told how many attempts have ended: the program prints a line for each */
function watch(
  { program, folder, args }: TerminalJob,
  options: { readonly nodeOptions?: readonly string[]; readonly env?: Readonly<Record<string, string>> },
  onAttempts: (attempts: number, child: Child) => void,
): { readonly child: Child; readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }> } {
  const env = { ...options.env, HOME: folder, [stateVariable]: stateIn(folder) };
  const child = startScript(program, args, { ...options, env, cwd: folder });
  let stdout = '';
  let stderr = '';
  let attempts = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    attempts += text.split('\n').length - 1;
    onAttempts(attempts, child);
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

/** 0 where the system does not tell. */
function residentOf({ pid }: Child): number {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function stateIn(folder: string): string {
  return join(folder, '.state');
}

function journalBytesOf(folder: string): number {
  const state = stateIn(folder);
  if (!existsSync(state)) return 0;
  let bytes = 0;
  for (const entry of readdirSync(state, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

/** Candidates on disk that hold a text, in the folders of all prompts. */
export function candidatesIn(folder: string): number {
  const candidates = join(folder, 'candidates');
  if (!existsSync(candidates)) return 0;
  const entries = readdirSync(candidates, { recursive: true, withFileTypes: true });
  return entries.filter((each) => /^[^.].*\.md$/.test(each.name) && statSync(join(each.parentPath, each.name)).size > 1)
    .length;
}
