import type { Failure, FailureReason } from '../model/attempt.ts';
import { parseRetryAfter } from './durations.ts';

/** What an error of an HTTP call tells, read by shape: minifying renames classes. */
export interface HttpErrorFacts {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly message: string;
  readonly headers: Headers | undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function httpErrorFacts(error: unknown): HttpErrorFacts {
  const fields = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  const body = (typeof fields.error === 'object' && fields.error !== null ? fields.error : {}) as Record<
    string,
    unknown
  >;
  return {
    status: typeof fields.status === 'number' ? fields.status : undefined,
    code: text(fields.code) ?? text(body.code) ?? text(body.type) ?? systemCode(error),
    message: text(body.message) ?? text(fields.message) ?? String(error),
    headers: fields.headers instanceof Headers ? fields.headers : undefined,
  };
}

/** The system's error code (ECONNREFUSED, …) at the bottom of a chain of causes. */
function systemCode(error: unknown): string | undefined {
  let current = error;
  for (let depth = 0; depth < 8 && typeof current === 'object' && current !== null; depth++) {
    const { code, cause, errors } = current as { code?: unknown; cause?: unknown; errors?: unknown };
    if (typeof code === 'string' && /^(?:E[A-Z_]+|UND_ERR_[A-Z_]+|CERT_[A-Z_]+)$/.test(code)) return code;
    current = cause ?? (Array.isArray(errors) ? (errors as unknown[])[0] : undefined);
  }
  return undefined;
}

function reasonOf({ status, code }: HttpErrorFacts): FailureReason {
  if (code === 'insufficient_quota' || code === 'billing_hard_limit_reached') return 'quota-exhausted';
  if (code === 'content_filter' || code === 'content_policy_violation') return 'content-filter';
  switch (status) {
    case undefined:
      return code === undefined ? 'malformed' : 'connection';
    case 401:
      return 'unauthorized';
    case 402:
      return 'quota-exhausted';
    case 404:
      return 'not-found';
    case 408:
      return 'timeout';
    case 409:
      return 'conflict';
    case 429:
      return 'rate-limited';
    default:
      return status >= 500 ? 'server-error' : 'bad-request';
  }
}

const connectionCauses: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'the host is out of reach',
  ENETUNREACH: 'the network is out of reach',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
};

function oneLine(message: string): string {
  return message.replace(/\s+/g, ' ').trim().slice(0, 300);
}

function sentence(reason: FailureReason, facts: HttpErrorFacts, service: string, baseUrl: string): string {
  const said = oneLine(facts.message).replace(/\.$/, '');
  const status = facts.status === undefined ? '' : ` (${facts.status})`;
  switch (reason) {
    case 'unauthorized':
      return `The service "${service}" refused the API key${status}: set a valid one with "Set API Key", or in the terminal's environment.`;
    case 'quota-exhausted':
      return `The account of the service "${service}" has no quota left: check its plan and billing, then run again.`;
    case 'not-found':
      return `The service "${service}" does not know this model or address${status}: ${said}.`;
    case 'connection':
      return `The service "${service}" cannot be reached at ${baseUrl}: ${connectionCauses[facts.code ?? ''] ?? said}. Check the address and the network.`;
    case 'rate-limited':
      return `The service "${service}" is limiting the rate${status}: ${said}.`;
    case 'server-error':
      return `The service "${service}" has a problem of its own${status}: ${said}.`;
    case 'timeout':
      return `The service "${service}" did not answer in time.`;
    case 'malformed':
      return `The service "${service}" sent an answer that cannot be read: ${said}.`;
    case 'content-filter':
      return `The service "${service}" withheld the text (content filter): change the prompt.`;
    case 'bad-request':
    case 'conflict':
    case 'empty':
    case 'truncated':
    case 'write-failed':
    case 'missing-members':
    case 'cancelled':
      return `The service "${service}" did not accept the request${status}: ${said}.`;
  }
}

/** Turns what a call threw into a failure that a person can act on. */
export function failureOf(error: unknown, service: string, baseUrl: string, nowMs: number): Failure {
  const facts = httpErrorFacts(error);
  const reason = reasonOf(facts);
  const retryAfterMs = facts.headers ? parseRetryAfter(facts.headers, nowMs) : undefined;
  return {
    reason,
    message: sentence(reason, facts, service, baseUrl),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
