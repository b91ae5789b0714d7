import assert from 'node:assert/strict';
import type { Clock } from '../../../src/base/clock.ts';
import { emptyCounts, type ItemState } from '../../../src/model/item.ts';
import type { AttemptSnapshot, ItemSnapshot, RunSnapshot } from '../../../src/model/run.ts';
import { EventStream } from '../../../src/runs/board/eventStream.ts';
import { mayDraw, Progress } from '../../../src/terminal/progress.ts';
import { SmallTerminal } from '../../support/smallTerminal.ts';

/** Time that goes on when it is told to. */
class HandClock implements Clock {
  #now = 0;
  #due: { readonly at: number; readonly action: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, action: () => void): () => void {
    const timer = { at: this.#now + delayMs, action };
    this.#due.push(timer);
    return () => (this.#due = this.#due.filter((each) => each !== timer));
  }

  get pending(): number {
    return this.#due.length;
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#due = this.#due.filter((each) => each !== next);
      this.#now = next.at;
      next.action();
    }
    this.#now = end;
  }
}

const run: RunSnapshot = {
  id: 'r',
  label: 'words.pipeline.yml',
  state: 'running',
  total: 4,
  counts: { ...emptyCounts(), queued: 4 },
  startedAt: 0,
  perMinute: 0,
};

function item(id: string, stageIndex: number, state: ItemState): ItemSnapshot {
  return {
    ...{ run: 'r', id, position: 0, prompt: 'words.pipeline.yml', promptName: 'words', row: id, model: 'm', index: 1 },
    ...{ state, stage: ['found', 'card'][stageIndex] ?? '', stageIndex, stageCount: 2, progress: 0, attempts: 0 },
    priority: 5,
  };
}

const refused: AttemptSnapshot = {
  ...{ run: 'r', item: 'a', label: 'found, tea', stage: 'found', service: 'web', model: 'request', attempt: 1 },
  ...{ durationMs: 10, queueWaitMs: 0, outcome: 'server-error', message: 'It is down.' },
};

describe('progress in a terminal', () => {
  let terminal: SmallTerminal;
  let clock: HandClock;
  let events: EventStream;

  beforeEach(() => {
    terminal = new SmallTerminal(80, 24);
    clock = new HandClock();
    events = new EventStream(assert.ifError);
  });

  function progress(env: NodeJS.ProcessEnv = {}): Progress {
    return new Progress(events, terminal as unknown as NodeJS.WriteStream, env, clock);
  }

  it('is a table of the stages that changes in place, those to come among them', () => {
    progress().expect([{ name: 'found' }, { name: 'card', queue: 10 }]);
    events.emit({ type: 'runStarted', run, items: [item('a', 0, 'queued'), item('b', 0, 'queued')] });
    assert.deepEqual(terminal.lines, [
      'words.pipeline.yml · 0 of 4',
      '  stage  waiting  running  done  failed  per min  queue',
      '▸ found        2        0     0       0        0         the others wait for it',
      '  card         0        0     0       0        0   0/10',
    ]);
    events.emit({ type: 'itemChanged', item: item('a', 0, 'running') });
    events.emit({ type: 'itemChanged', item: item('a', 0, 'written') });
    events.emit({ type: 'itemChanged', item: item('a2', 1, 'queued') });
    events.emit({ type: 'attemptFinished', attempt: refused });
    clock.advance(30_000);
    assert.deepEqual(terminal.lines.slice(2), [
      '▸ found        1        0     1       0      2.1         the others wait for it',
      '  card         1        0     0       0        0   1/10',
      'What failed last:',
      '  found, tea: server-error in 0.01 s, web/request. It is down.',
    ]);
  });

  it('is drawn no more than four times a second, however much goes on', () => {
    progress();
    events.emit({ type: 'runStarted', run, items: [] });
    const before = terminal.writes;
    for (let at = 0; at < 1_000; at += 1) {
      events.emit({ type: 'itemChanged', item: item(`i${at}`, 0, 'queued') });
      clock.advance(1);
    }
    assert.ok(terminal.writes - before <= 4, `${terminal.writes - before} times`);
    assert.ok(terminal.writes - before >= 3);
  });

  it('keeps what is said above it, and the last picture as a summary', () => {
    const shown = progress({ NO_COLOR: '1' });
    events.emit({ type: 'runStarted', run, items: [item('a', 0, 'queued')] });
    shown.print('Stopping: what is in flight may finish.');
    events.emit({ type: 'itemChanged', item: item('a', 0, 'written') });
    shown.dispose();
    assert.deepEqual(terminal.lines, [
      'Stopping: what is in flight may finish.',
      'words.pipeline.yml · 0 of 4',
      '  stage  waiting  running  done  failed  per min',
      '  found        0        0     1       0       60',
    ]);
    assert.equal(clock.pending, 0);
    shown.print('More.');
    assert.equal(terminal.lines.at(-1), 'More.');
  });

  it('counts what a stop has left undone as waiting', () => {
    progress();
    events.emit({ type: 'runStarted', run, items: [item('a', 0, 'running'), item('b', 0, 'queued')] });
    events.emit({ type: 'runChanged', run: { ...run, state: 'stopping', counts: { ...emptyCounts(), cancelled: 1 } } });
    events.emit({ type: 'itemChanged', item: item('b', 0, 'cancelled') });
    clock.advance(250);
    assert.equal(terminal.lines[0], 'words.pipeline.yml · 0 of 4 · Stopping');
    assert.equal(terminal.lines[2], '  found        1        1     0       0        0');
  });

  it('is plain lines where nobody sees a picture, or no picture is wanted', () => {
    const plain = ['words.pipeline.yml: 4 candidates', 'found, tea: server-error in 0.01 s, web/request. It is down.'];
    for (const env of [{ TERM: 'dumb' }, { CI: 'true' }, { CI: '1' }, undefined]) {
      terminal = new SmallTerminal(80, 24);
      events = new EventStream(assert.ifError);
      const shown = progress(env);
      if (env === undefined) shown.usePlainLines();
      events.emit({ type: 'runStarted', run, items: [] });
      events.emit({ type: 'itemChanged', item: item('a', 0, 'running') });
      events.emit({ type: 'attemptFinished', attempt: refused });
      assert.deepEqual(terminal.lines, plain, JSON.stringify(env));
    }
    assert.ok(mayDraw({ isTTY: true }, { CI: 'false', NO_COLOR: '1', TERM: 'xterm' }));
    assert.ok(!mayDraw({}, { TERM: 'xterm' }));
  });
});
