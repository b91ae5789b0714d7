import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Screen, type ScreenOutput } from '../../../../src/terminal/dashboard/screen.ts';
import type { Line } from '../../../../src/terminal/dashboard/pictureLines.ts';
import { SmallTerminal } from '../../../support/smallTerminal.ts';

function lines(...texts: readonly string[]): readonly Line[] {
  return texts.map((text) => [{ text, tone: 'good' as const }]);
}

function screenOn(terminal: SmallTerminal, resized = (): void => undefined, hasColours = true): Screen {
  return new Screen(terminal as unknown as ScreenOutput, hasColours, resized);
}

describe('lines that change in place', () => {
  it('are whatever was shown last, below what was printed, whatever came before', () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' '), minLength: 1, maxLength: 9 }), {
      maxLength: 5,
    });
    const step = fc.oneof(
      fc.record({ kind: fc.constant('show' as const), texts }),
      fc.record({ kind: fc.constant('print' as const), texts: fc.constant(['said']) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const terminal = new SmallTerminal(10, 24);
        const screen = screenOn(terminal);
        const printed: string[] = [];
        let last: readonly string[] = [];
        for (const { kind, texts: given } of steps) {
          if (kind === 'show') screen.show(lines(...(last = given)));
          else {
            screen.print('said');
            printed.push('said');
          }
          const expected = [...printed, ...last].map((text) => text.trimEnd());
          while (expected.at(-1) === '') expected.pop();
          assert.deepEqual(terminal.lines, expected);
          assert.deepEqual(terminal.cursor, [printed.length + last.length, 0]);
        }
      }),
    );
  });

  it('are written only where they have changed, all at once', () => {
    const terminal = new SmallTerminal(40, 24);
    const screen = screenOn(terminal, undefined, false);
    screen.show(lines('one', 'two', 'three'));
    assert.equal(terminal.writes, 1);
    screen.show(lines('one', 'two', 'three'));
    assert.equal(terminal.writes, 1);
    const written: string[] = [];
    const write = terminal.write.bind(terminal);
    terminal.write = (piece) => {
      written.push(piece);
      return write(piece);
    };
    screen.show(lines('one', 'TWO', 'three'));
    assert.deepEqual(written, ['\u001b[2A\rTWO\u001b[K\u001b[2B\r']);
  });

  it('are drawn anew when the terminal has become narrower, and nothing of the old ones is left', () => {
    const terminal = new SmallTerminal(20, 24);
    const screen = screenOn(terminal, () => screen.show(lines('short', 'lines')));
    screen.print('kept');
    screen.show(lines('a'.repeat(10), 'b'.repeat(10)));
    // As it wraps what is there.
    const narrow = new SmallTerminal(6, 24);
    narrow.write(`kept\n${'a'.repeat(10)}\n${'b'.repeat(10)}\n`);
    terminal.write = narrow.write.bind(narrow);
    terminal.columns = 6;
    terminal.emit('resize');
    assert.deepEqual(narrow.lines, ['kept', 'short', 'lines']);
  });

  it('stay when they end, with nothing of an interrupt below', () => {
    const terminal = new SmallTerminal(20, 24);
    const screen = screenOn(terminal);
    screen.show(lines('one', 'two'));
    terminal.echo('^C');
    screen.print('Stopping.');
    assert.deepEqual(terminal.lines, ['Stopping.', 'one', 'two']);
    terminal.echo('^C');
    screen.end();
    assert.deepEqual(terminal.lines, ['Stopping.', 'one', 'two']);
    assert.deepEqual(terminal.cursor, [3, 0]);
    assert.equal(terminal.listenerCount('resize'), 0);
  });

  it('has no colours where nobody wants them', () => {
    const terminal = new SmallTerminal(20, 24);
    let written = '';
    terminal.write = (piece) => {
      written += piece;
      return true;
    };
    screenOn(terminal, undefined, false).show(lines('one'));
    assert.equal(written, '\rone\u001b[K\n\r');
  });
});
