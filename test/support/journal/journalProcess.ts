/**
 * A process with a journal of its own, for tests: `node journalProcess.ts <folder> <task> [run]`. Prints a line for
 * everything that was acknowledged, at once.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { JournalClient } from '../../../src/storage/journal/journalClient.ts';
import { candidate, leaseLifeMs, newItems, newRun, result, settingsFor, workerScript } from './support.ts';
import type { JournalOutcome } from '../../../src/storage/journal/journalFailure.ts';

const [base = '', task = '', run = 'run'] = process.argv.slice(2);

function say(line: unknown): void {
  const text = `${typeof line === 'string' ? line : JSON.stringify(line)}\n`;
  for (;;) {
    try {
      writeSync(1, text);
      return;
    } catch (error) {
      // Whoever reads is behind.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

function described(outcome: JournalOutcome<unknown>): string {
  return outcome.ok ? 'ok' : outcome.failure.reason;
}

const opened = await JournalClient.open({
  ...settingsFor(base, { leaseLifeMs, busyMs: 5000 }),
  worker: workerScript,
  onLost: (lost) => say(`lost ${lost}`),
});
if (!opened.ok) {
  say(opened.failure);
  process.exit(1);
}
const journal = opened.value;

switch (task) {
  /** Writes results without end, ten at a time, and says which were acknowledged. */
  case 'write': {
    const count = 5000;
    const created = await journal.createRun(newRun(base, run), newItems(base, count));
    if (!created.ok) throw new Error(created.failure.message);
    say('created');
    for (let position = 0; position < count; position += 10) {
      const places = Array.from({ length: 10 }, (_, place) => position + place);
      const outcomes = await Promise.all(places.map((place) => journal.recordResult(created.value, result(place))));
      for (const [place, outcome] of outcomes.entries()) say(outcome.ok ? `${position + place}` : described(outcome));
    }
    await journal.close();
    break;
  }
  /** Owns a run and writes a result for every line that it reads. */
  case 'own': {
    const created = await journal.createRun(newRun(base, run), newItems(base, 100));
    if (!created.ok) throw new Error(created.failure.message);
    say('created');
    let position = 0;
    for await (const line of createInterface({ input: process.stdin })) {
      if (line === 'end') break;
      say(described(await journal.recordResult(created.value, result(position++))));
    }
    await journal.close();
    break;
  }
  /** Writes candidates of one folder, and ends the run when it reads a line. */
  case 'candidates': {
    const count = 100;
    const created = await journal.createRun(newRun(base, run), newItems(base, count));
    if (!created.ok) throw new Error(created.failure.message);
    const lease = created.value;
    const places = Array.from({ length: count }, (_, place) => place);
    for (const position of places) void journal.recordResult(lease, result(position));
    await Promise.all(
      places.map((position) => journal.markWritten(lease, candidate(base, `${run}-${position}.md`, position))),
    );
    say('written');
    for await (const _line of createInterface({ input: process.stdin })) break;
    say(described(await journal.finishRun(lease, { summary: null, metrics: [] })));
    await journal.close();
    break;
  }
  /** Fills the disk. */
  case 'fill': {
    const created = await journal.createRun(newRun(base, run), newItems(base, 1000));
    if (!created.ok) {
      say(created.failure);
      await journal.close();
      break;
    }
    for (let position = 0; position < 1000; position++) {
      const outcome = await journal.recordResult(created.value, result(position, 'x'.repeat(20_000)));
      if (!outcome.ok) {
        say(outcome.failure);
        break;
      }
      say(`${position}`);
    }
    await journal.close();
    break;
  }
  default:
    say(`There is no task "${task}".`);
}
