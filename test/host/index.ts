import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import * as mochaModule from 'mocha';
import SpecWithResults from '../support/editor/mochaResults.ts';

// By its name: `require` gives the class itself on one Node and the module around it on another.
const { Mocha } = mochaModule as unknown as { Mocha: typeof mochaModule.default };

/** Runs every `*.test.ts` of this folder inside the extension host; rejects when a test failed. */
export async function run(): Promise<void> {
  printThroughFormat();
  mochaModule.reporters.Base.consoleLog = console.log;
  // A machine of CI's that pauses for seconds must not turn a change away.
  const retries = process.env.PARALLEL_CANDIDATES_TEST_RETRIES === undefined ? 0 : 1;
  const mocha = new Mocha({ ui: 'bdd', reporter: SpecWithResults, color: false, timeout: 20_000, retries });
  mocha.suite.emit(mochaModule.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, '', mocha);
  // The bundle is dist/test/host/index.js and holds every file that this pattern matches.
  for (const file of readdirSync(join(__dirname, '../../../test/host'))) {
    if (file.endsWith('.test.ts')) {
      await (import(`./${file.replace(/\.test\.ts$/, '')}.test.ts`) as Promise<unknown>);
    }
  }
  const failures = await new Promise<number>((done) => mocha.run(done));
  if (failures > 0) {
    throw new Error(`${failures} of the host tests failed.`);
  }
}

/** Gives every printed line one form, by which the launcher tells it from the editor's own log. */
function printThroughFormat(): void {
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    const print = console[method].bind(console);
    // The extension host's console ignores assignments.
    Object.defineProperty(console, method, { value: (...args: unknown[]) => print('%s', format(...args)) });
  }
}
