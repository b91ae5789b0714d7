import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readManifest, type ManifestEntry } from '../../src/candidates/manifest.ts';
import { journalPath } from '../../src/storage/journal/settings.ts';
import { stateVariable } from '../../src/storage/stateFolder.ts';
import type { JsonReport } from '../../src/terminal/report.ts';
import { startCli, type CliOptions, type CliResult, type RunningCli } from './cli.ts';
import { askJournal, journalDirectoryOf } from './crash.ts';
import { useScratchFolder } from './scratch.ts';
import { startTestServer, type TestServer } from './server/testServer.ts';

export interface ListedRun {
  readonly run: string;
  readonly folder: string;
  readonly state: string;
  readonly items: number;
  readonly written: number;
  readonly failed: number;
  readonly left: number;
  readonly finishedAt: string | null;
  readonly owner: { readonly kind: string; readonly pid: number } | null;
}

/** Candidate n asks with this seed plus n - 1, so that the ledger tells candidates apart, and the same one says the same. */
export const firstSeed = 1000;

const openCalls = new Set<RunningCli>();

/** A folder with a prompt, a server that answers it, and the terminal program in it. */
export class Workbench {
  /** The folder that the program works in. */
  readonly folder: string;
  readonly server: TestServer;
  /** Where its journals are kept, absolute. */
  state: string;
  /** Where the program runs; see `CliOptions`. */
  within: CliOptions['within'];
  /** How this process finds the folder. */
  seen: (path: string) => string = (path) => join(this.folder, path);

  constructor(scratch: string, server: TestServer) {
    this.folder = join(scratch, 'workspace');
    this.state = join(scratch, 'state');
    this.server = server;
    mkdirSync(this.folder);
  }

  prompt(count: number, name = 'a', more = ''): void {
    const matter = `---\ncandidates:\n  count: ${count}\n  seed: ${firstSeed}\n${more}---\n`;
    writeFileSync(this.seen(`${name}.prompt.md`), `${matter}Write a line.\n`);
  }

  /** What the program finds of this person. */
  get environment(): Readonly<Record<string, string>> {
    return { OPENAI_API_KEY: 'key', [stateVariable]: this.state };
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = this.folder): RunningCli {
    const started = startCli(args, {
      cwd,
      env: { ...this.environment, ...env },
      ...(this.within ? { within: this.within } : {}),
    });
    openCalls.add(started);
    const forget = (): boolean => openCalls.delete(started);
    void started.result.then(forget, forget);
    return started;
  }

  run(...args: readonly string[]): Promise<CliResult> {
    return this.start(args).result;
  }

  generating(...args: readonly string[]): RunningCli {
    return this.start(['generate', 'a.prompt.md', '--base-url', this.server.baseUrl, '--retry-base', '20', ...args]);
  }

  generate(...args: readonly string[]): Promise<CliResult & { readonly report: JsonReport }> {
    return reported(this.generating('--json', ...args));
  }

  resume(...args: readonly string[]): Promise<CliResult & { readonly report: JsonReport }> {
    return reported(this.start(['resume', '--json', ...args]));
  }

  async runs(): Promise<readonly ListedRun[]> {
    const { code, stdout, stderr } = await this.run('runs', '--json');
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as { readonly runs: readonly ListedRun[] }).runs;
  }

  /** Names and texts of the candidates. */
  candidates(way = 'candidates/a'): ReadonlyMap<string, string> {
    return new Map(this.names(way).map((name) => [name, readFileSync(join(this.seen(way), name), 'utf8')]));
  }

  /** Everything beside the manifest. */
  names(way = 'candidates/a'): readonly string[] {
    const folder = this.seen(way);
    return existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name !== 'manifest.json')
          .sort()
      : [];
  }

  /** Without what is half written. */
  visible(way?: string): readonly string[] {
    return this.names(way).filter((name) => !name.startsWith('.'));
  }

  manifest(way = 'candidates/a'): readonly ManifestEntry[] {
    return readManifest(readFileSync(this.seen(`${way}/manifest.json`), 'utf8'));
  }

  /** Numbers of the candidates that were asked for, call by call. */
  called(): readonly number[] {
    return this.server.ledger.records.map(({ seed }) => (seed ?? 0) - firstSeed + 1);
  }

  /** The journal of the folder, as the program finds it. */
  get journal(): string {
    return journalPath(journalDirectoryOf(this.folder, this.state));
  }

  /** The same, as this process finds it. */
  get seenJournal(): string {
    return this.seen(relative(this.folder, this.journal));
  }

  ask<Row>(sql: string): Row[] {
    return askJournal<Row>(dirname(this.seenJournal), sql);
  }

  /** Numbers of the candidates whose texts are in the journal. */
  committed(): readonly number[] {
    const rows = this.ask<{ idx: number }>(
      `SELECT DISTINCT idx FROM items LEFT JOIN results USING (run, position) WHERE text IS NOT NULL OR state = 'written' ORDER BY idx`,
    );
    return rows.map(({ idx }) => idx);
  }

  /**
   * Starts a run of candidates, four at once, and kills it when so many are written and the rest is on its way.
   *
   * @returns numbers of the candidates whose texts survive
   */
  async killed(count: number, after: number): Promise<readonly number[]> {
    this.prompt(count);
    this.server.hold(after);
    const before = this.visible().length;
    const running = this.generating('--concurrency', '4');
    await this.eventually(() => this.visible().length === before + after && this.written() === after);
    await this.eventually(() => this.server.ledger.concurrent > 0);
    running.process.kill('SIGKILL');
    await running.result;
    this.server.release();
    return this.committed();
  }

  /** Candidates of the newest run that the journal knows as written, asked while the run goes on. */
  written(): number {
    try {
      return this.ask(`SELECT 1 FROM items WHERE state = 'written' AND run = (SELECT max(run) FROM runs)`).length;
    } catch {
      // Copied in the middle of a commit.
      return 0;
    }
  }

  async eventually(condition: () => boolean): Promise<void> {
    const { stack } = new Error();
    const until = performance.now() + 30_000;
    while (!condition()) {
      await delay(5);
      if (performance.now() > until) assert.fail(`This did not come true: ${condition.toString()}\n${stack}`);
    }
  }
}

/** One for each test of the suite that calls this. */
export function useWorkbench(): () => Workbench {
  const scratch = useScratchFolder();
  let bench: Workbench;
  beforeEach(async () => {
    bench = new Workbench(scratch(), await startTestServer());
  });
  afterEach(async () => {
    for (const { process: child, result } of [...openCalls]) {
      child.kill('SIGKILL');
      await result;
    }
    await bench.server.close();
  });
  return () => bench;
}

/** Names `01.md` to the last. */
export function namesTo(last: number): readonly string[] {
  return Array.from({ length: last }, (_, place) => `${String(place + 1).padStart(2, '0')}.md`);
}

/** What was said on standard error, without the lines that tell of progress. */
export function said(stderr: string): readonly string[] {
  return stderr
    .trim()
    .split('\n')
    .filter(
      (line) =>
        line !== '' && !/^ |^\S+ \d+: (completed|cancelled)|: \d+ candidates?$|: run \S+ finished in /.test(line),
    );
}

async function reported(running: RunningCli): Promise<CliResult & { readonly report: JsonReport }> {
  const result = await running.result;
  if (result.stdout === '') assert.fail(`No report, exit status ${result.code}: ${result.stderr}`);
  return { ...result, report: JSON.parse(result.stdout) as JsonReport };
}
