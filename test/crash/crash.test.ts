import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../src/services/demo/seededRandom.ts';
import { CrashLane, type Crash } from '../support/crash.ts';
import { inLanes } from '../support/inLanes.ts';

const rounds = Number(process.env.PARALLEL_CANDIDATES_CRASH_ROUNDS ?? 200);
const laneCount = 3;
const latencyMs = 25;

describe('a process that is killed', function () {
  this.timeout(0);
  let lanes: CrashLane[];

  before(async () => {
    lanes = await Promise.all(Array.from({ length: laneCount }, () => CrashLane.start(latencyMs)));
  });

  after(() => Promise.all(lanes.map((lane) => lane.close())));

  it(`at a random moment, ${rounds} times: nothing is lost and nothing is made twice`, async () => {
    const random = seededRandom(4);
    /** Kills at some moment between the start of the process and a little after its usual end. */
    const atRandom = (): Crash => {
      const share = random();
      return {
        kill: ({ process }) => {
          const early = share < 0.15;
          const ms = early ? share * 1000 : (share - 0.15) * 600;
          const kill = async (): Promise<void> => {
            if (!early) await firstCall(process);
            await delay(ms);
            process.kill('SIGKILL');
          };
          void kill();
        },
      };
    };
    const firstCall = (process: {
      readonly pid?: number | undefined;
      readonly stderr: NodeJS.ReadableStream | null;
    }): Promise<void> =>
      new Promise((resolve) => {
        process.stderr?.once('data', () => resolve());
        process.stderr?.once('close', () => resolve());
      });
    const hits = await inLanes(
      lanes,
      Array.from({ length: rounds }, () => Array.from({ length: random() < 0.3 ? 2 : 1 }, atRandom)),
    );
    assert.ok(hits > rounds / 3, `Only ${hits} of ${rounds} hit a process at work.`);
  });

  const failpoints = ['after-plan', 'after-response', 'mid-commit', 'after-commit', 'before-rename', 'after-rename'];
  for (const failpoint of failpoints) {
    it(`${failpoint}: nothing is lost and nothing is made twice`, async () => {
      const places = failpoint === 'after-plan' ? [1] : [1, 2, 4];
      const once = places.map((place): readonly Crash[] => [{ failpoint: `${failpoint}:${place}` }]);
      const twice = failpoints.slice(1).map((second): readonly Crash[] => [{ failpoint }, { failpoint: second }]);
      const hits = await inLanes(lanes, [...once, ...twice]);
      assert.ok(hits >= once.length, `Only ${hits} of ${once.length + twice.length} were reached.`);
    });
  }
});
