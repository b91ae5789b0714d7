import assert from 'node:assert/strict';
import { foreignData } from './support/foreignData.ts';
import { GuardedWorker, hangsAfterMs } from './support/guardedWorker.ts';

/** The largest of the texts several times over, and far from a string for each of their pieces. */
const memory = { maxOldGenerationSizeMb: 160 };

describe('data of others', function () {
  this.timeout(hangsAfterMs + 5_000);
  const readings = new GuardedWorker<string, string>(
    new URL('./support/foreignDataWorker.ts', import.meta.url),
    memory,
  );
  after(() => readings.end());

  for (const [name, { comesTo }] of Object.entries(foreignData)) {
    it(`are read in time and memory that grow with their length at most: ${name}`, async () => {
      assert.equal(await readings.ask(name), comesTo);
    });
  }
});
