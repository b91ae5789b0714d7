import FakeTimers from '@sinonjs/fake-timers';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { JournalOutcome } from '../../../../src/storage/journal/journalFailure.ts';
import type { FromWorker, ToWorker } from '../../../../src/storage/journal/journalProtocol.ts';
import type { WriteCall } from '../../../../src/storage/journal/calls.ts';
import { JournalThread } from '../../../../src/storage/journal/journalWorker.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import {
  attempt,
  openJournal,
  reason,
  result,
  settingsFor,
  startRun,
  value,
} from '../../../support/journal/support.ts';

type Answers = ReadonlyMap<number, JournalOutcome<unknown>>;

describe('journal worker', () => {
  const folder = useScratchFolder();
  const ports: MessagePort[] = [];
  const stop: (() => void)[] = [];
  afterEach(() => {
    for (const port of ports.splice(0)) port.close();
    for (const each of stop.splice(0)) each();
  });

  /** What two results come to that share a transaction, by the ids of their calls, with a journal that was tampered with. */
  async function answersTo(
    tamper: (outcomes: readonly JournalOutcome<unknown>[]) => JournalOutcome<unknown>[],
  ): Promise<Answers> {
    const journal = openJournal(folder());
    const lease = startRun(journal, folder(), 2);
    const writeAll = journal.writeAll.bind(journal);
    journal.writeAll = (calls) => tamper(writeAll(calls));
    const { port1, port2 } = new MessageChannel();
    ports.push(port1);
    new JournalThread(journal, port2, { ...settingsFor(folder()), manifests: 'report' });
    const send = (message: ToWorker): void => port1.postMessage(message);
    const answers = new Map<number, JournalOutcome<unknown>>();
    send({
      type: 'calls',
      calls: [0, 1].map((id) => ({
        id,
        call: { kind: 'write', call: { name: 'recordResult', args: [lease, result(id)] } },
      })),
    });
    await new Promise<void>((resolve) => {
      port1.on('message', (message: FromWorker) => {
        if (message.type === 'settled') for (const { id, outcome } of message.outcomes) answers.set(id, outcome);
        if (answers.size === 2) resolve();
      });
    });
    send({ type: 'calls', calls: [{ id: 2, call: { kind: 'long', call: { name: 'close' } } }] });
    await once(port1, 'close');
    return answers;
  }

  it('answers each call with what became of it', async () => {
    const answers = await answersTo(([first, second]) => [first!, second!]);
    assert.deepEqual(
      [0, 1].map((id) => value(answers.get(id)!)),
      [[], []],
    );
  });

  it('commits a result at once, with what waits for company, however long the disk takes', async () => {
    const journal = openJournal(folder());
    const lease = startRun(journal, folder(), 3);
    const writeAll = journal.writeAll.bind(journal);
    const batches: string[][] = [];
    journal.writeAll = (calls) => {
      batches.push(calls.map(({ name }) => name));
      // A slow disk.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
      return writeAll(calls);
    };
    const { port1, port2 } = new MessageChannel();
    ports.push(port1);
    new JournalThread(journal, port2, { ...settingsFor(folder()), manifests: 'report' });
    let last = 0;
    const settled = new Map<number, () => void>();
    port1.on('message', (message: FromWorker) => {
      if (message.type === 'settled') for (const { id } of message.outcomes) settled.get(id)?.();
    });
    const call = (write: WriteCall): Promise<void> => {
      const id = ++last;
      port1.postMessage({ type: 'calls', calls: [{ id, call: { kind: 'write', call: write } }] } satisfies ToWorker);
      return new Promise((resolve) => settled.set(id, resolve));
    };
    const note = (): Promise<void> => call({ name: 'recordAttempt', args: [lease, attempt(0)] });
    await note();
    // No timer comes to an end.
    const clock = FakeTimers.install({ toFake: ['setTimeout'] });
    stop.push(() => clock.uninstall());
    await Promise.all([note(), call({ name: 'recordResult', args: [lease, result(0)] })]);
    assert.deepEqual(batches, [['recordAttempt'], ['recordAttempt', 'recordResult']]);
    for (const each of stop.splice(0)) each();
    port1.postMessage({ type: 'calls', calls: [{ id: ++last, call: { kind: 'long', call: { name: 'close' } } }] });
    await once(port1, 'close');
  });

  for (const [what, tamper] of [
    ['fewer', (outcomes: readonly JournalOutcome<unknown>[]) => outcomes.slice(1)],
    ['none', () => []],
    ['more', (outcomes: readonly JournalOutcome<unknown>[]) => [...outcomes, ...outcomes]],
  ] as const) {
    it(`takes no call for done when it has ${what} of their outcomes`, async () => {
      const answers = await answersTo(tamper);
      assert.deepEqual(
        [0, 1].map((id) => reason(answers.get(id)!)),
        ['internal', 'internal'],
      );
    });
  }
});
