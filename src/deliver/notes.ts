import { brief, grouped } from '../base/sentence.ts';

/** Nobody reads thousands. */
const mostTold = 20;

/** What a person is told about a delivery: sentences, of which the first ones are kept. */
export class Notes {
  readonly #kept: string[] = [];
  #count = 0;

  add(sentence: string): void {
    this.#count += 1;
    if (this.#kept.length < mostTold) this.#kept.push(sentence);
  }

  /** A record that a delivery goes on without. @param reason the end of the sentence: `has no title` */
  leftOut(key: string, reason: string): void {
    this.add(`${recordName(key)} is left out: it ${reason}.`);
  }

  addAll(others: Notes): void {
    for (const sentence of others.#kept) this.add(sentence);
    this.#count += others.#count - others.#kept.length;
  }

  all(): readonly string[] {
    const more = this.#count - this.#kept.length;
    return more === 0 ? this.#kept : [...this.#kept, `${grouped(more)} more notes like these are not shown.`];
  }
}

/** As a sentence begins with it. */
export function recordName(key: string): string {
  return key === '' ? 'The record' : `The record "${brief(key, 100)}"`;
}
