import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../src/services/demo/seededRandom.ts';
import { journalPath } from '../../src/storage/journal/settings.ts';
import type { JsonReport } from '../../src/terminal/report.ts';
import { startCli, type CliResult } from '../support/cli.ts';
import { journalDirectoryOf } from '../support/crash.ts';
import { inLanes, type CrashRounds } from '../support/inLanes.ts';
import { startTestServer, type TestServer } from '../support/server/testServer.ts';

const rounds = Math.ceil(Number(process.env.PARALLEL_CANDIDATES_CRASH_ROUNDS ?? 200) / 5);
const laneCount = 3;
const count = 60;
const latencyMs = 15;

interface Kill {
  /** After the first call of the process, ms. */
  readonly afterMs: number;
  readonly budget: number;
}

/** One server, and a folder for each round. */
class BudgetLane implements CrashRounds<Kill> {
  readonly server: TestServer;

  constructor(server: TestServer) {
    this.server = server;
  }

  /** Whatever is killed, the server is called as often as the budget says at most; with more, all is written. */
  async round(kills: readonly Kill[]): Promise<boolean> {
    const folder = mkdtempSync(join(tmpdir(), 'parallel-candidates-budget-'));
    writeFileSync(join(folder, 'a.prompt.md'), `---\ncandidates:\n  count: ${count}\n---\nWrite a line.\n`);
    const { ledger } = this.server;
    ledger.reset();
    const budget = kills[0]?.budget ?? count;
    let hit = true;
    let isUndisturbed = true;
    for (const [place, { afterMs }] of kills.entries()) {
      const isFirst = place === 0 || !existsSync(journalPath(journalDirectoryOf(folder)));
      const { code } = await this.#run(folder, isFirst ? this.#generate(budget) : ['resume', '--json'], afterMs);
      hit &&= code === null;
      isUndisturbed &&= code !== null;
      assert.ok(ledger.records.length <= budget, `${ledger.records.length} calls of ${budget} after kill ${place + 1}`);
    }
    const rest = existsSync(journalPath(journalDirectoryOf(folder)))
      ? await this.#run(folder, ['resume', '--json'])
      : await this.#run(folder, this.#generate(budget));
    assert.ok(rest.code !== 2, rest.stderr);
    const calls = ledger.records.length;
    assert.ok(calls <= budget, `${calls} calls of ${budget}`);
    const report = JSON.parse(rest.stdout) as JsonReport;
    if (report.stopped === 'budget') {
      // What was set aside when a process was killed counts as spent.
      if (isUndisturbed) assert.equal(calls, budget);
      const more = await this.#run(folder, ['resume', '--json', '--budget', 'requests=1000']);
      assert.equal(more.code, 0, more.stderr);
    }
    const written = readdirSync(join(folder, 'candidates/a')).filter((name) => /^\d+\.md$/.test(name));
    assert.equal(written.length, count);
    rmSync(folder, { recursive: true, force: true });
    return hit;
  }

  #generate(budget: number): string[] {
    const { baseUrl } = this.server;
    const budgets = ['--budget', `requests=${budget}`];
    return ['generate', 'a.prompt.md', '--base-url', baseUrl, '--concurrency', '50', ...budgets, '--json'];
  }

  async #run(folder: string, args: readonly string[], killAfterMs?: number): Promise<CliResult> {
    const before = this.server.ledger.records.length;
    const { process: child, result } = startCli(args, { cwd: folder, env: { OPENAI_API_KEY: 'key' } });
    if (killAfterMs !== undefined) {
      while (this.server.ledger.records.length === before && child.exitCode === null) await delay(1);
      await delay(killAfterMs);
      child.kill('SIGKILL');
    }
    const ended = await result;
    while (this.server.ledger.concurrent > 0) await delay(1);
    return ended;
  }
}

describe('a run with a budget whose process is killed', function () {
  this.timeout(0);
  let lanes: BudgetLane[];

  before(async () => {
    const latency = { kind: 'lognormal', medianMs: latencyMs, sigma: 0.5 } as const;
    lanes = await Promise.all(
      Array.from({ length: laneCount }, async () => new BudgetLane(await startTestServer({ latency }))),
    );
  });

  after(() => Promise.all(lanes.map(({ server }) => server.close())));

  it(`at a random moment, ${rounds} times: no more is called than the budget says`, async () => {
    const random = seededRandom(11);
    const hits = await inLanes(
      lanes,
      Array.from({ length: rounds }, () => {
        const budget = 5 + Math.floor(random() * 70);
        const kills = random() < 0.4 ? 2 : 1;
        return Array.from({ length: kills }, (): Kill => ({ budget, afterMs: random() * 60 }));
      }),
    );
    assert.ok(hits > rounds / 3, `Only ${hits} of ${rounds} hit a process at work.`);
  });
});
