import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { Journal } from '../../../../src/storage/journal/journal.ts';
import { folderFile, journalPath } from '../../../../src/storage/journal/settings.ts';
import type { Page, PageRequest } from '../../../../src/storage/journal/records.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import {
  attempt,
  itemId,
  newItems,
  newRun,
  openJournal,
  packed,
  reason,
  result,
  settingsFor,
  startRun,
  value,
  written,
} from '../../../support/journal/support.ts';
import type { JournalOutcome } from '../../../../src/storage/journal/journalFailure.ts';

function readAllPages<Row>(read: (page: PageRequest) => JournalOutcome<Page<Row>>, limit?: number): Row[] {
  const rows: Row[] = [];
  for (let after: number | undefined; ;) {
    const page = value(read({ ...(after === undefined ? {} : { after }), ...(limit === undefined ? {} : { limit }) }));
    rows.push(...page.rows);
    if (page.next === undefined) return rows;
    after = page.next;
  }
}

describe('journal', () => {
  const folder = useScratchFolder();
  let journal: Journal;

  beforeEach(() => {
    journal = openJournal(folder());
  });
  afterEach(() => journal.close());

  it('lies in a folder that nobody else can look into, and says what it is of', () => {
    const { directory } = settingsFor(folder());
    assert.equal(statSync(directory).mode & 0o777, process.platform === 'win32' ? 0o666 : 0o700);
    assert.deepEqual(JSON.parse(readFileSync(join(directory, folderFile), 'utf8')), { folder: folder() });
    assert.deepEqual(
      readdirSync(directory)
        .filter((name) => !name.startsWith('journal.sqlite'))
        .sort(),
      [folderFile, 'journal.lock'],
    );
  });

  it('takes others out of a folder that they can look into', function () {
    if (process.platform === 'win32') this.skip();
    const { directory } = settingsFor(folder());
    journal.close();
    chmodSync(directory, 0o777);
    journal = openJournal(folder());
    assert.equal(statSync(directory).mode & 0o777, 0o700);
  });

  it('does not follow a link that somebody has put into its place', () => {
    const { directory } = settingsFor(folder());
    journal.close();
    renameSync(directory, join(folder(), 'theirs'));
    symlinkSync(join(folder(), 'theirs'), directory);
    assert.equal(reason(Journal.open(settingsFor(folder()))), 'not-yours');
    rmSync(directory);
    journal = openJournal(folder());
  });

  it('gives a run back to another process with all that its calls and files need', () => {
    startRun(journal, folder(), 7);
    journal.close();
    journal = openJournal(folder());
    const run = value(journal.read('run', 'run'));
    assert.equal(run.root, folder());
    assert.deepEqual([run.stages, run.options, run.services], [['generate'], newRun('').options, newRun('').services]);
    const items = readAllPages((page) => journal.read('items', 'run', [], page));
    assert.deepEqual(
      items,
      newItems(folder(), 7).map((item) => ({ ...item, state: 'queued', attempts: 0, usage: { input: 0, output: 0 } })),
    );
    assert.equal(items[0]?.messages, items[2]?.messages, 'items of one row share their messages');
  });

  it('stores each distinct content once', () => {
    startRun(journal, folder(), 30);
    const database = new DatabaseSync(journalPath(settingsFor(folder()).directory));
    // One prompt, and messages, variables and output of ten rows.
    assert.deepEqual({ ...database.prepare('SELECT count(*) AS contents FROM contents').get() }, { contents: 31 });
    database.close();
  });

  it('keeps what a row holds to the last character', () => {
    let runs = 0;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }), (texts) => {
        const id = `run ${runs++}`;
        const items = newItems(folder(), texts.length).map((item, place) => ({
          ...item,
          row: texts[place]!,
          model: texts[place]!,
          messages: [{ role: 'user' as const, content: texts[place]! }],
        }));
        const lease = value(journal.write('createRun', newRun(folder(), id), packed(folder(), items)));
        for (const [place, text] of texts.entries()) value(journal.write('recordResult', lease, result(place, text)));
        const read = value(journal.read('items', id)).rows;
        assert.deepEqual(
          read.map(({ row, model, messages }) => [row, model, messages[0]?.content]),
          texts.map((text) => [text, text, text]),
        );
        assert.deepEqual(
          value(journal.read('unwrittenResults', id)).rows.map(({ text }) => text),
          texts,
        );
      }),
      { numRuns: 30 },
    );
  });

  it('reads in the order of the plan whatever order things finished in, on pages of any length', () => {
    const lease = startRun(journal, folder(), 20);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 20 }, (_, place) => place),
          { minLength: 20 },
        ),
        fc.integer({ min: 1, max: 25 }),
        (order, limit) => {
          journal.writeAll(order.map((position) => ({ name: 'recordResult', args: [lease, result(position)] })));
          const positions = Array.from({ length: 20 }, (_, place) => place);
          assert.deepEqual(
            readAllPages((page) => journal.read('items', 'run', [], page), limit).map(({ position }) => position),
            positions,
          );
          assert.deepEqual(
            readAllPages((page) => journal.read('unwrittenResults', 'run', page), limit).map(({ position, text }) => [
              position,
              text,
            ]),
            positions.map((position) => [position, `text ${position}`]),
          );
        },
      ),
      { numRuns: 20 },
    );
  });

  it('ends a page early where texts are long', () => {
    const lease = startRun(journal, folder(), 4);
    for (let position = 0; position < 4; position++)
      value(journal.write('recordResult', lease, result(position, 'x'.repeat(200_000))));
    assert.equal(value(journal.read('unwrittenResults', 'run')).rows.length, 2);
    assert.equal(readAllPages((page) => journal.read('unwrittenResults', 'run', page)).length, 4);
  });

  it('tells what an item has cost, how it ended, and where its file is', () => {
    const lease = startRun(journal, folder(), 3);
    value(
      journal.write(
        'recordAttempt',
        lease,
        attempt(0, { outcome: 'rate-limited', message: 'Wait.', retryInMs: 5, startedAt: 1 }),
      ),
    );
    value(journal.write('recordAttempt', lease, attempt(0, { attempt: 2, startedAt: 2 })));
    value(journal.write('recordResult', lease, result(0)));
    value(journal.write('markWritten', lease, written(folder(), 0)));
    const failure = { reason: 'server-error', message: 'It broke.', stage: 'generate' } as const;
    value(journal.write('markEnded', lease, { item: itemId(1), state: 'failed', failure }));
    const [first, second, third] = value(journal.read('itemOverviews', 'run')).rows;
    assert.deepEqual(
      [first?.state, first?.attempts, first?.usage, first?.startedAt],
      ['written', 2, { input: 20, output: 40 }, 1],
    );
    assert.equal(first?.file, join(folder(), 'candidates', '0.md'));
    assert.deepEqual([second?.state, second?.failure, third?.state], ['failed', failure, 'queued']);
    assert.deepEqual(
      value(journal.read('items', 'run', ['queued'])).rows.map(({ position }) => position),
      [2],
    );
    assert.deepEqual(value(journal.read('lastWritten', join(folder(), 'candidates', '0.md'))), {
      contentHash: 'hash 0',
      run: 'run',
      item: itemId(0),
    });
    assert.equal(value(journal.read('lastWritten', join(folder(), 'candidates', '1.md'))), undefined);
    const [run] = value(journal.read('listRuns')).rows;
    assert.deepEqual(run?.counts, { queued: 1, written: 1, failed: 1, cancelled: 0, skipped: 0 });
  });

  it('finds items by their ids, in the order of the ids', () => {
    const lease = startRun(journal, folder(), 5);
    value(journal.write('recordAttempt', lease, attempt(3)));
    const all = value(journal.read('items', 'run')).rows;
    assert.deepEqual(value(journal.read('itemsById', 'run', [itemId(3), 'other', itemId(0)])), [all[3], all[0]]);
    assert.equal(reason(journal.read('itemsById', 'other', [])), 'no-run');
  });

  it('knows every file that it wrote for an item, newest first', () => {
    let now = 1000;
    journal.close();
    journal = openJournal(folder(), {}, { epoch: () => now, monotonic: () => now });
    const file = (name: string) => join(folder(), 'candidates', name);
    for (const run of ['first', 'second']) {
      const lease = startRun(journal, folder(), 2, newRun(folder(), run));
      value(
        journal.write('markWritten', lease, { item: itemId(0), path: file(`${run}.md`), contentHash: `hash ${run}` }),
      );
      now++;
    }
    assert.deepEqual(value(journal.read('filesOf', [itemId(1), itemId(0), 'other'])), [
      [],
      [
        { path: file('second.md'), contentHash: 'hash second', run: 'second', item: itemId(0) },
        { path: file('first.md'), contentHash: 'hash first', run: 'first', item: itemId(0) },
      ],
      [],
    ]);
  });

  it('knows the last number that a run has given out in each series', () => {
    const items = newItems(folder(), 5).map((item, place) => ({ ...item, number: 10 - place }));
    value(journal.write('createRun', newRun(folder()), packed(folder(), items)));
    const numbers = value(journal.read('lastNumbers', 'run')).map(({ output, number }) => [
      output.folder,
      output.series,
      number,
    ]);
    const prompts = join(folder(), 'prompts');
    assert.deepEqual(numbers.sort(), [
      [prompts, 'candidates/0/*.md', 10],
      [prompts, 'candidates/1/*.md', 7],
    ]);
  });

  it('knows its candidates after the workspace was moved', () => {
    const lease = startRun(journal, folder(), 1);
    value(journal.write('markWritten', lease, written(folder(), 0)));
    journal.close();
    journal = openJournal(folder(), { base: '/elsewhere' });
    assert.equal(value(journal.read('items', 'run')).rows[0]?.file, join('/elsewhere', 'candidates', '0.md'));
    assert.equal(value(journal.read('items', 'run')).rows[0]?.output?.folder, join('/elsewhere', 'prompts'));
    assert.ok(value(journal.read('lastWritten', join('/elsewhere', 'candidates', '0.md'))));
  });

  it('offers what is complete and not written', () => {
    const lease = startRun(journal, folder(), 4);
    for (const position of [0, 3]) value(journal.write('recordResult', lease, result(position)));
    value(journal.write('markWritten', lease, written(folder(), 3)));
    assert.deepEqual(
      value(journal.read('unwrittenResults', 'run')).rows.map(({ text }) => text),
      ['text 0'],
    );
    const single = Array.from(
      { length: 4 },
      (_, position) => value(journal.read('unwrittenResult', 'run', itemId(position)))?.text,
    );
    assert.deepEqual(single, ['text 0', undefined, undefined, undefined]);
    assert.equal(value(journal.read('run', 'run')).unwritten, 1);
  });

  it('starts failed items again at their checkpoint, and one item from the beginning', () => {
    const lease = startRun(journal, folder(), 3);
    for (let position = 0; position < 3; position++) value(journal.write('recordResult', lease, result(position)));
    const failure = { reason: 'write-failed', message: 'The disk is full.', stage: 'generate' } as const;
    value(journal.write('markEnded', lease, { item: itemId(0), state: 'failed', failure }));
    value(journal.write('markWritten', lease, written(folder(), 1)));
    value(journal.write('markEnded', lease, { item: itemId(2), state: 'cancelled' }));
    value(journal.write('finishRun', lease, { summary: null, metrics: [] }));
    assert.equal(value(journal.read('listRuns', { unfinished: true })).rows.length, 0);
    assert.deepEqual(
      value(journal.read('unwrittenResults', 'run')).rows.map(({ position }) => position),
      [0],
      'it was paid for',
    );
    const again = value(journal.write('acquire', 'run'));
    assert.equal(again.fence, 2);
    assert.equal(value(journal.write('requeue', again, { states: ['failed'], fresh: false })), 1);
    assert.equal(value(journal.write('requeue', again, { items: [itemId(1)], fresh: true })), 1);
    assert.deepEqual(
      value(journal.read('items', 'run', ['queued'])).rows.map(({ position }) => position),
      [0, 1],
    );
    assert.deepEqual(
      value(journal.read('unwrittenResults', 'run')).rows.map(({ position }) => position),
      [0],
    );
    assert.equal(value(journal.read('listRuns', { unfinished: true })).rows.length, 1);
  });

  it('begins a written item afresh: without its text and what that has cost, and knowing its file', () => {
    const lease = startRun(journal, folder(), 1);
    value(journal.write('recordAttempt', lease, attempt(0)));
    value(journal.write('recordResult', lease, result(0)));
    value(journal.write('markWritten', lease, written(folder(), 0)));
    assert.equal(value(journal.write('requeue', lease, { items: [itemId(0)], fresh: true })), 1);
    const [queued] = value(journal.read('itemOverviews', 'run')).rows;
    assert.deepEqual(
      [queued?.state, queued?.attempts, queued?.startedAt, queued?.file],
      ['queued', 0, undefined, undefined],
    );
    assert.equal(value(journal.read('run', 'run')).unwritten, 0);
    assert.ok(value(journal.read('lastWritten', written(folder(), 0).path)), 'its file is not to be overwritten');
    value(journal.write('recordAttempt', lease, attempt(0, { startedAt: 7 })));
    value(journal.write('recordResult', lease, result(0, 'another')));
    const [again] = value(journal.read('itemsById', 'run', [itemId(0)]));
    assert.deepEqual([again?.attempts, again?.usage, again?.startedAt], [1, { input: 10, output: 20 }, 7]);
    assert.deepEqual(
      value(journal.read('unwrittenResults', 'run')).rows.map(({ text }) => text),
      ['another'],
    );
  });

  it('keeps to the text that was written when another one comes late', () => {
    const lease = startRun(journal, folder(), 1);
    value(journal.write('recordResult', lease, result(0, 'first')));
    value(journal.write('markWritten', lease, written(folder(), 0)));
    value(journal.write('recordResult', lease, { ...result(0, 'late'), cacheKey: 'key' }));
    assert.equal(value(journal.read('itemOverviews', 'run')).rows[0]?.state, 'written');
    assert.deepEqual(value(journal.read('cached', ['key'])), [undefined]);
    value(journal.write('requeue', lease, { fresh: false }));
    assert.deepEqual(
      value(journal.read('unwrittenResults', 'run')).rows.map(({ text }) => text),
      ['first'],
    );
  });

  it('knows the file of a candidate that was there already, and whose it is', () => {
    const first = startRun(journal, folder(), 1);
    value(journal.write('markWritten', first, written(folder(), 0)));
    const { path } = written(folder(), 0);
    const second = startRun(journal, folder(), 1, newRun(folder(), 'second'));
    value(journal.write('markEnded', second, { item: itemId(0), state: 'skipped', file: path }));
    assert.equal(value(journal.read('itemOverviews', 'second')).rows[0]?.file, path);
    assert.equal(value(journal.read('lastWritten', path))?.run, 'run');
  });

  it('lists a run as unfinished until nothing in it waits', () => {
    const unfinished = () => value(journal.read('listRuns', { unfinished: true })).rows.map(({ id }) => id);
    const lease = startRun(journal, folder(), 2);
    value(journal.write('markEnded', lease, { item: itemId(0), state: 'cancelled' }));
    value(journal.write('release', lease));
    assert.deepEqual(unfinished(), ['run']);
    const again = value(journal.write('acquire', 'run'));
    value(journal.write('finishRun', again, { summary: null, metrics: [] }));
    assert.deepEqual(unfinished(), ['run'], 'an item is still queued');
    const last = value(journal.write('acquire', 'run'));
    value(journal.write('markEnded', last, { item: itemId(1), state: 'cancelled' }));
    value(journal.write('finishRun', last, { summary: null, metrics: [] }));
    assert.deepEqual(unfinished(), []);
  });

  it('minds no clock that is set back', () => {
    let now = 1_700_000_000_000;
    journal.close();
    journal = openJournal(folder(), {}, { epoch: () => now, monotonic: () => performance.now() });
    const lease = startRun(journal, folder(), 2);
    value(journal.write('recordResult', lease, { ...result(0), cacheKey: 'key' }));
    value(journal.write('markWritten', lease, written(folder(), 0)));
    now -= 1e12;
    value(journal.write('recordAttempt', lease, attempt(1, { startedAt: now })));
    value(journal.write('recordResult', lease, { ...result(1), cacheKey: 'other' }));
    value(journal.write('markWritten', lease, { ...written(folder(), 1), item: itemId(0) }));
    value(journal.write('markWritten', lease, written(folder(), 1)));
    value(journal.write('finishRun', lease, { summary: null, metrics: [] }));
    assert.deepEqual(
      value(journal.read('cached', ['key', 'other'])).map((cached) => cached?.text),
      ['text 0', 'text 1'],
    );
    assert.deepEqual(
      value(journal.read('manifestEntries', [written(folder(), 1).path])).map(({ item }) => item),
      [itemId(1)],
    );
    startRun(journal, folder(), 1, newRun(folder(), 'later'));
    const listed = value(journal.read('listRuns')).rows;
    assert.deepEqual(
      listed.map(({ id }) => id),
      ['later', 'run'],
    );
    for (const { startedAt, finishedAt = startedAt } of listed)
      assert.ok(finishedAt >= startedAt, 'no run ends before it starts');
    const steps = journal.deleteOld({ finishedBefore: now, textsBefore: now });
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    assert.equal(value(step.value), 0);
  });

  it('keeps summary and metrics of a run that ended', () => {
    const lease = startRun(journal, folder(), 1);
    const metrics = {
      service: 'demo',
      configuredConcurrency: 'auto' as const,
      meanConcurrency: 4.5,
      peakConcurrency: 9,
      durationMs: 1234.5,
      averageItemMs: 300.25,
      attempts: 12,
      rateLimited: 1,
      breakerTrips: 0,
      cacheHits: 3,
      cacheMisses: 9,
      usage: { input: 5, output: 6 },
    };
    value(
      journal.write('finishRun', lease, {
        summary: { perMinute: 60 },
        metrics: [metrics, { ...metrics, service: 'b', configuredConcurrency: 8 }],
      }),
    );
    const run = value(journal.read('run', 'run'));
    assert.deepEqual(run.metrics, [{ ...metrics, service: 'b', configuredConcurrency: 8 }, metrics]);
    assert.deepEqual(run.summary, { perMinute: 60 });
    assert.ok(run.finishedAt);
    assert.equal(run.owner, undefined);
  });

  it('lists runs newest first', () => {
    for (const id of ['a', 'b', 'c']) startRun(journal, folder(), 1, newRun(folder(), id));
    assert.deepEqual(
      readAllPages((page) => journal.read('listRuns', {}, page), 2).map(({ id }) => id),
      ['c', 'b', 'a'],
    );
  });

  it('says what it does not know', () => {
    const lease = startRun(journal, folder(), 1);
    assert.equal(reason(journal.read('run', 'other')), 'no-run');
    assert.equal(reason(journal.read('items', 'other')), 'no-run');
    assert.equal(reason(journal.write('acquire', 'other')), 'no-run');
    assert.equal(reason(journal.write('recordResult', lease, result(5))), 'no-item');
    assert.equal(reason(journal.write('recordResult', { run: 'other', fence: 1 }, result(0))), 'no-run');
  });

  it('lets a write that is impossible fail alone in its batch', () => {
    const lease = startRun(journal, folder(), 2);
    const outcomes = journal.writeAll([
      { name: 'recordResult', args: [lease, result(0)] },
      { name: 'createRun', args: [newRun(folder()), packed(folder(), [])] },
      { name: 'recordResult', args: [lease, result(1)] },
    ]);
    assert.deepEqual(
      outcomes.map(({ ok }) => ok),
      [true, false, true],
    );
    assert.equal(reason(outcomes[1]!), 'internal');
    assert.equal(value(journal.read('unwrittenResults', 'run')).rows.length, 2);
  });

  it('forgets a discarded run and remembers its files', () => {
    const lease = startRun(journal, folder(), 2);
    value(journal.write('recordResult', lease, result(0)));
    value(journal.write('markWritten', lease, written(folder(), 0)));
    value(journal.write('discardRun', lease));
    assert.equal(value(journal.read('listRuns')).rows.length, 0);
    assert.equal(reason(journal.write('recordResult', lease, result(1))), 'no-run');
    assert.ok(value(journal.read('lastWritten', written(folder(), 0).path)));
  });

  it('takes any number for a count of tokens', () => {
    const lease = startRun(journal, folder(), 1);
    value(journal.write('recordResult', lease, { ...result(0), usage: { input: 1.4, output: Number.NaN } }));
    assert.deepEqual(value(journal.read('unwrittenResults', 'run')).rows[0]?.usage, { input: 1, output: 0 });
  });
});

describe('retention', () => {
  const folder = useScratchFolder();

  it('forgets finished runs and written texts, and never what is unfinished or waits for its file', () => {
    let now = 1_000_000;
    const journal = openJournal(folder(), {}, { epoch: () => now, monotonic: () => now });
    const forget = (before: number): number => {
      const steps = journal.deleteOld({ finishedBefore: before, textsBefore: before });
      for (;;) {
        const step = steps.next();
        if (step.done === true) return value(step.value);
      }
    };
    const finish = (id: string): void => {
      const lease = startRun(journal, folder(), 1, newRun(folder(), id));
      value(journal.write('recordResult', lease, result(0)));
      value(journal.write('markWritten', lease, written(folder(), 0)));
      value(journal.write('finishRun', lease, { summary: null, metrics: [] }));
    };
    finish('old');
    const unfinished = startRun(journal, folder(), 2, newRun(folder(), 'unfinished'));
    value(journal.write('recordResult', unfinished, result(0)));
    value(journal.write('recordResult', unfinished, result(1)));
    value(journal.write('markWritten', unfinished, written(folder(), 1)));
    now += 1000;
    finish('young');
    assert.equal(forget(now), 1);
    assert.deepEqual(
      value(journal.read('listRuns')).rows.map(({ id }) => id),
      ['young', 'unfinished'],
    );
    assert.deepEqual(
      value(journal.read('unwrittenResults', 'unfinished')).rows.map(({ position }) => position),
      [0],
    );
    value(journal.write('requeue', unfinished, { items: [itemId(1)], fresh: false }));
    assert.deepEqual(
      value(journal.read('unwrittenResults', 'unfinished')).rows.map(({ position }) => position),
      [0],
      'a text that is gone is not offered',
    );
    journal.close();
  });
});
