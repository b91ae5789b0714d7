import assert from 'node:assert/strict';
import type { Clock } from '../../../../src/base/clock.ts';
import { LiveTexts, type LiveText } from '../../../../src/runs/board/liveTexts.ts';

/** Time passes when the test says so. */
function handClock(): { readonly clock: Clock; readonly pass: () => void; readonly waiting: () => number } {
  let actions: (() => void)[] = [];
  return {
    clock: {
      now: () => 0,
      schedule: (_delay, action) => {
        actions.push(action);
        return () => (actions = actions.filter((each) => each !== action));
      },
    },
    pass: () => {
      const due = actions;
      actions = [];
      for (const action of due) action();
    },
    waiting: () => actions.length,
  };
}

const fail = (error: unknown): never => {
  throw error;
};
const item = (name: string) => ({ run: 'r', item: name });

describe('live texts', () => {
  it('are told to those who look on, gathered, and only of what they look at', () => {
    const { clock, pass } = handClock();
    const texts = new LiveTexts(clock, fail);
    const told: (readonly LiveText[])[] = [];
    const watch = texts.watch((news) => told.push(news));
    let written = '';
    texts.began(item('1'), () => written);
    texts.began(item('2'), () => 'other');
    watch.show([item('1'), item('3')]);
    for (const piece of ['A ', 'te', 'xt']) {
      written += piece;
      texts.arrived(item('1'));
      texts.arrived(item('2'));
    }
    pass();
    assert.deepEqual(told, [[{ ...item('1'), text: 'A text' }]]);
  });

  it('are read by nobody while nobody looks on', () => {
    const { clock, waiting } = handClock();
    const texts = new LiveTexts(clock, fail);
    texts.began(item('1'), () => assert.fail('It was read.'));
    texts.arrived(item('1'));
    assert.equal(waiting(), 0);
    texts.watch(() => undefined).dispose();
    texts.arrived(item('1'));
    assert.equal(waiting(), 0);
  });

  it('come whole to somebody who comes late, and once to each', () => {
    const { clock, pass } = handClock();
    const texts = new LiveTexts(clock, fail);
    texts.began(item('1'), () => 'So far');
    const told: string[] = [];
    const watches = [1, 2].map((name) =>
      texts.watch((news) => told.push(...news.map(({ text }) => `${name}: ${text}`))),
    );
    for (const watch of watches) watch.show([item('1')]);
    pass();
    watches[0]?.show([item('1')]);
    pass();
    assert.deepEqual(told, ['1: So far', '2: So far']);
  });

  it('begin anew with a new attempt, and are gone when it has ended', () => {
    const { clock, pass } = handClock();
    const texts = new LiveTexts(clock, fail);
    const told: string[] = [];
    const watch = texts.watch((news) => told.push(...news.map(({ text }) => text)));
    watch.show([item('1')]);
    texts.began(item('1'), () => 'First');
    pass();
    texts.began(item('1'), () => '');
    pass();
    texts.arrived(item('1'));
    texts.ended(item('1'));
    pass();
    assert.deepEqual(told, ['First', '']);
  });

  it('have no half of a character at their end', () => {
    const { clock, pass } = handClock();
    const texts = new LiveTexts(clock, fail);
    const told: string[] = [];
    texts.watch((news) => told.push(...news.map(({ text }) => text))).show([item('1')]);
    texts.began(item('1'), () => '🙂🙂'.slice(0, 3));
    pass();
    assert.deepEqual(told, ['🙂']);
  });

  it('reach everybody though one of them fails', () => {
    const { clock, pass } = handClock();
    const errors: unknown[] = [];
    const texts = new LiveTexts(clock, (error) => errors.push(error));
    const told: string[] = [];
    texts.watch(() => fail(new Error('Broken.'))).show([item('1')]);
    texts.watch((news) => told.push(...news.map(({ text }) => text))).show([item('1')]);
    texts.began(item('1'), () => 'Text');
    pass();
    assert.deepEqual([told, errors.length], [['Text'], 1]);
  });
});
