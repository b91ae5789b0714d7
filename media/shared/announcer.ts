/** News of what goes on by itself come this often at most, ms: whoever listens has other things to hear. */
const betweenNewsMs = 10_000;

/** An element whose text is read out when it changes. */
interface Region {
  textContent: string | null;
}

/** Tells those who do not see the page what happens in it. */
export class Announcer {
  readonly #region: Region;
  #news: (() => string) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(region: Region) {
    this.#region = region;
  }

  /** Answers to what a person did, and what must not wait. */
  say(sentences: readonly string[]): void {
    if (sentences.length > 0) this.#region.textContent = sentences.join(' ');
  }

  /** @param news what there is to say by the time it is said; a later call takes the place of an earlier one */
  sayLater(news: () => string): void {
    this.#news = news;
    this.#timer ??= setTimeout(() => this.sayAll([]), betweenNewsMs);
  }

  /** The same as `say`, with what waits to be said before it. */
  sayAll(sentences: readonly string[]): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const news = this.#news;
    this.#news = undefined;
    this.say(news ? [news(), ...sentences] : sentences);
  }
}
