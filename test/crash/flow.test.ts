import assert from 'node:assert/strict';
import { seededRandom } from '../../src/services/demo/seededRandom.ts';
import { FlowCrashLane, type FlowCrash } from '../support/flow/crashLane.ts';
import { inLanes } from '../support/inLanes.ts';

/** A flow is at work for longer, and has more moments at which it can be hit: half as many rounds take as long. */
const rounds = Math.ceil(Number(process.env.PARALLEL_CANDIDATES_CRASH_ROUNDS ?? 200) / 2);
const laneCount = 3;
const latencyMs = 8;

describe('a flow whose process is killed', function () {
  this.timeout(0);
  let lanes: FlowCrashLane[];

  before(async () => {
    lanes = await Promise.all(Array.from({ length: laneCount }, () => FlowCrashLane.start(latencyMs)));
  });

  it(`at a random moment, ${rounds} times: nothing is lost and nothing is made twice`, async () => {
    const random = seededRandom(6);
    const longest = Math.max(...lanes.map(({ atWorkMs }) => atWorkMs));
    const atRandom = (): FlowCrash => ({ afterMs: random() * longest });
    const hits = await inLanes(
      lanes,
      Array.from({ length: rounds }, () => Array.from({ length: random() < 0.3 ? 2 : 1 }, atRandom)),
    );
    assert.ok(hits > rounds / 3, `Only ${hits} of ${rounds} hit a process at work.`);
  });

  const failpoints = [
    'after-response',
    'mid-followers',
    'mid-gather',
    'mid-commit',
    'after-commit',
    'before-rename',
    'after-rename',
  ];
  for (const [at, failpoint] of failpoints.entries()) {
    it(`${failpoint}: nothing is lost and nothing is made twice`, async () => {
      const once = [1, 2, 4].map((place): readonly FlowCrash[] => [{ failpoint: `${failpoint}:${place}` }]);
      // The second time at the same point, the next and the one after that.
      const twice = [...failpoints, ...failpoints]
        .slice(at, at + 3)
        .map((second): readonly FlowCrash[] => [{ failpoint }, { failpoint: second }]);
      const hits = await inLanes(lanes, [...once, ...twice]);
      assert.ok(hits >= once.length, `Only ${hits} of ${once.length + twice.length} were reached.`);
    });
  }
});
