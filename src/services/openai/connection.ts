import type OpenAI from 'openai';
import { withoutCutWord } from '../../base/redact.ts';
import type { Credential } from '../credential.ts';
import { isLoopback } from './timeouts.ts';

/** The answer of a service that did not take the call. */
export class RefusedCall extends Error {
  readonly status: number;
  readonly headers: Headers;
  /** At most 64 KB. */
  readonly body: string;
  /** Where a redirect would have led; set when that is why the call ended. */
  readonly redirect: { readonly target: string | undefined } | undefined;

  constructor(status: number, headers: Headers, body: string, redirect?: { target: string | undefined }) {
    super('refused');
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.redirect = redirect;
  }
}

/** Finds it among the causes of what the SDK throws. */
export function refusedCallIn(error: unknown): RefusedCall | undefined {
  let current = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    if (current instanceof RefusedCall) return current;
    current = current.cause;
  }
  return undefined;
}

const longestErrorBody = 64 * 1024;
/** An error whose body does not come is told without it. */
const errorBodyMs = 5000;
const mostRedirects = 5;
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** The beginning of a body, as text: what has arrived of it by then. Never throws. */
async function errorBodyOf(response: Response): Promise<string> {
  if (response.body === null) return '';
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
    void reader.cancel().catch(() => undefined);
  }, errorBodyMs);
  let text = '';
  let size = 0;
  let isWhole = false;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const bytes = read.value.subarray(0, longestErrorBody - size);
      text += decoder.decode(bytes, { stream: true });
      size += bytes.length;
      if (size >= longestErrorBody) break;
    }
    isWhole = !late.signal.aborted && size < longestErrorBody;
  } catch {
    // What came is told.
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => undefined);
  }
  text += decoder.decode();
  return isWhole ? text : withoutCutWord(text);
}

type Dispatcher = NonNullable<RequestInit['dispatcher']>;

/**
 * Node's fetch gives up after 300 s without headers or bytes, and a server with one slot makes its queue wait for longer.
 * Its own dispatcher without those limits; undefined where fetch is something else. For addresses of this computer only:
 * a request with a dispatcher passes by the editor's proxy.
 */
function patientDispatcher(): Dispatcher | undefined {
  const own = (globalThis as Record<symbol, unknown>)[Symbol.for('undici.globalDispatcher.1')];
  if (typeof own !== 'object' || own === null || !('dispatch' in own)) return undefined;
  const dispatcher = own as Dispatcher;
  const patient: Pick<Dispatcher, 'dispatch'> = {
    dispatch: (options, handler) => dispatcher.dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler),
  };
  return patient as Dispatcher;
}

/**
 * The SDK's way to the network. It sends our own headers, whatever the SDK would add. Redirects to another
 * origin are refused, because they would carry the prompt and the key there; within the origin a few are followed.
 * Throws RefusedCall for every answer that is not a success.
 */
function createFetch(baseUrl: string, credential: Credential | undefined): typeof fetch {
  const { origin, search } = new URL(baseUrl);
  const isNear = isLoopback(baseUrl);
  return async (input, init) => {
    let url = new URL(input instanceof Request ? input.url : input);
    // The SDK appends the path to what it has for a base, which is therefore without it.
    if (search !== '') url.search = search;
    for (let redirects = 0; ; redirects++) {
      if (url.origin !== origin) throw new RefusedCall(0, new Headers(), '', { target: url.href });
      // Looked up at each call: the editor puts its own, which knows of proxies, in place of the first one.
      const dispatcher = isNear ? patientDispatcher() : undefined;
      const response = await globalThis.fetch(url, {
        method: init?.method ?? 'POST',
        headers: callHeaders(url, credential),
        redirect: 'manual',
        ...(dispatcher ? { dispatcher } : {}),
        ...(init?.body === undefined ? {} : { body: init.body }),
        ...(init?.signal ? { signal: init.signal } : {}),
      });
      if (response.ok) return response;
      const location = response.headers.get('location');
      if (!redirectStatuses.has(response.status)) {
        throw new RefusedCall(response.status, response.headers, await errorBodyOf(response));
      }
      void response.body?.cancel().catch(() => undefined);
      const target = location !== null && URL.canParse(location, url.href) ? new URL(location, url) : undefined;
      if (target?.origin !== origin || redirects >= mostRedirects) {
        throw new RefusedCall(response.status, response.headers, '', { target: target?.href });
      }
      url = target;
    }
  };
}

/** All headers of a call to this address. */
function callHeaders(url: URL, credential: Credential | undefined): Readonly<Record<string, string>> {
  return {
    accept: 'text/event-stream, application/json',
    'content-type': 'application/json',
    'user-agent': 'parallel-candidates',
    ...credential?.headersFor(url),
  };
}

/** Runs `create` where the SDK finds nothing of its own in the environment: what is there belongs to other services. */
function withoutEnvironment<Result>(create: () => Result): Result {
  const hidden = Object.entries(process.env).filter(([name]) => name.startsWith('OPENAI_'));
  for (const [name] of hidden) Reflect.deleteProperty(process.env, name);
  try {
    return create();
  } finally {
    for (const [name, value] of hidden) process.env[name] = value;
  }
}

/** An address without its query, which goes behind the path of a call. */
function withoutQuery(address: string): string {
  return address.replace(/[?#].*$/s, '').replace(/\/+$/, '');
}

/** @param totalMs after which a call is no longer waited for */
export async function connect(baseUrl: string, credential: Credential | undefined, totalMs: number): Promise<OpenAI> {
  const { OpenAI } = await import('openai');
  return withoutEnvironment(
    () =>
      new OpenAI({
        // The SDK wants one; what is sent is decided by the headers above.
        apiKey: 'none',
        adminAPIKey: null,
        organization: null,
        project: null,
        webhookSecret: null,
        baseURL: withoutQuery(baseUrl),
        maxRetries: 0,
        logLevel: 'off',
        fetch: createFetch(baseUrl, credential),
        // The watchdog is the timeout; the SDK's own must never fire first.
        timeout: Math.min(2 * totalMs, 2 ** 31 - 1),
      }),
  );
}
