/**
 * Whether a page is there to be told something. A page that was hidden is gone and says when it is back; but the editor
 * also calls one hidden for a moment that it has never taken down, so whatever comes into sight again gets everything.
 */
export class PagePresence {
  readonly #sendAll: () => void;
  #isReady = false;
  #isHidden = false;

  constructor(sendAll: () => void) {
    this.#sendAll = sendAll;
  }

  /** What is sent to any other page is lost. */
  get canHear(): boolean {
    return this.#isReady && !this.#isHidden;
  }

  /** The page has said that it listens, and knows nothing. */
  ready(): void {
    this.#isReady = true;
    if (!this.#isHidden) this.#sendAll();
  }

  /** The editor has told whether it shows the page. */
  shown(isVisible: boolean): void {
    const isBack = isVisible && this.#isHidden;
    this.#isHidden = !isVisible;
    if (isBack && this.#isReady) this.#sendAll();
  }
}
