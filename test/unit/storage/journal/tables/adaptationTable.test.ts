import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { journalPath } from '../../../../../src/storage/journal/settings.ts';
import { useScratchFolder } from '../../../../support/scratch.ts';
import { openJournal, result, settingsFor, startRun, value, written } from '../../../../support/journal/support.ts';

const endpoint = 'openai https://api.example.org/v1';
const learnedAt = 1_800_000_000_000;
const rename = { parameter: 'max_tokens', name: 'max_completion_tokens', learnedAt };
const lowered = { parameter: 'max_completion_tokens', name: 'max_completion_tokens', atMost: 8192, learnedAt };
const left = { parameter: 'temperature', name: undefined, learnedAt: learnedAt + 1 };

describe('what is kept of the parameters of models', () => {
  const folder = useScratchFolder();

  const databaseOf = (): DatabaseSync => new DatabaseSync(journalPath(settingsFor(folder()).directory));

  it('is there for the next who opens the journal, by endpoint and model', () => {
    const journal = openJournal(folder());
    value(journal.write('keepAdaptations', endpoint, 'm', [rename, lowered, left]));
    value(journal.write('keepAdaptations', endpoint, 'other', [left]));
    value(journal.write('keepAdaptations', 'elsewhere', 'm', [left]));
    journal.close();
    const later = openJournal(folder());
    assert.deepEqual(value(later.read('adaptations', endpoint)), [
      { model: 'm', ...lowered },
      { model: 'm', ...rename },
      { model: 'm', ...left },
      { model: 'other', ...left },
    ]);
    assert.deepEqual(value(later.read('adaptations', 'nowhere')), []);
    value(later.write('keepAdaptations', endpoint, 'm', [left]));
    value(later.write('keepAdaptations', endpoint, 'other', []));
    assert.deepEqual(value(later.read('adaptations', endpoint)), [{ model: 'm', ...left }]);
    later.close();
  });

  it('is bounded: the oldest go', () => {
    const journal = openJournal(folder());
    for (let model = 0; model < 2100; model += 30) {
      const many = Array.from({ length: 30 }, (_, place) => ({
        parameter: `p${place}`,
        name: undefined,
        learnedAt: learnedAt + model + place,
      }));
      value(journal.write('keepAdaptations', endpoint, `m${model}`, many));
    }
    const kept = value(journal.read('adaptations', endpoint));
    assert.ok(kept.length >= 2000 && kept.length <= 2001, String(kept.length));
    assert.ok(kept.every((each) => each.learnedAt >= learnedAt + 98));
    journal.close();
  });

  it('counts as absent where it is damaged', () => {
    const journal = openJournal(folder());
    value(journal.write('keepAdaptations', endpoint, 'm', [rename, lowered, left]));
    journal.close();
    const database = databaseOf();
    database.exec(`UPDATE adaptations SET name = 'other' WHERE parameter = 'max_tokens'`);
    database.exec('UPDATE adaptations SET at_most = 9 WHERE at_most IS NOT NULL');
    database.close();
    const later = openJournal(folder());
    assert.deepEqual(value(later.read('adaptations', endpoint)), [{ model: 'm', ...left }]);
    later.close();
  });

  it('goes along when runs are adopted, and with the runs how their items were sent', () => {
    const adapted = {
      sent: { max_completion_tokens: 9 },
      renamed: { max_tokens: 'max_completion_tokens' },
      leftOut: [],
    };
    const from = openJournal(folder());
    value(from.write('keepAdaptations', endpoint, 'm', [rename, lowered]));
    const lease = startRun(from, folder(), 1);
    value(from.write('recordResult', lease, { ...result(0), adapted }));
    value(from.write('markWritten', lease, written(folder(), 0)));
    from.close();
    const into = openJournal(folder(), { directory: join(folder(), 'other') });
    assert.equal(value(into.adopt(journalPath(settingsFor(folder()).directory))), 1);
    assert.deepEqual(value(into.read('adaptations', endpoint)), [
      { model: 'm', ...lowered },
      { model: 'm', ...rename },
    ]);
    const [entry] = value(into.read('manifestEntries', [written(folder(), 0).path]));
    assert.deepEqual([entry?.sent, entry?.leftOut], [adapted.sent, []]);
    into.close();
  });

  it('tells in the manifest and in lists which texts were cut', () => {
    const journal = openJournal(folder());
    const lease = startRun(journal, folder(), 3);
    // What a parameter says is not taken for the mark.
    const adapted = { sent: { stop: '"cut":true' }, renamed: {}, leftOut: [] };
    value(journal.write('recordResult', lease, { ...result(0), cut: true }));
    value(journal.write('recordResult', lease, { ...result(1), adapted }));
    value(journal.write('recordResult', lease, { ...result(2), adapted, cut: true }));
    const files = [0, 1, 2].map((place) => written(folder(), place));
    for (const file of files) value(journal.write('markWritten', lease, file));
    const paths = files.map(({ path }) => path);
    const finishes = value(journal.read('manifestEntries', paths)).map(({ finish }) => finish);
    assert.deepEqual(finishes, ['length', undefined, 'length']);
    const { rows } = value(journal.read('itemOverviews', 'run'));
    assert.deepEqual(
      rows.map(({ cut }) => cut),
      [true, undefined, true],
    );
    journal.close();
  });

  it('tells in the manifest how an item was sent, until it is made anew', () => {
    const journal = openJournal(folder());
    const lease = startRun(journal, folder(), 2);
    const adapted = { sent: { seed: 1 }, renamed: {}, leftOut: ['temperature'] };
    value(journal.write('recordResult', lease, { ...result(0), adapted }));
    value(journal.write('recordResult', lease, result(1)));
    const files = [0, 1].map((place) => written(folder(), place));
    for (const file of files) value(journal.write('markWritten', lease, file));
    const entries = () =>
      value(
        journal.read(
          'manifestEntries',
          files.map(({ path }) => path),
        ),
      );
    assert.deepEqual(
      entries().map(({ sent, leftOut }) => ({ sent, leftOut })),
      [
        { sent: { seed: 1 }, leftOut: ['temperature'] },
        { sent: undefined, leftOut: undefined },
      ],
    );
    value(journal.write('requeue', lease, { items: [result(0).item], fresh: true }));
    value(journal.write('recordResult', lease, result(0)));
    value(journal.write('markWritten', lease, files[0]!));
    assert.deepEqual(
      entries().map(({ leftOut }) => leftOut),
      [undefined, undefined],
    );
    journal.close();
  });
});
