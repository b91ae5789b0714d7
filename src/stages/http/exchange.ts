import { redactAddress } from '../../base/redact.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { cancelledFailure, type Failure } from '../../model/attempt.ts';
import { connectionFailure, type CallSubject } from '../../services/httpFailures.ts';
import type { Watchdog } from '../../services/timeouts.ts';
import { failure } from '../outcomes.ts';
import { withParameters } from './addressTemplate.ts';
import { checkHost, type CheckedHost, type HostCheck } from './hostCheck.ts';
import type { Transport, WireAnswer } from './transport.ts';

/** What the person's settings add to requests to one origin. */
export interface RequestAdditions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

/** One request as a stage means it. */
export interface StageRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  /** Sent to the first origin only, in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent to whoever answers. */
  readonly ownHeaders: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
}

export interface ExchangeTools {
  readonly transport: Transport;
  readonly hosts: HostCheck;
  readonly allowPrivate: boolean;
  /** Undefined for every origin but that of the stage's service. */
  readonly additions: (origin: string) => RequestAdditions | undefined;
}

export interface StageAnswer extends WireAnswer {
  /** Where the answer came from, without what settings add. */
  readonly url: URL;
  readonly wasRedirected: boolean;
}

const mostRedirects = 5;
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a request and follows its redirects. Each address is checked before it is asked, wherever it comes from. Another
 * origin gets neither the stage's headers nor anything of the person's settings, nor does any that follows it.
 */
export async function exchange(
  request: StageRequest,
  { transport, hosts, allowPrivate, additions }: ExchangeTools,
  watchdog: Watchdog,
  subject: CallSubject,
): Promise<Outcome<StageAnswer, Failure>> {
  const { origin } = request.url;
  let { url, method, body } = request;
  let isNear = true;
  for (let redirects = 0; ; redirects++) {
    const added = isNear ? additions(url.origin) : undefined;
    const host = await hostFor(url, { hosts, isTrusted: allowPrivate || added !== undefined, watchdog, subject });
    if (!host.ok) return host;
    let answer: WireAnswer;
    try {
      answer = await transport({
        url: withParameters(url, added?.query ?? {}),
        method,
        headers: {
          ...request.ownHeaders,
          ...(isNear ? request.headers : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...added?.headers,
        },
        ...(body === undefined ? {} : { body }),
        host: host.value,
        signal: watchdog.signal,
      });
    } catch (error) {
      return failed(brokenOff(error, watchdog, subject));
    }
    watchdog.contentArrived();
    if (!redirectStatuses.has(answer.status)) return success({ ...answer, url, wasRedirected: redirects > 0 });
    answer.body.on('error', () => undefined).destroy();
    const next = nextAddress(url, answer.headers.get('location'));
    if (typeof next === 'string') return failed(redirected(subject, next));
    if (redirects >= mostRedirects) return failed(redirected(subject, `it redirects more than ${mostRedirects} times`));
    if (next.origin !== origin) {
      isNear = false;
      if (holdsSecret(next, subject))
        return failed(redirected(subject, 'it redirects elsewhere with a key in the address'));
    }
    if (answer.status === 303 || (method === 'POST' && answer.status < 303)) {
      method = 'GET';
      body = undefined;
    } else if (body !== undefined && next.origin !== origin) {
      return failed(
        redirected(subject, `it redirects what is sent to ${redactAddress(next.href)}, which was not followed`),
      );
    }
    url = next;
  }
}

/** @returns the end of a sentence when it leads nowhere */
function nextAddress(url: URL, location: string | null): URL | string {
  if (location === null || !URL.canParse(location, url.href)) return 'it redirects to nowhere';
  const next = new URL(location, url);
  if (!/^https?:$/.test(next.protocol)) return `it redirects to "${next.protocol}", which is not the web`;
  if (url.protocol === 'https:' && next.protocol === 'http:') {
    return `it redirects from https to ${redactAddress(next.href)}, which anybody could read`;
  }
  next.username = '';
  next.password = '';
  next.hash = '';
  return next;
}

function redirected(subject: CallSubject, why: string): Failure {
  return failure('bad-request', `"${subject.service}" did not give an answer, because ${why}: correct the address.`);
}

function holdsSecret({ href }: URL, { secrets = [] }: CallSubject): boolean {
  return secrets.some(
    (secret) => secret.length >= 8 && (href.includes(secret) || href.includes(encodeURIComponent(secret))),
  );
}

interface HostQuestion {
  readonly hosts: HostCheck;
  readonly isTrusted: boolean;
  readonly watchdog: Watchdog;
  readonly subject: CallSubject;
}

async function hostFor(url: URL, question: HostQuestion): Promise<Outcome<CheckedHost, Failure>> {
  const { hosts, isTrusted, watchdog, subject } = question;
  if (isTrusted) return success({ kind: 'trusted' });
  const checked = await unlessAborted(checkHost(url.hostname, hosts), watchdog.signal);
  if (checked === undefined) return failed(timedOut(watchdog, subject));
  if (checked.ok) return checked;
  switch (checked.failure.kind) {
    case 'unknown':
      return failed(connectionFailure(checked.failure.error, { ...subject, baseUrl: url.origin }));
    case 'private':
      return failed(
        failure(
          'bad-request',
          `"${url.hostname}" was not asked, because it is a private address (${checked.failure.address}): ` +
            'set "allowPrivate: true" if the stage is meant to ask in your own network.',
        ),
      );
  }
}

/** A name that is looked up cannot be called back: nobody waits for it. */
async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value | undefined> {
  if (signal.aborted) return undefined;
  let stop: (() => void) | undefined;
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}

/** What a call died of: the person, the clock, or the connection. */
export function brokenOff(error: unknown, watchdog: Watchdog, subject: CallSubject): Failure {
  return watchdog.signal.aborted ? timedOut(watchdog, subject) : connectionFailure(error, subject);
}

function timedOut({ expired }: Watchdog, { service }: CallSubject): Failure {
  switch (expired) {
    case undefined:
      return cancelledFailure;
    case 'total':
      return failure('timeout', `"${service}" did not end its answer in time: raise the stage's "timeout".`);
    case 'idle':
    case 'firstToken':
      return failure('timeout', `"${service}" fell silent: try again later.`);
  }
}
