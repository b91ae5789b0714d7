/** Pieces that are kept as they came: a string for each of a million small ones would take hundreds of times their size. */
const mostPieces = 1000;

/** A text that grows by pieces, in memory that grows with its length, however small they are. */
export class Pieces {
  #blocks: string[] = [];
  #pieces: string[] = [];
  #length = 0;

  /** In UTF-16 units. */
  get length(): number {
    return this.#length;
  }

  add(piece: string): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#pieces.length < mostPieces) return;
    this.#blocks.push(this.#pieces.join(''));
    this.#pieces = [];
  }

  /** All of it; takes time with its length. */
  joined(): string {
    this.#blocks = [[...this.#blocks, ...this.#pieces].join('')].filter((block) => block !== '');
    this.#pieces = [];
    return this.#blocks[0] ?? '';
  }

  /** The first characters; takes time with their number, however long the text is. */
  beginning(most: number): string {
    const parts: string[] = [];
    let length = 0;
    for (const parted of [this.#blocks, this.#pieces]) {
      for (const part of parted) {
        if (length >= most) break;
        parts.push(part);
        length += part.length;
      }
    }
    return parts.join('').slice(0, most);
  }

  /** All of it, which is gone from here then. */
  taken(): string {
    if (this.#length === 0) return '';
    const all = this.joined();
    this.#blocks = [];
    this.#length = 0;
    return all;
  }
}
