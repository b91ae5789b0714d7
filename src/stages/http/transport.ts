import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import type { CheckedHost } from './hostCheck.ts';

/** One request, without redirects. */
export interface WireRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly host: CheckedHost;
  readonly signal: AbortSignal;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** As it is sent, compressed or not. Whoever does not read it to its end destroys it. */
  readonly body: Readable;
}

/** Sends a request and gives the beginning of its answer. @throws what the connection dies of */
export type Transport = (request: WireRequest) => Promise<WireAnswer>;

/** Apart from those of everybody else: a connection that is used again was made to an address that was checked. */
const checkedAgents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) };

/**
 * Node's own client: fetch has no way to say which addresses a name may lead to. Both the editor and Node's settings for
 * proxies reach it too.
 */
export const nodeTransport: Transport = ({ url, method, headers, body, host, signal }) =>
  new Promise((resolve, reject) => {
    const isSecure = url.protocol === 'https:';
    const options: https.RequestOptions = {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) },
      signal,
      ...(host.kind === 'pinned'
        ? { lookup: pinned(host), agent: isSecure ? checkedAgents.https : checkedAgents.http }
        : {}),
    };
    const request = (isSecure ? https : http).request(url, options, (answer) => {
      resolve({ status: answer.statusCode ?? 0, headers: headersOf(answer.rawHeaders), body: answer });
    });
    request.on('error', reject);
    request.end(body);
  });

function pinned({ addresses }: Extract<CheckedHost, { kind: 'pinned' }>): LookupFunction {
  return (_hostname, options, callback) => {
    const fitting = addresses.filter(({ family }) => !options.family || family === Number(options.family));
    const [first] = fitting;
    if (!first) callback(Object.assign(new Error('no address of this family'), { code: 'ENOTFOUND' }), '', 0);
    else if (options.all === true) callback(null, [...fitting]);
    else callback(null, first.address, first.family);
  };
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let place = 0; place + 1 < raw.length; place += 2) {
    try {
      headers.append(raw[place] ?? '', raw[place + 1] ?? '');
    } catch {
      // Not a header's name or value.
    }
  }
  return headers;
}
