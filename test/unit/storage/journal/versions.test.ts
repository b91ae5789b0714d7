import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { journalPath } from '../../../../src/storage/journal/settings.ts';
import { currentVersion } from '../../../../src/storage/journal/tables/schema.ts';
import { calls, crashStages } from '../../../support/flow/crashFlow.ts';
import { flowOutcome } from '../../../support/flow/flowRuns.ts';
import { journalFolder, openJournal, value } from '../../../support/journal/support.ts';
import { useRunsBench } from '../../../support/runsHarness.ts';

/** A folder for each version that was released, with a journal of it: see keepVersion.ts. */
const versions = new URL('versions/', import.meta.url);

describe('a journal of an older version', function () {
  this.timeout(30_000);
  const bench = useRunsBench();

  it('is kept of each', () => {
    const kept = readdirSync(versions).map(Number);
    assert.deepEqual(
      kept.sort((a, b) => a - b),
      Array.from({ length: currentVersion }, (_, before) => before + 1),
    );
  });

  for (const version of readdirSync(versions)) {
    it(`opens, and its runs go on to their end: version ${version}`, async () => {
      const directory = join(bench().folder, journalFolder);
      mkdirSync(directory);
      copyFileSync(new URL(`${version}/journal.sqlite`, versions), journalPath(directory));
      // Fails when anything is mended.
      openJournal(bench().folder).close();
      const process = await bench().process();
      const { runs, workspace } = process;
      const offered = value(await runs.load(workspace, () => undefined));
      assert.deepEqual(
        offered.map(({ left, recovered, problems }) => ({ left, recovered, problems })),
        [
          { left: 1, recovered: 1, problems: [] },
          { left: 5, recovered: 0, problems: [] },
        ],
      );
      const stages = crashStages(bench().folder, 0);
      for (const { id, left } of offered) {
        const resumed = value(await runs.resume(bench().resumption(workspace, id, { stages })));
        const { counts, problem } = await resumed.finished;
        assert.deepEqual([counts.queued, problem], [0, undefined], id);
        assert.ok(counts.written >= left);
      }
      assert.equal(bench().called().length, 1, 'the one candidate that has no text');
      const made = calls(bench().folder);
      assert.equal(new Set(made).size, made.length);
      await process.close();
      const journal = openJournal(bench().folder);
      const [plainHalf, flowHalf, flowWhole] = value(journal.read('listRuns')).rows;
      assert.equal(plainHalf?.counts.written, 4);
      assert.deepEqual(flowOutcome(journal, flowHalf?.id ?? ''), flowOutcome(journal, flowWhole?.id ?? ''));
      journal.close();
    });
  }
});
