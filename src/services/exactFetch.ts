import { withoutCutWord } from '../base/redact.ts';
import { bearer, type Credential, type KeyHeader } from './credential.ts';
import { RefusedCall } from './refusedCall.ts';
import { isLoopback } from './timeouts.ts';

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
 * An SDK's way to the network. It sends our own headers, whatever the SDK would add. Redirects to another
 * origin are refused, because they would carry the prompt and the key there; within the origin a few are followed.
 * Throws RefusedCall for every answer that is not a success.
 *
 * @param headersFor all headers of a call to this address
 */
export function exactFetch(baseUrl: string, headersFor: (url: URL) => Readonly<Record<string, string>>): typeof fetch {
  const { origin, search } = new URL(baseUrl);
  const isNear = isLoopback(baseUrl);
  // Node loads all of its fetch with the first part of it that is asked for: here, and not while a call waits.
  Reflect.get(globalThis, 'Headers');
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
        headers: headersFor(url),
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

/** What decides about the headers of a call. */
export interface HeaderOptions {
  readonly credential: Credential | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly keyHeader?: KeyHeader;
}

/**
 * All headers of the calls of a service: ours, the kind's, those of the settings, and the key above them all.
 *
 * @param keyHeader the kind's, for services whose settings say nothing else
 */
export function headersOf(
  { credential, headers, keyHeader: chosen }: HeaderOptions,
  ofKind: Readonly<Record<string, string>> = {},
  keyHeader: KeyHeader = bearer,
): (url: URL) => Readonly<Record<string, string>> {
  return (url) => ({
    accept: 'text/event-stream, application/json',
    'content-type': 'application/json',
    'user-agent': 'parallel-candidates',
    ...ofKind,
    ...headers,
    ...credential?.headersFor(url, chosen ?? keyHeader),
  });
}

/**
 * Runs `create` where an SDK finds nothing of its own in the environment: what is there belongs to other services.
 *
 * @param prefix of the names of its variables
 */
export function withoutEnvironment<Result>(prefix: string, create: () => Result): Result {
  const hidden = Object.entries(process.env).filter(([name]) => name.startsWith(prefix));
  for (const [name] of hidden) Reflect.deleteProperty(process.env, name);
  try {
    return create();
  } finally {
    for (const [name, value] of hidden) process.env[name] = value;
  }
}

/** An address without its query, which goes behind the path of a call. */
export function withoutQuery(address: string): string {
  return address.replace(/[?#].*$/s, '').replace(/\/+$/, '');
}
