import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../../src/services/demo/seededRandom.ts';
import type { PipelineReport } from '../../src/terminal/pipelineReport.ts';
import { startCli, type CliResult } from '../support/cli.ts';

const templates = fileURLToPath(new URL('../../media/templates/pipelines', import.meta.url));
/** The demo service answers as slowly as real ones: one round takes long. */
const rounds = Math.ceil(Number(process.env.PARALLEL_CANDIDATES_CRASH_ROUNDS ?? 200) / 50);

/** What each leaves that does not say when it was made. */
const pipelines: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['articles', [], ['drafts', 'articles', 'articles.csv']],
  ['literature', [], ['papers', 'bibliography.csv', 'bibliography.bib']],
  ['flashcards', ['--limit', '12'], ['cards.csv']],
  ['content-pages', ['--limit', '6'], ['shop.csv', 'html', 'pages']],
];

class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'parallel-candidates-test-'));
  readonly name: string;

  constructor(name: string) {
    this.name = name;
    cpSync(join(templates, name), join(this.folder, name), { recursive: true });
    mkdirSync(join(this.folder, '.state'));
  }

  start(...args: readonly string[]): ReturnType<typeof startCli> {
    return startCli(args, { cwd: this.folder });
  }

  run(...more: readonly string[]): ReturnType<typeof startCli> {
    return this.start('run', `${this.name}/${this.name}.pipeline.yml`, '--concurrency', '50', ...more);
  }

  /** What lies in files and folders of the pipeline, by path. */
  contents(paths: readonly string[]): Readonly<Record<string, string>> {
    const root = join(this.folder, this.name);
    const files = paths.flatMap((path) =>
      path.includes('.') ? [path] : readdirSync(join(root, path)).map((each) => `${path}/${each}`),
    );
    return Object.fromEntries(files.map((file) => [file, readFileSync(join(root, file)).toString('base64')]));
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

describe('a pipeline whose process is killed', function () {
  this.timeout(0);

  for (const [at, [name, more, left]] of pipelines.entries()) {
    it(`at a random moment, ${rounds} times: ${name} comes to the same`, async () => {
      const undisturbed = new Place(name);
      const began = performance.now();
      const { code, stderr } = await undisturbed.run(...more).result;
      assert.equal(code, 0, stderr);
      const longestMs = performance.now() - began;
      const wanted = undisturbed.contents(left);
      undisturbed.dispose();
      const random = seededRandom(at + 1);
      for (let round = 0; round < rounds; round++) {
        const place = new Place(name);
        const killed = place.run(...more);
        await Promise.race([delay(random() * longestMs), killed.result]);
        killed.process.kill('SIGKILL');
        await killed.result;
        const report = await throughOf(place, more);
        assert.deepEqual(place.contents(left), wanted, `round ${round}`);
        assert.equal(report?.failed ?? 0, 0);
        place.dispose();
      }
    });
  }
});

/** Goes on with the run until nothing is left; one that was killed before its plan was there begins. */
async function throughOf(place: Place, more: readonly string[]): Promise<PipelineReport | undefined> {
  const resumed: CliResult = await place.start('resume', '--json').result;
  // Nothing was begun, or all of it was through but for what is delivered: a run makes nothing twice.
  if (resumed.code === 2 || (JSON.parse(resumed.stdout) as { readonly run: string | null }).run === null) {
    const { code, stdout, stderr } = await place.run('--json', ...more).result;
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as PipelineReport;
  }
  assert.equal(resumed.code, 0, resumed.stderr);
  return JSON.parse(resumed.stdout) as PipelineReport;
}
