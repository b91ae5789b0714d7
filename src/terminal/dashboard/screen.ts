import { visible } from '../../base/visible.ts';
import { widthOf } from './cells.ts';
import type { Line, Size, Tone } from './pictureLines.ts';

const colours: Readonly<Record<Exclude<Tone, 'plain'>, string>> = {
  strong: '1',
  faint: '2',
  good: '32',
  bad: '31',
  busy: '36',
};

/** What of a terminal is needed. */
export type ScreenOutput = Pick<NodeJS.WriteStream, 'write' | 'on' | 'off'> & {
  readonly columns?: number;
  readonly rows?: number;
};

function plainText(line: Line): string {
  return line.map(({ text }) => text).join('');
}

/**
 * Lines at the bottom of a terminal that change in place, with text that stays above them. The cursor rests below the lines
 * and is never hidden, so that whatever ends the program leaves nothing to put right.
 */
export class Screen {
  readonly #output: ScreenOutput;
  readonly #hasColours: boolean;
  readonly #onResize: () => void;
  /** As they stand there. */
  #lines: readonly Line[] = [];

  /** @param resized asks for the lines anew */
  constructor(output: ScreenOutput, hasColours: boolean, resized: () => void) {
    this.#output = output;
    this.#hasColours = hasColours;
    this.#onResize = () => {
      this.#clear();
      resized();
    };
    output.on('resize', this.#onResize);
  }

  get size(): Size {
    const { columns = 0, rows = 0 } = this.#output;
    // A terminal that does not know says 0.
    return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 };
  }

  /** Writes those that have changed, all at once. */
  show(lines: readonly Line[]): void {
    const before = this.#lines;
    let written = '';
    let row = before.length;
    const go = (to: number): void => {
      if (to < row) written += `\u001b[${row - to}A`;
      if (to > row) written += `\u001b[${to - row}B`;
      row = to;
    };
    for (const [index, line] of lines.entries()) {
      const text = this.#painted(line);
      const old = before[index];
      if (old && text === this.#painted(old)) continue;
      go(index);
      if (index < before.length) written += `\r${text}\u001b[K`;
      else {
        written += `\r${text}\u001b[K\n`;
        row += 1;
      }
    }
    if (lines.length < before.length) {
      go(lines.length);
      written += '\r\u001b[J';
    } else go(lines.length);
    this.#lines = lines;
    if (written !== '') this.#output.write(`${written}\r`);
  }

  /** Text for good, above the lines. */
  print(text: string): void {
    const lines = this.#lines;
    this.#clear();
    this.#output.write(`${visible(text)}\n`);
    this.show(lines);
  }

  /** What is there stays. */
  end(): void {
    this.#output.off('resize', this.#onResize);
    // An interrupt's own signs may stand below.
    if (this.#lines.length > 0) this.#output.write('\r\u001b[J');
    this.#lines = [];
  }

  /** A terminal that became narrower has wrapped them. */
  #clear(): void {
    if (this.#lines.length === 0) return;
    const { columns } = this.size;
    const rows = this.#lines.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(widthOf(plainText(line)) / Math.max(1, columns))),
      0,
    );
    this.#output.write(`\r\u001b[${rows}A\u001b[J`);
    this.#lines = [];
  }

  #painted(line: Line): string {
    return line
      .map(({ text, tone }) =>
        tone === 'plain' || !this.#hasColours ? text : `\u001b[${colours[tone]}m${text}\u001b[0m`,
      )
      .join('');
  }
}
