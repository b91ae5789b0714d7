import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallOutcome, CallRecord, Ledger } from './ledger.ts';

/** One call's response, timer and ledger record, which end together and once. */
export class Exchange {
  readonly record: CallRecord;
  readonly #response: ServerResponse;
  readonly #ledger: Ledger;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  /** When its answer was begun: its arrival, unless it had to wait. */
  #startedAt: number;
  readonly #whenEnded: (() => void)[] = [];

  /** `closing` tells whether the server is being closed, when the response closes early. */
  constructor(request: IncomingMessage, response: ServerResponse, ledger: Ledger, closing: () => boolean) {
    const item = request.headers['x-item'];
    this.record = ledger.arrive(performance.now(), typeof item === 'string' ? item.slice(0, 200) : null);
    this.#startedAt = this.record.at;
    this.#response = response;
    this.#ledger = ledger;
    response.on('close', () => this.#end(closing() ? 'closed' : 'aborted'));
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Called when the call ends, however it does. */
  onEnd(action: () => void): void {
    this.#whenEnded.push(action);
  }

  /** Its answer begins now. */
  start(): void {
    this.#startedAt = performance.now();
  }

  /** Runs `step` for 0..count-1, each at its time in milliseconds from the start. */
  play(count: number, dueMs: (index: number) => number, step: (index: number) => void): void {
    let index = 0;
    // One chained timer with absolute due times: lateness does not add up, and chunks that are late go out together.
    const next = (): void => {
      while (index < count && !this.#ended) {
        const waitMs = this.#startedAt + dueMs(index) - performance.now();
        if (waitMs > 0) {
          this.#timer = setTimeout(next, Math.ceil(waitMs));
          return;
        }
        step(index++);
      }
    };
    next();
  }

  head(status: number, headers: Record<string, string>): void {
    this.record.status = status;
    this.#response.writeHead(status, headers);
  }

  write(text: string | Uint8Array, whenSent?: () => void): void {
    this.#response.write(text, whenSent);
  }

  /** Writes `text` every `intervalMs` until the call ends. */
  repeat(text: string, intervalMs: number): void {
    this.#timer = setInterval(() => this.write(text), intervalMs);
  }

  finish(outcome: CallOutcome, text?: string): void {
    this.#response.end(text);
    this.#end(outcome);
  }

  /** Ends without the rest of the answer: a reset, or an orderly end of the connection. */
  drop(how: 'reset' | 'close'): void {
    if (this.#ended) {
      return;
    }
    const { socket } = this.#response;
    this.#end('faulted');
    if (how === 'reset') {
      socket?.resetAndDestroy();
    } else {
      socket?.destroySoon();
    }
  }

  #end(outcome: CallOutcome): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#ledger.end(this.record, outcome, performance.now());
    for (const action of this.#whenEnded) action();
  }
}
