/** Bytes that are taken from the system at once. */
const blockBytes = 1 << 20;

/** Where a length says that a text has two bytes for each unit. */
const wide = 2 ** 31;

const beyondOneByte = /[\u0100-\uffff]/;

/** Whether each UTF-16 unit of a text fits into one byte. */
export function isOneByte(text: string): boolean {
  return !beyondOneByte.test(text);
}

/** Memory that bytes are put into one after the other, outside of the heap: what lies there costs no garbage collection. */
export class PackedBytes {
  readonly #blocks: Buffer[] = [];
  #used = blockBytes;

  /**
   * Room for so many bytes in one piece.
   *
   * @returns the block, and where the room begins in it: until `take`, the next ones get the same
   */
  room(bytes: number): { readonly block: Buffer; readonly at: number } {
    const last = this.#blocks.at(-1);
    // Whatever lies in a longer block begins at its start.
    if (last?.length === blockBytes && this.#used + bytes <= blockBytes) return { block: last, at: this.#used };
    const block = Buffer.allocUnsafeSlow(Math.max(blockBytes, bytes));
    this.#blocks.push(block);
    this.#used = 0;
    return { block, at: 0 };
  }

  /** Keeps what was put into the room. @returns its address */
  take(bytes: number): number {
    const address = (this.#blocks.length - 1) * blockBytes + this.#used;
    this.#used += bytes;
    return address;
  }

  blockOf(address: number): Buffer {
    return this.#blocks[Math.floor(address / blockBytes)] ?? Buffer.alloc(0);
  }

  /** Where an address is in its block. */
  within(address: number): number {
    return address % blockBytes;
  }
}

/**
 * Numbers in a list that grows: 4 bytes each.
 *
 * Those beyond 0 to 2 ** 32 - 1 are cut.
 */
export class PackedNumbers {
  #numbers = new Uint32Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const more = new Uint32Array(this.#length * 2);
      more.set(this.#numbers);
      this.#numbers = more;
    }
    this.#numbers[this.#length] = number;
    this.#length += 1;
  }

  /** 0 beyond the end. */
  at(place: number): number {
    return this.#numbers[place] ?? 0;
  }

  set(place: number, number: number): void {
    if (place < this.#length) this.#numbers[place] = number;
  }
}

/**
 * Texts in a list that grows, each just as it came. They lie outside of the heap and are made anew whenever they are asked
 * for: for hundreds of thousands of texts that are looked at one after the other.
 */
export class PackedTexts {
  readonly #bytes = new PackedBytes();
  readonly #addresses = new PackedNumbers();
  readonly #lengths = new PackedNumbers();

  get length(): number {
    return this.#addresses.length;
  }

  /** @returns its place */
  push(text: string): number {
    const isNarrow = isOneByte(text);
    const bytes = isNarrow ? text.length : text.length * 2;
    const { block, at } = this.#bytes.room(bytes);
    block.write(text, at, isNarrow ? 'latin1' : 'utf16le');
    this.#addresses.push(this.#bytes.take(bytes));
    this.#lengths.push(isNarrow ? bytes : bytes + wide);
    return this.length - 1;
  }

  /** Empty beyond the end. */
  at(place: number): string {
    if (place >= this.length) return '';
    const address = this.#addresses.at(place);
    const length = this.#lengths.at(place);
    const start = this.#bytes.within(address);
    const block = this.#bytes.blockOf(address);
    return length < wide
      ? block.toString('latin1', start, start + length)
      : block.toString('utf16le', start, start + length - wide);
  }
}
