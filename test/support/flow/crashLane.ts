import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunOverview } from '../../../src/storage/journal/records.ts';
import { askJournal } from '../crash.ts';
import { journalFolder, openJournal, value } from '../journal/support.ts';
import { calls } from './crashFlow.ts';
import { flowOutcome } from './flowRuns.ts';

const script = fileURLToPath(new URL('crashProcess.ts', import.meta.url));
/** As built: a process whose thread must be compiled first is slow to start. */
const worker = fileURLToPath(new URL('../../../dist/journalWorker.js', import.meta.url));

/** What one process of a round is given. */
export interface FlowCrash {
  readonly failpoint?: string;
  /** How long after its work has begun it is killed. */
  readonly afterMs?: number;
}

/** One place for rounds that follow each other, and what an undisturbed run comes to. */
export class FlowCrashLane {
  readonly #latencyMs: number;
  readonly #expected: Left;
  /** How long an undisturbed process is at work, ms. */
  readonly atWorkMs: number;

  private constructor(latencyMs: number, expected: Left, atWorkMs: number) {
    this.#latencyMs = latencyMs;
    this.#expected = expected;
    this.atWorkMs = atWorkMs;
  }

  /** @param latencyMs of one call */
  static async start(latencyMs: number): Promise<FlowCrashLane> {
    const folder = newFolder();
    try {
      const { code, atWorkMs } = await run(folder, latencyMs, {});
      assert.equal(code, 0);
      return new FlowCrashLane(latencyMs, leftIn(folder), atWorkMs);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /**
   * A flow that is killed as often as there are crashes, then left in peace: everything must be as if nothing had
   * happened, and no item whose result or failure was committed is called again.
   *
   * @returns whether every crash came before the end of its process
   */
  async round(crashes: readonly FlowCrash[]): Promise<boolean> {
    const folder = newFolder();
    let hit = true;
    let committed = new Set<string>();
    let callsBefore = 0;
    try {
      for (const crash of [...crashes, {}]) {
        const { code } = await run(folder, this.#latencyMs, crash);
        const made = calls(folder).slice(callsBefore);
        callsBefore += made.length;
        const again = made.filter((item, place) => committed.has(item) || made.indexOf(item) !== place);
        assert.deepEqual(again, [], 'items that were called again after their result was committed');
        committed = committedItems(folder);
        if (isKilling(crash)) hit &&= code === null;
        else assert.equal(code, 0);
      }
      assert.deepEqual(leftIn(folder), this.#expected);
      rmSync(folder, { recursive: true, force: true });
      return hit;
    } catch (error) {
      const round = `After ${JSON.stringify(crashes)}, in ${folder}, which is kept`;
      throw new Error(`${round}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** What a run has left behind: everything that does not depend on when it happened. */
interface Left {
  /** By item: id, state, record and so on. */
  readonly outcome: readonly string[];
  /** Name and content of each file. */
  readonly files: readonly (readonly [string, string])[];
  /** How the journal and the manifest know the files: name and hash. */
  readonly known: readonly (readonly [string, string])[];
  readonly isFinished: boolean;
}

function isKilling({ failpoint, afterMs }: FlowCrash): boolean {
  return failpoint !== undefined || afterMs !== undefined;
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'parallel-candidates-flow-crash-'));
}

interface Ended {
  /** Null when it was killed. */
  readonly code: number | null;
  readonly atWorkMs: number;
}

function run(folder: string, latencyMs: number, { failpoint, afterMs }: FlowCrash): Promise<Ended> {
  const args = ['--disable-warning=ExperimentalWarning', script, folder, String(latencyMs), worker];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...(failpoint === undefined ? {} : { PARALLEL_CANDIDATES_FAILPOINT: failpoint }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let beganAt = performance.now();
  child.stdout.once('data', () => {
    beganAt = performance.now();
    if (afterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, atWorkMs: performance.now() - beganAt }));
  });
}

function leftIn(folder: string): Left {
  // A copy, so that looking changes nothing.
  const copy = mkdtempSync(join(tmpdir(), 'parallel-candidates-look-'));
  try {
    cpSync(join(folder, journalFolder), join(copy, journalFolder), { recursive: true });
    const journal = openJournal(copy);
    try {
      const runs = value(journal.read('listRuns')).rows;
      assert.equal(runs.length, 1);
      const [{ id, finishedAt }] = runs as [RunOverview];
      const files = filesIn(folder);
      assert.deepEqual(manifestOf(folder), hashesOf(files), 'the manifest');
      return {
        outcome: flowOutcome(journal, id),
        files,
        known: knownFiles(folder),
        isFinished: finishedAt !== undefined,
      };
    } finally {
      journal.close();
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function filesIn(folder: string): (readonly [string, string])[] {
  const candidates = join(folder, 'candidates');
  return readdirSync(candidates)
    .filter((name) => name !== 'manifest.json')
    .sort()
    .map((name) => [name, readFileSync(join(candidates, name), 'utf8')]);
}

function hashesOf(files: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  return files.map(([name, text]) => [name, createHash('sha256').update(text).digest('hex')]);
}

function manifestOf(folder: string): (readonly [string, string])[] {
  const { candidates } = JSON.parse(readFileSync(join(folder, 'candidates/manifest.json'), 'utf8')) as {
    readonly candidates: readonly { readonly file: string; readonly contentHash: string }[];
  };
  return candidates.map(({ file, contentHash }) => [file, contentHash]);
}

function knownFiles(folder: string): (readonly [string, string])[] {
  const sql = `SELECT file, content_hash AS hash FROM items JOIN files ON files.path = items.file ORDER BY file`;
  return askJournal<{ file: string; hash: string }>(join(folder, journalFolder), sql).map(({ file, hash }) => [
    file,
    hash,
  ]);
}

/** Items that nobody may call again. */
function committedItems(folder: string): Set<string> {
  if (!existsSync(join(folder, journalFolder))) return new Set();
  const sql = `SELECT id FROM items LEFT JOIN results USING (run, position) WHERE text IS NOT NULL OR state <> 'queued'`;
  return new Set(askJournal<{ id: string }>(join(folder, journalFolder), sql).map(({ id }) => id));
}
