import * as v from 'valibot';
import { isJsonObject } from '../base/jsonObject.ts';
import type { KeyHeader } from './credential.ts';

/** What a person's own settings add to each call of a service, at its own origin and nowhere else. */
export interface CallAdditions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** The header that the service takes its key in. */
  readonly apiKeyHeader?: string;
}

const mostEntries = 50;
const longestValue = 8192;
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
const headerValue = /^[\t\x20-\x7e\xa0-\xff]*$/;

/** Headers of the connection and of the body that is sent: they are not for anybody to set. */
const connectionHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Why a header cannot be set, as the end of the sentence `The header "…" …`; undefined when it can. */
export function whyNoHeader(name: string, value: string): string | undefined {
  if (!headerName.test(name)) return 'has no name that a header can have.';
  if (name.toLowerCase() === 'authorization') return 'is for the key, which is set as one.';
  if (connectionHeaders.has(name.toLowerCase())) return 'belongs to the connection and cannot be set.';
  return value.length <= longestValue && headerValue.test(value) ? undefined : 'has a value that cannot be sent.';
}

/** Why a key cannot be sent in this header, in the same way. */
export function whyNoKeyHeader(name: string): string | undefined {
  return name.toLowerCase() === 'authorization' ? undefined : whyNoHeader(name, '');
}

type Texts = Readonly<Record<string, string>>;

function isTexts(value: unknown, isFine: (name: string, text: string) => boolean): value is Texts {
  if (!isJsonObject(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= mostEntries && entries.every(([name, text]) => typeof text === 'string' && isFine(name, text))
  );
}

export const additionEntries = {
  headers: v.exactOptional(
    v.custom<Texts>((value) => isTexts(value, (name, text) => whyNoHeader(name, text) === undefined)),
  ),
  query: v.exactOptional(
    v.custom<Texts>((value) => isTexts(value, (name, text) => name !== '' && text.length <= longestValue)),
  ),
  apiKeyHeader: v.exactOptional(
    v.pipe(
      v.string(),
      v.check((name) => whyNoKeyHeader(name) === undefined),
    ),
  ),
};

export const additionExpectations: Readonly<Record<keyof CallAdditions, string>> = {
  headers:
    'an object of names and texts, without "authorization" (the key has a place of its own) and those of the connection',
  query: 'an object of names and texts',
  apiKeyHeader: 'the name of a header such as "api-key"',
};

/** An address with what is added to its query; what is added wins. */
export function withQuery(address: string, query: Texts = {}): string {
  if (Object.keys(query).length === 0) return address;
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

/** @param name as a person writes it */
export function keyHeaderOf(name: string): KeyHeader {
  const lower = name.toLowerCase();
  return { name: lower, prefix: lower === 'authorization' ? 'Bearer ' : '' };
}

/** Header names in small letters, so that none is sent twice. */
export function inSmallLetters(headers: Texts): Texts {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

const secretName = /key|token|secret|sig|pass|auth|cookie/i;

/**
 * What of these headers no sentence may hold, and of that what no text may hold either which a model made: the address
 * of a site or the name of a program may well be what is written about.
 */
export function secretsOfHeaders(headers: Texts = {}): {
  readonly all: readonly string[];
  readonly ofTexts: readonly string[];
} {
  const values = Object.entries(headers).filter(([, value]) => value.trim() !== '');
  const ofTexts = values.filter(([name, value]) => secretName.test(name) || !/\s|^https?:/i.test(value));
  return { all: values.map(([, value]) => value), ofTexts: ofTexts.map(([, value]) => value) };
}
