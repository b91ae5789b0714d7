import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../src/services/demo/seededRandom.ts';
import type { PipelineReport } from '../../src/terminal/pipelineReport.ts';
import { inLanes, type CrashRounds } from '../support/inLanes.ts';
import { DemoServer } from '../support/templates/demoServer.ts';
import { PipelinePlace } from '../support/templates/pipelinePlace.ts';
import { templatesFolder } from '../support/templates/templateWalk.ts';

const rounds = Math.ceil(Number(process.env.PARALLEL_CANDIDATES_CRASH_ROUNDS ?? 200) / 50);
const laneCount = 2;
const slots = 4;
const latencyMs = 30;

interface CrashedPipeline {
  readonly name: string;
  /** Folder that it comes from; absent: the template of its name. */
  readonly source?: string;
  /** As much of it as keeps a round short. */
  readonly more?: readonly string[];
  /** Stages whose items cost one call of the service each. */
  readonly paid: readonly string[];
  /** Stages whose items cost one request each. */
  readonly asking?: readonly string[];
  /** What it leaves. */
  readonly leaves: readonly string[];
  /** How many rounds of those that others have; absent: as many. */
  readonly share?: number;
  /** A file that has a line `stage key` for each program that has begun. */
  readonly log?: string;
}

const templates: readonly CrashedPipeline[] = [
  { name: 'articles', paid: ['drafts', 'facts', 'title'], leaves: ['drafts', 'articles', 'articles.csv'] },
  { name: 'content-pages', more: ['--limit', '6'], paid: ['page'], leaves: ['shop.csv', 'html', 'pages'] },
  { name: 'flashcards', more: ['--limit', '12'], paid: ['meaning', 'card'], leaves: ['cards.csv', 'words.apkg'] },
  // Pages are read by both cores for seconds.
  {
    name: 'book',
    share: 0.5,
    more: ['--limit', '2'],
    paid: ['correct', 'fix', 'structure'],
    leaves: ['book.epub', 'book.md'],
  },
  {
    name: 'literature',
    paid: ['references'],
    asking: ['byDoi', 'byTitle', 'download'],
    leaves: ['papers', 'bibliography.csv', 'bibliography.bib'],
  },
];

/** Programs that say when they begin. */
function programs(folder: string): CrashedPipeline {
  const source = join(folder, 'programs');
  mkdirSync(source);
  const rows = Array.from({ length: 16 }, (_, row) => `k${row}`);
  writeFileSync(join(source, 'rows.csv'), `key\n${rows.join('\n')}\n`);
  const line = (stage: string): string => `echo "${stage} {{ key }}" >> log; sleep 0.03; echo "${stage} of {{ key }}"`;
  writeFileSync(
    join(source, 'programs.pipeline.yml'),
    `source: { data: rows.csv, key: key }
stages:
  - { name: one, shell: true, command: '${line('one')}', workers: 4, output: "one/{{ key }}.txt" }
  - { name: two, shell: true, command: '${line('two')}', workers: 4, queue: 2 }
table: { file: all.csv, columns: [key, one.text, two.text] }
deliver: [{ jsonl: all.jsonl }]
`,
  );
  return { name: 'programs', source, paid: [], leaves: ['one', 'all.csv', 'all.jsonl'], log: 'log' };
}

/** What an undisturbed run comes to. */
interface Undisturbed {
  readonly contents: Readonly<Record<string, string>>;
  readonly calls: number;
  readonly requests: number;
  readonly tookMs: number;
}

/** Where one round of a pipeline is played after the other. */
class PipelineLane implements CrashRounds<number> {
  readonly #pipeline: CrashedPipeline;
  readonly #server: DemoServer;
  readonly #expected: Undisturbed;

  private constructor(pipeline: CrashedPipeline, server: DemoServer, expected: Undisturbed) {
    this.#pipeline = pipeline;
    this.#server = server;
    this.#expected = expected;
  }

  static async start(pipeline: CrashedPipeline): Promise<PipelineLane> {
    const server = await DemoServer.start(latencyMs);
    const place = placeOf(pipeline, server);
    const began = performance.now();
    const { code, stderr } = await place.run(slots, pipeline.more).result;
    assert.equal(code, 0, stderr);
    const tookMs = performance.now() - began;
    const { calls, requests } = server;
    assert.deepEqual([calls, requests], committedOf(place, pipeline), 'each item costs one call');
    const contents = place.contents(pipeline.leaves);
    place.dispose();
    return new PipelineLane(pipeline, server, { contents, calls, requests, tookMs });
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  /** @param kills when each process is killed, as a share of the time that an undisturbed one takes */
  async round(kills: readonly number[]): Promise<boolean> {
    const place = placeOf(this.#pipeline, this.#server);
    try {
      let hit = true;
      for (const [number, share] of kills.entries()) {
        const { process: child, result } = number === 0 ? place.run(slots, this.#pipeline.more) : resume(place);
        await Promise.race([delay(share * this.#expected.tookMs), result]);
        child.kill('SIGKILL');
        hit &&= (await result).code === null;
      }
      while (this.#server.concurrent > 0) await delay(1);
      const [calls, requests] = committedOf(place, this.#pipeline);
      const begun = this.#begunOf(place);
      const [callsBefore, requestsBefore] = [this.#server.calls, this.#server.requests];
      const report = await throughOf(place, this.#pipeline);
      assert.equal(report.failed, 0, JSON.stringify(report.errors));
      assert.deepEqual(
        [this.#server.calls - callsBefore, this.#server.requests - requestsBefore],
        [this.#expected.calls - calls, this.#expected.requests - requests],
        'only what was not committed is asked for',
      );
      assert.deepEqual(place.contents(this.#pipeline.leaves), this.#expected.contents);
      const after = this.#begunOf(place, [...begun.keys()]);
      assert.deepEqual(after, begun, 'programs that were run again after their result was committed');
      place.dispose();
      return hit;
    } catch (error) {
      const round = `After kills at ${kills.map((share) => share.toFixed(2)).join()} in ${place.folder}, which is kept`;
      throw new Error(`${round}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** How often each program has begun whose result is committed. */
  #begunOf(place: PipelinePlace, only?: readonly string[]): ReadonlyMap<string, number> {
    const { log } = this.#pipeline;
    if (log === undefined) return new Map();
    const wanted = only ?? place.committed().map(({ stage, key }) => `${stage} ${key}`);
    if (wanted.length === 0) return new Map();
    const lines = readFileSync(join(place.folder, place.name, log), 'utf8').split('\n');
    return new Map(wanted.map((each) => [each, lines.filter((line) => line === each).length]));
  }
}

function placeOf({ name, source = join(templatesFolder, name) }: CrashedPipeline, server: DemoServer): PipelinePlace {
  return new PipelinePlace(source, name, server);
}

function resume(place: PipelinePlace): ReturnType<PipelinePlace['start']> {
  return place.start(['resume', '--json']);
}

/** Committed items that cost a call, and those that cost a request. */
function committedOf(place: PipelinePlace, { paid, asking = [] }: CrashedPipeline): readonly [number, number] {
  const committed = place.committed();
  const count = (stages: readonly string[]): number => committed.filter(({ stage }) => stages.includes(stage)).length;
  return [count(paid), count(asking)];
}

/** Goes on with the run until nothing is left; one that was killed before its plan was there begins. */
async function throughOf(place: PipelinePlace, { more }: CrashedPipeline): Promise<PipelineReport> {
  const resumed = await resume(place).result;
  const report = resumed.stdout === '' ? undefined : (JSON.parse(resumed.stdout) as PipelineReport);
  if (report?.run !== undefined && report.run !== null) {
    assert.equal(resumed.code, 0, resumed.stderr);
    return report;
  }
  // Nothing was begun, or all of it was through: a run makes nothing twice.
  const { code, stdout, stderr } = await place.run(slots, more).result;
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as PipelineReport;
}

describe('a pipeline whose process is killed', function () {
  this.timeout(0);
  const scratch = mkdtempSync(join(tmpdir(), 'parallel-candidates-crash-'));
  after(() => rmSync(scratch, { recursive: true, force: true }));

  for (const [at, pipeline] of [...templates, programs(scratch)].entries()) {
    const own = Math.ceil(rounds * (pipeline.share ?? 1));
    it(`at a random moment, ${own} times: ${pipeline.name} comes to the same, and nothing is paid or run twice`, async () => {
      const random = seededRandom(at + 1);
      const count = Math.min(laneCount, own);
      const lanes: PipelineLane[] = [];
      for (let lane = 0; lane < count; lane++) lanes.push(await PipelineLane.start(pipeline));
      try {
        await inLanes(
          lanes,
          Array.from({ length: own }, () => Array.from({ length: random() < 0.3 ? 2 : 1 }, () => 0.2 + random() * 0.8)),
        );
      } finally {
        await Promise.all(lanes.map((lane) => lane.close()));
      }
    });
  }
});
