import { beginningOf } from '../../base/redact.ts';
import { Pieces } from './pieces.ts';

/** One event of a stream of server-sent events; its lines of data are joined with "\n". */
export interface ServerEvent {
  /** Empty for the usual kind. */
  readonly name: string;
  readonly data: string;
}

const mostStray = 2000;
/** What a line costs beside its characters. */
const lineWeight = 16;

/**
 * Splits decoded text into server-sent events (HTML Standard, 9.2.6), whatever its pieces and line ends are. A last
 * event that no blank line ends still counts. Takes time in proportion to the text, and holds one event at a time.
 */
export class ServerEventReader {
  readonly #onEvent: (event: ServerEvent) => void;
  readonly #line = new Pieces();
  /** Whether a "\n" would only end the "\r" before it. */
  #afterReturn = false;
  #name = '';
  #data: string[] = [];
  /** Characters of the event that is being read. */
  #held = 0;
  #stray = '';

  constructor(onEvent: (event: ServerEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Characters that wait for the end of their event. */
  get held(): number {
    return this.#held + this.#line.length;
  }

  /** The beginning of what is no field of an event. */
  get stray(): string {
    return this.#stray.trim();
  }

  push(text: string): void {
    let start = 0;
    if (this.#afterReturn && text.startsWith('\n')) start = 1;
    if (text !== '') this.#afterReturn = false;
    const ends = /\r\n?|\n/g;
    ends.lastIndex = start;
    for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
      this.#endLine(this.#line.taken() + text.slice(start, end.index));
      start = ends.lastIndex;
      this.#afterReturn = end[0] === '\r' && start === text.length;
    }
    if (start < text.length) this.#line.add(text.slice(start));
  }

  end(): void {
    this.#endLine(this.#line.taken());
    this.#dispatch();
  }

  #endLine(line: string): void {
    if (line === '') {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line.charAt(colon + 1) === ' ' ? colon + 2 : colon + 1);
    switch (field) {
      case 'data':
        this.#data.push(value);
        this.#held += value.length + lineWeight;
        break;
      case 'event':
        this.#name = value.slice(0, 100);
        break;
      case '':
      case 'id':
      case 'retry':
        break;
      default:
        if (this.#stray.length < mostStray) this.#stray += `${beginningOf(line, mostStray)}\n`;
    }
  }

  #dispatch(): void {
    const event = { name: this.#name, data: this.#data.join('\n') };
    const isEvent = this.#data.length > 0;
    this.#name = '';
    this.#data = [];
    this.#held = 0;
    if (isEvent) this.#onEvent(event);
  }
}
