import { isJsonObject } from '../base/jsonObject.ts';
import { failed, success, type Outcome } from '../base/outcome.ts';
import { describeError } from '../base/redact.ts';
import type { Failure } from '../model/attempt.ts';
import type { Credential, KeyHeader } from './credential.ts';
import { readErrorText, waitAsked } from './errorBody.ts';
import { connectionFailure, redirectFailure, refusalOf, unreadable, type CallSubject } from './httpFailures.ts';

/** Where a service lists its models. */
export interface ModelListing {
  readonly address: string;
  /** What is sent besides the credential. */
  readonly headers?: Readonly<Record<string, string>>;
  /** That the service takes its key in, where it is not the usual one. */
  readonly keyHeader?: KeyHeader;
}

const timeoutMs = 15_000;
const mostBytes = 4 * 1024 * 1024;
const mostModels = 5000;
const longestName = 200;

/** The names of the models that a service lists, in its order. Goes to that address only: redirects are refused. */
export async function listModels(
  service: string,
  { address, headers, keyHeader }: ModelListing,
  credential: Credential | undefined,
  signal = new AbortController().signal,
): Promise<Outcome<readonly string[], Failure>> {
  const subject: CallSubject = { service, address, baseUrl: address, model: '', credential };
  try {
    const response = await fetch(address, {
      headers: { accept: 'application/json', ...headers, ...credential?.headersFor(address, keyHeader) },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      return failed(redirectFailure(response.status, response.headers.get('location') ?? undefined, subject));
    }
    const text = await beginning(response);
    if (!response.ok) {
      const facts = readErrorText(text, Date.now());
      const waitMs = waitAsked(response.headers, facts.waitMs, Date.now());
      return failed(refusalOf({ ...facts, waitMs }, response.status, subject));
    }
    const names = namesIn(text);
    return names ? success(names) : failed(unreadable(text, subject));
  } catch (error) {
    if (signal.aborted) return failed({ reason: 'cancelled', message: describeError(error) });
    return failed(connectionFailure(error, subject));
  }
}

async function beginning({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the rest.
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    parts.push(part);
    size += part.length;
    if (size > mostBytes) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

/** `{ data: [{ id }] }` as OpenAI and Anthropic have it, `{ models: [{ name }] }`, or a list of either or of names. */
function namesIn(text: string): readonly string[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const list = isJsonObject(value) ? (value.data ?? value.models) : value;
  if (!Array.isArray(list)) return undefined;
  const names = (list as unknown[]).slice(0, mostModels).flatMap((entry) => {
    const name = isJsonObject(entry) ? (entry.id ?? entry.name ?? entry.model) : entry;
    return typeof name === 'string' && name !== '' && name.length <= longestName ? [name] : [];
  });
  return [...new Set(names)];
}
