import { failed, success, type Outcome } from '../../base/outcome.ts';
import { renderPieces, type Scope } from '../pieces.ts';
import type { ProgramCall } from './programArguments.ts';

/** Where the shell is while it reads a line: on the ground, or within quotes. */
type State = 'plain' | 'double' | 'single';

const insideSingle =
  'A value stands within single quotes together with other text, where the shell would not see it: ' +
  'take the quotes away, for values are quoted already.';
const insideBackticks = 'A value stands within backticks, which read it twice: write $( … ) in their place.';
const insideArithmetic = 'A value stands within $(( … )), which would compute with it: hand it to a program.';
const escaped = 'A backslash stands before a value: take it away, for values are quoted already.';
const hasNul = 'A value has a NUL in it, which no argument can hold.';

/**
 * Renders a line for `sh`. Values are handed over beside the line as `$1`, `$2`, … and the line names them, so the shell
 * never reads a value as a part of its language: each comes out as one word, within double quotes as a part of one.
 */
export function shellCall(line: string, scope: Scope): Outcome<ProgramCall, string> {
  const pieces = renderPieces(line, scope);
  if (!pieces.ok) return pieces;
  const reader = new LineReader();
  const values: string[] = [];
  let script = '';
  for (const [place, { text, isValue }] of pieces.value.entries()) {
    if (!isValue) {
      reader.read(text);
      script += text;
      continue;
    }
    if (text.includes('\0')) return failed(hasNul);
    if (reader.isInBackticks) return failed(insideBackticks);
    if (reader.isInArithmetic) return failed(insideArithmetic);
    if (reader.isEscaped) return failed(escaped);
    values.push(text);
    const name = `\${${values.length}}`;
    switch (reader.state) {
      case 'plain':
        script += `"${name}"`;
        break;
      case 'double':
        script += name;
        break;
      case 'single': {
        const [before, after] = [pieces.value[place - 1]?.text ?? '', pieces.value[place + 1]?.text ?? ''];
        if (!before.endsWith("'") || !after.startsWith("'") || !reader.hasJustOpened) return failed(insideSingle);
        script += `'"${name}"'`;
        break;
      }
    }
  }
  if (script.includes('\0')) return failed(hasNul);
  return success({
    program: process.platform === 'win32' ? 'sh' : '/bin/sh',
    arguments: ['-c', script, 'sh', ...values],
  });
}

/** Follows the quotes of a line, those within `$( … )` too. */
class LineReader {
  state: State = 'plain';
  isEscaped = false;
  isInBackticks = false;
  /** The last character has opened the quotes. */
  hasJustOpened = false;
  /** What to go back to at the end of each `$( … )`, and how many parentheses are open in it. */
  readonly #outer: { readonly state: State; readonly isArithmetic: boolean; parentheses: number }[] = [];

  get isInArithmetic(): boolean {
    return this.#outer.some(({ isArithmetic }) => isArithmetic);
  }

  read(text: string): void {
    for (let place = 0; place < text.length; place++)
      this.#character(text.charAt(place), text.slice(place + 1, place + 3));
  }

  #character(character: string, next: string): void {
    this.hasJustOpened = false;
    if (this.isEscaped) {
      this.isEscaped = false;
      return;
    }
    if (this.state === 'single') {
      if (character === "'") this.state = 'plain';
      return;
    }
    const inner = this.#outer.at(-1);
    switch (character) {
      case '\\':
        this.isEscaped = true;
        break;
      case '`':
        this.isInBackticks = !this.isInBackticks;
        break;
      case '"':
        this.state = this.state === 'double' ? 'plain' : 'double';
        break;
      case "'":
        if (this.state !== 'plain') break;
        this.state = 'single';
        this.hasJustOpened = true;
        break;
      case '$':
        if (!next.startsWith('(')) break;
        this.#outer.push({ state: this.state, isArithmetic: next === '((', parentheses: 0 });
        this.state = 'plain';
        break;
      case '(':
        if (inner && this.state === 'plain') inner.parentheses += 1;
        break;
      case ')':
        if (!inner || this.state !== 'plain') break;
        inner.parentheses -= 1;
        if (inner.parentheses > 0) break;
        this.#outer.pop();
        this.state = inner.state;
        break;
      default:
    }
  }
}
