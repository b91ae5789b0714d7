import { EventEmitter } from 'node:events';

/** A terminal that obeys what our pictures are drawn with, and refuses everything else. It never scrolls away a line. */
export class SmallTerminal extends EventEmitter {
  readonly isTTY = true;
  columns: number;
  rows: number;
  writes = 0;
  readonly #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  /** Without empty ones at the end. */
  get lines(): readonly string[] {
    const lines = this.#lines.map((line) =>
      Array.from(line, (cell: string | undefined) => cell ?? ' ')
        .join('')
        .trimEnd(),
    );
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  get cursor(): readonly [row: number, column: number] {
    return [this.#row, this.#column];
  }

  /** As a person's keys appear. */
  echo(text: string): void {
    this.#put(text);
  }

  write(piece: string): boolean {
    this.writes += 1;
    // eslint-disable-next-line no-control-regex -- what a terminal obeys
    for (const [, move, count, kind, text] of piece.matchAll(/(\u001b\[(\d*)(?:;\d+)*([A-Za-z]))|([^])/gu)) {
      if (move === undefined) this.#put(text ?? '');
      else this.#obey(kind ?? '', count === '' ? 1 : Number(count));
    }
    return true;
  }

  #obey(kind: string, count: number): void {
    switch (kind) {
      case 'A':
        if (this.#row - count < 0) throw new Error('The cursor went above the screen.');
        this.#row -= count;
        return;
      case 'B':
        this.#goTo(this.#row + count);
        return;
      case 'K':
        this.#line.length = Math.min(this.#line.length, this.#column);
        return;
      case 'J':
        this.#line.length = Math.min(this.#line.length, this.#column);
        this.#lines.length = this.#row + 1;
        return;
      case 'm':
        return;
      default:
        throw new Error(`Nobody draws with ${kind}.`);
    }
  }

  get #line(): string[] {
    return (this.#lines[this.#row] ??= []);
  }

  #goTo(row: number): void {
    this.#row = row;
    while (this.#lines.length <= row) this.#lines.push([]);
  }

  #put(text: string): void {
    for (const character of text) {
      if (character === '\r') this.#column = 0;
      else if (character === '\n') {
        this.#goTo(this.#row + 1);
        this.#column = 0;
      } else {
        if (this.#column >= this.columns) {
          this.#goTo(this.#row + 1);
          this.#column = 0;
        }
        this.#line[this.#column] = character;
        this.#column += 1;
      }
    }
  }
}
