import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { NewItem } from '../../../../../src/candidates/plannedItem.ts';
import { groupOf, type Flow, type RecordData } from '../../../../../src/flow/flow.ts';
import { follow, type Draft } from '../../../../../src/flow/follow.ts';
import { rowPlace } from '../../../../../src/flow/rowPlace.ts';
import { recordAfter, type StageText } from '../../../../../src/flow/record.ts';
import type { Journal } from '../../../../../src/storage/journal/journal.ts';
import type { JournalItem, Page, RunLease } from '../../../../../src/storage/journal/records.ts';
import { MemoryFlow, namesOnly } from '../../../../support/flow/memoryFlow.ts';
import { flowOf, resultOf, rowsOf, scenario, type Scenario } from '../../../../support/flow/scenarios.ts';
import { newRun, openJournal, packed, value } from '../../../../support/journal/support.ts';
import { useScratchFolder } from '../../../../support/scratch.ts';
import { chanceOf } from '../../../../support/simulation/chance.ts';

describe('flow in the journal', function () {
  this.timeout(60_000);
  const folder = useScratchFolder();

  it('comes to what the model of it comes to, whatever ends first', () => {
    const journal = openJournal(folder());
    let runs = 0;
    try {
      fc.assert(
        fc.property(scenario, (played) => {
          const model = new MemoryFlow(flowOf(played), rowsOf(played));
          const kept = new KeptFlow(journal, folder(), `run${++runs}`, played);
          const chance = chanceOf(played.seed, 'order');
          for (let open = kept.open(); open.length > 0; open = kept.open()) {
            const item = open[Math.floor(chance() * open.length)]!;
            const result = resultOf(played, item);
            model.end(item.id, result ? 'written' : 'failed', result);
            kept.end(item, result);
          }
          assert.deepEqual(kept.outcome(), model.outcome());
        }),
        { numRuns: 60, seed: Number(process.env.SEED ?? 1) },
      );
    } finally {
      journal.close();
    }
  });

  it('has records of one key where the first list has them, whichever list came first', () => {
    const journal = openJournal(folder());
    const stage = {
      by: false,
      require: 'any',
      when: false,
      variants: 1,
      workers: undefined,
      queue: undefined,
    } as const;
    const kinds = ['pass', 'expand', 'pass', 'expand', 'gather'] as const;
    const stages = kinds.map((kind) => ({ ...stage, kind, size: kind === 'gather' ? 3 : undefined }));
    const played: Scenario = { seed: 3, rows: 6, maxConcurrent: 1, failing: 0, stages };
    const plain = flowOf(played);
    const flow: Flow = {
      ...plain,
      stages: plain.stages.map((each, at) =>
        at === 1 && each.input.kind === 'expand' ? { ...each, input: { ...each.input, key: '{{ at }}' } } : each,
      ),
    };
    const outcomes = Array.from({ length: 12 }, (_, number) => {
      const kept = new KeptFlow(journal, folder(), `run${number}`, played, flow);
      const chance = chanceOf(number, 'order');
      /** As whoever works on an item has it: where it was when it came into being. */
      const begun = new Map<string, JournalItem>();
      for (let open = kept.open(); open.length > 0; open = kept.open()) {
        for (const each of open) if (!begun.has(each.id)) begun.set(each.id, each);
        const item = open[Math.floor(chance() * open.length)]!;
        kept.end(begun.get(item.id)!, resultOf(played, item));
      }
      return kept.outcome();
    });
    for (const outcome of outcomes) assert.deepEqual(outcome, outcomes[0]);
    const places = kept(outcomes[0], 1);
    assert.ok(places.length > 2 && places.length < 8, 'lists share keys');
    journal.close();
  });

  it('forgets what has come of an item that is made again, and makes it again', () => {
    const journal = openJournal(folder());
    const played: Scenario = {
      seed: 1,
      rows: 4,
      maxConcurrent: 1,
      failing: 0,
      stages: (['pass', 'expand', 'gather', 'pass'] as const).map((kind) => ({
        kind,
        by: false,
        size: undefined,
        require: 'any',
        when: false,
        variants: 1,
        workers: undefined,
        queue: undefined,
      })),
    };
    const kept = new KeptFlow(journal, folder(), 'run', played);
    const goOn = (): void => {
      for (let open = kept.open(); open[0]; open = kept.open()) kept.end(open[0], resultOf(played, open[0]));
    };
    goOn();
    const before = kept.outcome();
    kept.again(2);
    const states = kept.items().map(({ stage, state }) => `${stage} ${state}`);
    assert.ok(!states.some((state) => state.startsWith('2') || state.startsWith('3')), String(states));
    assert.equal(states.filter((state) => state === '0 queued').length, 1);
    goOn();
    assert.deepEqual(kept.outcome(), before);
    journal.close();
  });
});

function kept(outcome: readonly string[] | undefined, stage: number): readonly string[] {
  return (outcome ?? []).filter((line) => line.startsWith(`${stage} `));
}

/** A flow as a session keeps it, call by call. */
class KeptFlow {
  readonly #journal: Journal;
  readonly #run: string;
  readonly #flow: Flow;
  readonly #lease: RunLease;

  constructor(journal: Journal, base: string, run: string, played: Scenario, flow = flowOf(played)) {
    this.#journal = journal;
    this.#run = run;
    this.#flow = flow;
    const items: NewItem[] = [];
    for (const [row, record] of rowsOf(played).entries()) {
      const source = { stage: -1, key: `row${row}`, place: rowPlace(row), record };
      const first = items.length;
      const drafts = follow(this.#flow, source, namesOnly);
      for (const draft of drafts.ok ? drafts.value : []) items.push(newItem(draft, record, first, items.length));
    }
    const stages = this.#flow.stages.map(({ name }) => name);
    const plan = packed(base, items);
    this.#lease = value(journal.write('createRun', { ...newRun(base, run, stages), flow: this.#flow }, plan));
  }

  items(): JournalItem[] {
    const items: JournalItem[] = [];
    for (let after: number | undefined; ;) {
      const page: Page<JournalItem> = value(
        this.#journal.read('items', this.#run, [], after === undefined ? {} : { after }),
      );
      items.push(...page.rows);
      if (page.next === undefined) return items;
      after = page.next;
    }
  }

  open(): JournalItem[] {
    return this.items().filter(({ state }) => state === 'queued');
  }

  end({ id, stage, key, place }: JournalItem, result: StageText | undefined): void {
    if (!result) {
      value(this.#journal.write('markEnded', this.#lease, { item: id, state: 'failed' }));
      return;
    }
    const record = recordAfter(this.#record(id), this.#flow.stages[stage]!.name, result);
    const drafts = follow(this.#flow, { stage, key, place, record }, namesOnly);
    const group = groupOf(this.#flow, stage, record, namesOnly);
    const usage = { input: 1, output: 1 };
    const followers = drafts.ok ? drafts.value : [];
    const kept = { item: id, ...result, model: 'm', usage, end: 'written', followers } as const;
    value(this.#journal.write('recordResult', this.#lease, { ...kept, ...(group === undefined ? {} : { group }) }));
  }

  /** The item of a row is made once more. */
  again(row: number): void {
    const item = this.items().find(({ stage, key }) => stage === 0 && key === `row${row}`)!;
    value(this.#journal.write('requeue', this.#lease, { items: [item.id], fresh: true }));
  }

  /** As `MemoryFlow.outcome`. */
  outcome(): string[] {
    return this.items()
      .map(({ id, stage, key, place, state }) =>
        [stage, place, key, id, state, JSON.stringify(this.#record(id), withoutMessages)].join(' '),
      )
      .sort();
  }

  #record(id: string): RecordData {
    return value(this.#journal.read('record', this.#run, id))!;
  }
}

/** Why something failed is not what is compared. */
function withoutMessages(name: string, value: unknown): unknown {
  return name === 'message' ? '' : value;
}

function newItem(draft: Draft, record: RecordData, first: number, position: number): NewItem {
  const { parent, state, ...rest } = draft;
  return {
    ...rest,
    position,
    root: first,
    prompt: { path: 'a.pipeline.yml', name: 'a', hash: '' },
    row: '',
    number: draft.index,
    messages: [],
    parameters: {},
    variables: record,
    ...(parent === undefined ? {} : { parent: first + parent }),
    ...(state === 'skipped' ? { isSkipped: true } : {}),
  };
}
