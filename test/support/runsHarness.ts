import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock, type Clock } from '../../src/base/clock.ts';
import type { Result } from '../../src/prompts/promptFile.ts';
import type { NumberingMode } from '../../src/runs/plan/existingModes.ts';
import { planRun, type Plan, type PlanRequest } from '../../src/runs/plan/plan.ts';
import { defaultRunOptions, type RunOptions } from '../../src/runs/runOptions.ts';
import type { ResumeRequest } from '../../src/runs/resume/resumption.ts';
import { Runs } from '../../src/runs/runs.ts';
import { ServiceDirectory } from '../../src/runs/serviceDirectory.ts';
import type { Workspace } from '../../src/runs/workspace.ts';
import type { ServiceSettings } from '../../src/model/serviceSettings.ts';
import type { AnthropicServiceSettings } from '../../src/services/anthropic/kind.ts';
import type { OpenAiServiceSettings } from '../../src/services/openai/kind.ts';
import { CandidateWriter } from '../../src/storage/candidateWriter.ts';
import { DiskFiles } from '../../src/storage/diskFiles.ts';
import { JournalClient } from '../../src/storage/journal/journalClient.ts';
import { success } from '../../src/base/outcome.ts';
import { journalPath } from '../../src/storage/journal/settings.ts';
import { PathLocks } from '../../src/storage/pathLocks.ts';
import { kindOf } from '../../src/services/kinds.ts';
import { credential } from './credential.ts';
import { useScratchFolder } from './scratch.ts';
import { startTestServer, type TestServer } from './server/testServer.ts';
import { settingsFor, value, workerScript } from './journal/support.ts';

export const firstSeed = 1000;

type HttpServiceSettings = OpenAiServiceSettings | AnthropicServiceSettings;

/** Short, and long enough for a busy machine to beat three times. */
const leaseLifeMs = 1500;
const busyMs = 50;

/** One window or terminal. */
export interface Process {
  readonly runs: Runs;
  readonly workspace: Workspace;
  readonly close: () => Promise<void>;
}

/** A folder, a server, and processes that generate there. */
export class RunsBench {
  readonly folder: string;
  readonly server: TestServer;
  /** Added to the time of every clock, ms. */
  later = 0;
  readonly #open: Process[] = [];
  readonly services: ServiceDirectory;
  readonly #clock: Clock = { ...systemClock, now: () => systemClock.now() + this.later };

  constructor(folder: string, server: TestServer) {
    this.folder = folder;
    this.server = server;
    this.services = new ServiceDirectory(systemClock, Math.random);
  }

  async process(): Promise<Process> {
    const runs = new Runs({
      services: this.services,
      clock: this.#clock,
      random: Math.random,
      reportError: (error) => {
        throw error;
      },
    });
    const journal = value(
      await JournalClient.open({
        ...settingsFor(this.folder, { kind: 'editor', leaseLifeMs, busyMs }),
        worker: workerScript,
        onLost: (run) => runs.lost(run),
      }),
    );
    const files = new DiskFiles();
    const workspace = { base: this.folder, journal, files, writer: new CandidateWriter(files, new PathLocks()) };
    const close = async (): Promise<void> => {
      runs.dispose();
      await journal.close();
    };
    const opened = { runs, workspace, close };
    this.#open.push(opened);
    return opened;
  }

  async close(): Promise<void> {
    this.server.release();
    for (const each of this.#open) await each.close();
    await this.services.dispose();
    await this.server.close();
  }

  async plan(
    count: number,
    service: Partial<HttpServiceSettings> = {},
    prompt = 'Write.',
    more: Pick<PlanRequest, 'existing'> = {},
  ): Promise<Plan> {
    const text = `---\ncandidates:\n  count: ${count}\n  seed: ${firstSeed}\n---\n${prompt}\n`;
    const planned = await this.planOf({ 'a.prompt.md': text }, service, more.existing);
    if (!planned.ok) assert.fail(planned.problems[0]?.message);
    return planned.value;
  }

  /** @param prompts texts by the names of their files */
  async planOf(
    prompts: Readonly<Record<string, string>>,
    service: Partial<HttpServiceSettings> = {},
    existing?: NumberingMode,
  ): Promise<Result<Plan>> {
    const settings = this.#service(service);
    return planRun({
      sources: Object.entries(prompts).map(([name, text]) => ({ path: join(this.folder, name), text })),
      root: this.folder,
      services: [settings],
      defaultService: 'test',
      serviceKey: (each) => this.#register(each),
      files: new DiskFiles(),
      ...(existing === undefined ? {} : { existing }),
    });
  }

  options(more: Partial<RunOptions> = {}): RunOptions {
    return { ...defaultRunOptions, retry: { attempts: 1, baseMs: 1 }, ...more };
  }

  resumption(workspace: Workspace, run: string, more: Partial<ResumeRequest> = {}): ResumeRequest {
    return { workspace, run, serviceOf: () => Promise.resolve(success(this.#register(this.#service({})))), ...more };
  }

  /** Numbers of the candidates that were asked for, call by call. */
  called(): readonly number[] {
    return this.server.ledger.records.map(({ seed }) => (seed ?? 0) - firstSeed + 1);
  }

  /** Names of the candidates, without what is half written. */
  names(): readonly string[] {
    const folder = join(this.folder, 'candidates/a');
    return existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => /^\d/.test(name))
          .sort()
      : [];
  }

  /** Another program locks the journal. @returns what lets go of it */
  lock(): () => void {
    const other = new DatabaseSync(journalPath(settingsFor(this.folder).directory));
    // Whoever is just writing is through soon.
    other.exec('PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE');
    return () => {
      other.exec('ROLLBACK');
      other.close();
    };
  }

  async eventually(condition: () => boolean): Promise<void> {
    const until = performance.now() + 15_000;
    while (!condition()) {
      await delay(5);
      if (performance.now() > until) assert.fail(`This did not come true: ${condition.toString()}`);
    }
  }

  #service(more: Partial<HttpServiceSettings>): ServiceSettings {
    const usual = { name: 'test', kind: 'openai', baseUrl: this.server.baseUrl, models: ['m'], maxConcurrent: 2 };
    return { ...usual, ...more };
  }

  #register(settings: ServiceSettings): string {
    const address = kindOf(settings).key(settings)?.address;
    const sent = address === undefined ? undefined : credential('key', address);
    return this.services.register(settings, sent, { safetyFactor: 1 });
  }
}

/** One for each test of the suite that calls this. */
export function useRunsBench(): () => RunsBench {
  const scratch = useScratchFolder();
  let bench: RunsBench;
  beforeEach(async () => {
    bench = new RunsBench(scratch(), await startTestServer());
  });
  afterEach(() => bench.close());
  return () => bench;
}
