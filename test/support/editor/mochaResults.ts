import { writeFileSync } from 'node:fs';
import { reporters, Runner, type MochaOptions } from 'mocha';

/** How one suite went. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The spec reporter, which also leaves the counts as JSON in the file that PARALLEL_CANDIDATES_TEST_RESULTS names. */
export default class SpecWithResults extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const file = process.env.PARALLEL_CANDIDATES_TEST_RESULTS;
      if (file !== undefined) {
        const counts: Counts = { passed: this.stats.passes, failed: this.stats.failures, skipped: this.stats.pending };
        writeFileSync(file, JSON.stringify(counts));
      }
    });
  }
}
