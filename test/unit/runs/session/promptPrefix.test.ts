import assert from 'node:assert/strict';
import type { ChatMessage } from '../../../../src/model/message.ts';
import type { StartedRun } from '../../../../src/runs/startedRun.ts';
import type { PlannedItem } from '../../../../src/runs/plan/plannedCandidate.ts';
import { PromptPrefixes } from '../../../../src/runs/session/promptPrefix.ts';
import { value } from '../../../support/journal/support.ts';
import { useRunsBench } from '../../../support/runsHarness.ts';

const long = 'Every word of this counts. '.repeat(200);

function item(messages: readonly ChatMessage[], more: Partial<PlannedItem> = {}): PlannedItem {
  // Only these are looked at.
  return { messages, siblings: 3, serviceKey: 'service', model: 'm', ...more } as PlannedItem;
}

describe('the prefix of a prompt', () => {
  const prefixes = new PromptPrefixes();
  const user = (content: string): ChatMessage => ({ role: 'user', content });
  const system = (content: string): ChatMessage => ({ role: 'system', content });

  it('is the same for candidates of one prompt, and for rows that begin alike', () => {
    assert.equal(prefixes.of(item([user(long)])), prefixes.of(item([user(long)])));
    const rows = ['Tea', 'Coffee'].map((row) => item([system(long), user(row)], { siblings: 1 }));
    assert.ok(prefixes.of(rows[0]!));
    assert.equal(prefixes.of(rows[0]!), prefixes.of(rows[1]!));
  });

  it('is another one for another beginning, model or service', () => {
    const first = item([user(long)]);
    const others = [
      item([user(`${long}!`)]),
      item([system(long)]),
      { ...first, model: 'n' },
      { ...first, serviceKey: 'other' },
    ];
    assert.equal(new Set([first, ...others].map((each) => prefixes.of(each))).size, 5);
  });

  it('is none for what is short, or what nobody shares', () => {
    assert.equal(prefixes.of(item([user('Write.')])), undefined);
    assert.equal(prefixes.of(item([user(long)], { siblings: 1 })), undefined);
    assert.equal(prefixes.of(item([system('Be brief.'), user(long)], { siblings: 1 })), undefined);
  });
});

describe('a run on a service that caches prompts', function () {
  this.timeout(30_000);
  const bench = useRunsBench();

  for (const [promptCaching, prompt, isLed] of [
    [true, long, true],
    [true, 'Write.', false],
    [false, long, false],
  ] as const) {
    it(`${isLed ? 'lets one go ahead' : 'starts all'}: caching ${promptCaching}, ${prompt.length} characters`, async () => {
      const { runs, workspace } = await bench().process();
      const generate = async (count: number): Promise<StartedRun> =>
        value(await runs.start(await bench().plan(count, { promptCaching }, prompt), bench().options(), workspace));
      // Which parameters the service takes is known then.
      await (
        await generate(1)
      ).finished;
      bench().server.ledger.reset();
      bench().server.configure({ latency: { kind: 'fixed', ms: 300 } });
      bench().server.hold();
      const started = await generate(2);
      await bench().eventually(() => bench().server.ledger.concurrent === (isLed ? 1 : 2));
      bench().server.release();
      assert.equal((await started.finished).counts.written, 2);
      const [first, second] = bench().server.ledger.records;
      assert.equal((second?.at ?? 0) >= (first?.at ?? 0) + 0.2 * 300, isLed);
    });
  }
});
