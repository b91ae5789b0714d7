import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import type { ManifestEntry } from '../../src/candidates/manifest.ts';
import { journalPath } from '../../src/storage/journal/settings.ts';
import { journalKey } from '../../src/storage/stateFolder.ts';
import type { JsonReport } from '../../src/terminal/report.ts';
import { startCli, stateFolderIn, type RunningCli } from './cli.ts';
import type { CallRecord } from './server/ledger.ts';
import { startTestServer, type TestServer } from './server/testServer.ts';

const count = 12;
const slots = 4;
/** Item n asks with this seed plus n - 1, so that the server's ledger tells the items apart. */
const firstSeed = 1000;
const prompt = `---\ncandidates:\n  count: ${count}\n  seed: ${firstSeed}\n---\nWrite a line.\n`;

/** Ends a program in the middle of its work; resolves when it has ended. */
export type Kill = (program: RunningCli) => void;

/** What one process of a round is given. */
export interface Crash {
  readonly failpoint?: string;
  /** Called when the process has started. */
  readonly kill?: Kill;
}

/** One place for rounds that follow each other: a server with a ledger, and what an undisturbed run writes. */
export class CrashLane {
  readonly server: TestServer;
  readonly #expected: ReadonlyMap<string, string>;

  private constructor(server: TestServer, expected: ReadonlyMap<string, string>) {
    this.server = server;
    this.#expected = expected;
  }

  static async start(latencyMs: number): Promise<CrashLane> {
    const server = await startTestServer({ latency: { kind: 'fixed', ms: latencyMs } });
    const folder = newFolder();
    const { code, stderr } = await start(folder, server, 'generate', {}).result;
    assert.equal(code, 0, stderr);
    const expected = candidates(folder);
    rmSync(folder, { recursive: true });
    assert.equal(expected.size, count);
    return new CrashLane(server, expected);
  }

  close(): Promise<void> {
    return this.server.close();
  }

  /**
   * A run that is killed as often as there are crashes, the first time while it generates and then while it is resumed;
   * the last `resume` is left in peace, and everything must be as if nothing had happened.
   *
   * @returns whether every crash came before the end of its process
   */
  async round(crashes: readonly Crash[]): Promise<boolean> {
    const folder = newFolder();
    const { ledger } = this.server;
    ledger.reset();
    let hit = true;
    let committed = new Set<number>();
    /** What each killed process had on the wire, in order. */
    const wires: Wire[] = [];
    let callsBefore = 0;
    const checkCalls = (): void => {
      const calls = ledger.records.slice(callsBefore);
      const again = calls.filter(({ seed }) => seed !== null && committed.has(seed));
      assert.deepEqual(
        again.map(({ seed }) => seed),
        [],
        'items that were called again after their result was committed',
      );
      for (const wire of wires) checkWire(wire, calls);
    };
    try {
      for (const [place, crash] of crashes.entries()) {
        const program = start(folder, this.server, place === 0 ? 'generate' : 'resume', crash);
        crash.kill?.(program);
        const { code } = await program.result;
        hit &&= code === null;
        await this.#quiet();
        checkCalls();
        committed = committedSeeds(folder);
        wires.push(wireOf(ledger.records.slice(callsBefore)));
        callsBefore = ledger.records.length;
      }
      const { code, stdout, stderr } = await start(folder, this.server, 'resume', {}).result;
      checkCalls();
      if (!existsSync(journalPath(journalDirectoryOf(folder)))) {
        assert.equal(code, 2, stderr);
        assert.equal(ledger.records.length, 0, 'calls without a plan');
        return hit;
      }
      assert.equal(code, 0, stderr);
      const report = JSON.parse(stdout) as JsonReport;
      const runs = journalledItems(folder);
      if (runs.length === 0) {
        assert.equal(ledger.records.length, 0, 'calls without a plan');
        return hit;
      }
      // Null when the process was killed after the last item was through.
      if (report.run !== null) assert.deepEqual([report.items, report.written], [count, count]);
      this.#check(folder);
      return hit;
    } catch (error) {
      (error as Error).message += `\nThe folder is kept: ${folder}`;
      throw error;
    } finally {
      if (!process.exitCode) rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Resolves when the server knows of every call of a process that is gone, and that nobody waits for its answer. */
  async #quiet(): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet = this.server.ledger.concurrent === 0 ? quiet + 1 : 0) await setImmediate();
  }

  /** Every file is there and whole, and manifest and journal say so. */
  #check(folder: string): void {
    const written = candidates(folder);
    assert.deepEqual([...written.keys()], [...this.#expected.keys()]);
    for (const [name, text] of this.#expected) assert.equal(written.get(name), text, name);
    assert.deepEqual(readdirSync(join(folder, 'candidates/a')).sort(), [...this.#expected.keys(), 'manifest.json']);
    const hashes = [...written].map(([name, text]) => [name, createHash('sha256').update(text).digest('hex')]);
    const manifest = JSON.parse(readFileSync(join(folder, 'candidates/a/manifest.json'), 'utf8')) as {
      readonly candidates: readonly ManifestEntry[];
    };
    assert.deepEqual(
      manifest.candidates.map((entry) => [entry.file, entry.contentHash]),
      hashes,
      'the manifest',
    );
    const journalled = journalledItems(folder);
    assert.deepEqual(
      journalled.map(({ state }) => state),
      Array<string>(count).fill('written'),
    );
    assert.deepEqual(
      journalled.map(({ file, hash }) => [file.replace('candidates/a/', ''), hash]).sort(),
      hashes,
      'the journal',
    );
  }
}

/** What a process had paid for when it was killed. */
interface Wire {
  /** Items whose answer was under way: one for each slot at most. */
  readonly underWay: ReadonlySet<number>;
  /** Items whose whole answer was sent. */
  readonly answered: ReadonlySet<number>;
  /** Of these, the ones that somebody called again. */
  readonly again: Set<number>;
}

function wireOf(calls: readonly CallRecord[]): Wire {
  const seeds = (records: readonly CallRecord[]): ReadonlySet<number> =>
    new Set(records.flatMap(({ seed }) => (seed === null ? [] : [seed])));
  const underWay = calls.filter(({ completed }) => !completed);
  assert.ok(underWay.length <= slots, `${underWay.length} calls under way in ${slots} slots`);
  const answered = seeds(calls.filter(({ completed }) => completed));
  return { underWay: seeds(underWay), answered, again: new Set() };
}

/**
 * Only what was on the wire may be called again. An answer that was sent may not have arrived, or not be durable yet: its
 * slot has made no other call then, so these and the answers under way are no more than there are slots.
 */
function checkWire({ underWay, answered, again }: Wire, later: readonly CallRecord[]): void {
  for (const { seed } of later) if (seed !== null && answered.has(seed)) again.add(seed);
  assert.ok(
    again.size + underWay.size <= slots,
    `paid twice: ${[...again].join()}, with ${underWay.size} under way at the kill in ${slots} slots`,
  );
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parallel-candidates-crash-'));
  writeFileSync(join(folder, 'a.prompt.md'), prompt);
  return folder;
}

function start(folder: string, server: TestServer, command: 'generate' | 'resume', { failpoint }: Crash): RunningCli {
  const args =
    command === 'generate'
      ? ['generate', 'a.prompt.md', '--base-url', server.baseUrl, '--concurrency', String(slots), '--json']
      : ['resume', '--json'];
  return startCli(args, {
    cwd: folder,
    env: { OPENAI_API_KEY: 'key', ...(failpoint === undefined ? {} : { PARALLEL_CANDIDATES_FAILPOINT: failpoint }) },
  });
}

/** Where the journal of a folder is. @param state the state folder */
export function journalDirectoryOf(folder: string, state = stateFolderIn(folder)): string {
  return join(state, journalKey(realpathSync(folder)));
}

function candidates(folder: string): Map<string, string> {
  const target = join(folder, 'candidates/a');
  if (!existsSync(target)) return new Map();
  const names = readdirSync(target).filter((name) => name.endsWith('.md') && !name.startsWith('.'));
  return new Map(names.sort().map((name) => [name, readFileSync(join(target, name), 'utf8')]));
}

/** Asks a copy of the journal, so that looking changes nothing. */
export function askJournal<Row>(directory: string, sql: string): Row[] {
  if (!existsSync(journalPath(directory))) return [];
  const copy = mkdtempSync(join(tmpdir(), 'parallel-candidates-look-'));
  try {
    cpSync(directory, copy, { recursive: true });
    const database = new DatabaseSync(journalPath(copy));
    try {
      return database.prepare(sql).all() as Row[];
    } finally {
      database.close();
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function committedSeeds(folder: string): Set<number> {
  const rows = askJournal<{ idx: number }>(
    journalDirectoryOf(folder),
    `SELECT idx FROM items LEFT JOIN results USING (run, position) WHERE text IS NOT NULL OR state = 'written'`,
  );
  return new Set(rows.map(({ idx }) => firstSeed + idx - 1));
}

function journalledItems(folder: string): { readonly state: string; readonly file: string; readonly hash: string }[] {
  return askJournal(
    journalDirectoryOf(folder),
    `SELECT state, file, content_hash AS hash FROM items LEFT JOIN files ON files.path = items.file ORDER BY position`,
  );
}
