import { isJsonObject } from '../base/jsonObject.ts';
import { beginningOf } from '../base/redact.ts';
import { parseRetryAfter, parseWait, waitInSentence } from './durations.ts';
import { parseRateLimitHeaders } from './rateLimitHeaders.ts';

/** What an error tells, in whatever shape and place it came. */
export interface ErrorFacts {
  /** The HTTP status that it has, or would have had. */
  readonly status: number | undefined;
  /** Every code, type and word of state in it, in lower case. */
  readonly codes: readonly string[];
  /** What it says, as it says it; empty when it says nothing. Foreign text: to be redacted and put on one line. */
  readonly message: string;
  /** The wait that it asks for, ms. */
  readonly waitMs: number | undefined;
  /** Names or paths of the parameters that it is about, as far as it marks them. */
  readonly params?: readonly string[];
  /** It is a web page, not an answer of an API; the message is its title. */
  readonly isPage?: boolean;
}

const messageNames = [
  'message',
  'detail',
  'msg',
  'error_description',
  'error_msg',
  'errorMessage',
  'title',
  'description',
];
const codeNames = ['code', 'type', 'status', 'error_code', 'errorCode', 'reason', 'quotaId'];
const statusNames = ['code', 'status', 'status_code', 'statusCode', 'http_status', 'http_code', 'error_code'];
const nestedNames = [
  'error',
  'errors',
  'err',
  'detail',
  'details',
  'metadata',
  'message',
  'raw',
  'body',
  'violations',
  'cause',
];
const waitNames = ['retry_after', 'retryAfter', 'retryDelay', 'retry_delay', 'retry_after_seconds', 'estimated_time'];
/** How deep and wide an error is searched: they are small, and nobody's nesting may cost time. */
const deepest = 8;
const mostNodes = 200;
const longestMessage = 4000;

function asStatus(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 400 && number < 600 ? number : undefined;
}

class Search {
  status: number | undefined;
  readonly codes = new Set<string>();
  readonly messages: string[] = [];
  readonly params = new Set<string>();
  waitMs: number | undefined;
  readonly #nowMs: number;
  #nodes = 0;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  visit(value: unknown, depth = 0): void {
    if (depth > deepest || ++this.#nodes > mostNodes) return;
    if (typeof value === 'string') this.#sentence(value, depth);
    else if (typeof value === 'number') this.status ??= asStatus(value);
    else if (Array.isArray(value)) for (const element of value.slice(0, mostNodes)) this.visit(element, depth + 1);
    else if (isJsonObject(value)) this.#object(value, depth);
  }

  #sentence(text: string, depth: number): void {
    const trimmed = text.trim();
    if (trimmed === '') return;
    const inner = /^[[{]/.test(trimmed) ? parseJson(trimmed) : undefined;
    if (inner !== undefined) this.visit(inner, depth + 1);
    else if (this.messages.length < 20) this.messages.push(beginningOf(trimmed, longestMessage));
  }

  #object(object: Readonly<Record<string, unknown>>, depth: number): void {
    for (const name of statusNames) this.status ??= asStatus(object[name]);
    for (const name of codeNames) {
      const code = object[name];
      if (typeof code === 'string' && code !== '' && code.length <= 100) this.codes.add(code.toLowerCase());
    }
    const { param, loc } = object;
    for (const path of [param, Array.isArray(loc) ? loc.join('.') : undefined]) {
      if (typeof path === 'string' && path !== '' && path.length <= 100) this.params.add(path);
    }
    for (const name of waitNames) this.waitMs ??= waitOf(object[name], this.#nowMs);
    const ms = object.retry_after_ms ?? object.retryAfterMs;
    if (typeof ms === 'number') this.waitMs ??= parseWait(`${ms}ms`, this.#nowMs);
    if (isJsonObject(object.headers)) this.waitMs ??= waitInHeaders(object.headers, this.#nowMs);
    for (const name of messageNames) {
      if (typeof object[name] === 'string') this.#sentence(object[name], depth);
    }
    for (const name of nestedNames) {
      const inner = object[name];
      // What says no more than that there is an error: an error that is only a string says all in it.
      if (typeof inner !== 'string' || !messageNames.includes(name)) this.visit(inner, depth + 1);
    }
  }
}

function waitOf(value: unknown, nowMs: number): number | undefined {
  if (typeof value === 'number') return value >= 0 ? parseWait(String(value), nowMs) : undefined;
  if (typeof value === 'string') return parseWait(value, nowMs);
  // google.protobuf.Duration, spelt out.
  if (isJsonObject(value) && ('seconds' in value || 'nanos' in value)) {
    return parseWait(`${Number(value.seconds ?? 0) + Number(value.nanos ?? 0) / 1e9}`, nowMs);
  }
  return undefined;
}

/** The headers of a service behind the service (OpenRouter). */
function waitInHeaders(object: Readonly<Record<string, unknown>>, nowMs: number): number | undefined {
  const headers = new Headers();
  for (const [name, value] of Object.entries(object).slice(0, mostNodes)) {
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    try {
      headers.set(name, String(value));
    } catch {
      // Not a header's name or value.
    }
  }
  return waitAsked(headers, undefined, nowMs);
}

/**
 * The least wait that an answer asks for, ms: its `Retry-After`, or what its body says, or until a limit is whole again
 * of which nothing is left.
 */
export function waitAsked(headers: Headers, inBody: number | undefined, nowMs: number): number | undefined {
  const header = parseRetryAfter(headers, nowMs);
  if (header) return header;
  if (inBody) return inBody;
  const { requests, tokens } = parseRateLimitHeaders(headers, nowMs) ?? {};
  const resets = [requests, tokens].flatMap((hint) =>
    hint?.remaining === 0 && hint.resetMs !== undefined ? [hint.resetMs] : [],
  );
  return resets.length > 0 ? Math.max(...resets) : (header ?? inBody);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What a gateway says of an error behind it that it does not know. */
const sayingNothing = /^(?:provider returned error|upstream error|internal error|unknown error|error)\W*$/i;

/** Reads an error as JSON gives it: an object, a list, a string, a number, nested or not. */
export function readErrorValue(value: unknown, nowMs: number): ErrorFacts {
  const search = new Search(nowMs);
  search.visit(value);
  const message = search.messages.find((each) => !sayingNothing.test(each)) ?? search.messages[0] ?? '';
  return {
    status: search.status,
    codes: [...search.codes],
    message,
    ...(search.params.size > 0 ? { params: [...search.params] } : {}),
    waitMs: search.waitMs ?? search.messages.map(waitInSentence).find((wait) => wait !== undefined),
  };
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' };

/** Whether a body is a page for people. */
export function isWebPage(text: string): boolean {
  return /^\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype|html|head|body|title|\?xml|h1|center)\b/is.test(text.slice(0, 2000));
}

/** The title of a web page, or else its first heading; empty when it has neither. */
function titleOf(page: string): string {
  const start = beginningOf(page, 64 * 1024);
  const [, title = ''] = /<title[^>]{0,200}>([^<]+)/i.exec(start) ?? /<h[12][^>]{0,200}>([^<]+)/i.exec(start) ?? [];
  return beginningOf(title, longestMessage)
    .replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name: string) => entities[name] ?? ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Reads the body of an error answer: JSON, a web page, or plain text. */
export function readErrorText(text: string, nowMs: number): ErrorFacts {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (isWebPage(trimmed)) {
    return { status: undefined, codes: [], message: titleOf(trimmed), waitMs: undefined, isPage: true };
  }
  return readErrorValue(parseJson(trimmed) ?? trimmed, nowMs);
}
