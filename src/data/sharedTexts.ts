/** Different texts that are looked out for; a column that has more of them rarely says the same twice. */
const most = 2_000;

/** Keeps the texts of a column once that many of its rows have: a type, a color, a price. */
export class SharedTexts {
  #known: Map<string, string> | undefined = new Map();

  /** The text as it came before, or as it comes. */
  shared(text: string): string {
    const known = this.#known?.get(text);
    if (known !== undefined) return known;
    this.#known?.set(text, text);
    if (this.#known?.size === most) this.#known = undefined;
    return text;
  }
}
