import { redactAddress, secretsOf } from '../base/redact.ts';
import { wellFormed } from '../base/wellFormed.ts';
import type { Failure, FailureReason } from '../model/attempt.ts';
import { certificateCauses, connectionCauses, connectionFacts, isElsewhere } from './connectionFacts.ts';
import { type Credential, redactFor } from './credential.ts';
import type { ErrorFacts } from './errorBody.ts';

/** What a failure's sentence speaks of. */
export interface CallSubject {
  readonly service: string;
  /** What was called, whole. Shown without what may be a key in it. */
  readonly address: string;
  /** Up to and including the version; what a person has set. */
  readonly baseUrl: string;
  readonly model: string;
  /** What was sent with the call: no sentence holds its secret, whatever the service repeats. */
  readonly credential: Credential | undefined;
  /** What else was sent with it and no sentence may hold. */
  readonly secrets?: readonly string[];
}

/** Codes of an account that has nothing left. */
const quotaCodes: ReadonlySet<string> = new Set([
  'insufficient_quota',
  'insufficient_credits',
  'insufficient_balance',
  'insufficient_user_quota',
  'insufficient_funds',
  'billing_hard_limit_reached',
  'billing_not_active',
  'billing_error',
  'budget_exceeded',
  'credit_balance_too_low',
  'payment_required',
  'exceeded_current_quota_error',
  'access_terminated',
  'account_deactivated',
  'arrearage',
  'contract_spend_limit_reached',
  'enforced_spend_limit_reached',
  'linked_organization_spend_limit_reached',
]);
/** A cheap tier has no room just now (OpenAI 429, Groq 498), which says nothing of anybody's limit. */
const tierCodes: ReadonlySet<string> = new Set(['resource_unavailable', 'capacity_exceeded']);
const filterCodes: ReadonlySet<string> = new Set([
  'content_filter',
  'content_filtered',
  'content_policy_violation',
  'contentfilter',
  'responsibleaipolicyviolation',
  'data_inspection_failed',
  'moderation_blocked',
  'sensitive_words_detected',
  'safety',
]);
const modelCodes: ReadonlySet<string> = new Set([
  'model_not_found',
  'unknown_model',
  'invalid_model',
  'model_decommissioned',
  'model_not_available',
  'model_not_exist',
  'deploymentnotfound',
  'model_terms_required',
]);
const keyCodes: ReadonlySet<string> = new Set([
  'invalid_api_key',
  'api_key_invalid',
  'missing_api_key',
  'invalid_authentication',
  'invalid_authentication_error',
  'authentication_error',
  'incorrect_api_key_error',
  'unauthenticated',
  'unauthorized',
  'invalidapikey',
]);

/** What an error's words stand for where no status comes with it. */
const statusOfCode: readonly (readonly [RegExp, number])[] = [
  [/rate_?limit|too_many|throttl|resource_exhausted|^(?:requests|tokens)$|concurrency_limit/, 429],
  [/overloaded|capacity|loading/, 529],
  [/unavailable|upstream|bad_gateway/, 503],
  [/timeout|deadline/, 408],
  [/authentication|unauthenticated|unauthorized|api_key/, 401],
  [/permission|forbidden|unsupported_country/, 403],
  [/not_found|notfound/, 404],
  [/invalid_request|invalid_argument|bad_request|unsupported|validation|context_length/, 400],
  [/server_error|internal|api_error/, 500],
];
const statusOfWords: readonly (readonly [RegExp, number])[] = [
  [/rate.?limit|too many requests|quota/i, 429],
  [/overloaded|at capacity|is (?:currently |being )?load/i, 529],
  [/timed? ?out/i, 408],
  [/\b(?:unexpected|unknown|no such|invalid|unsupported) (?:request )?(?:endpoint|route|url|path)\b/i, 404],
];

const spent =
  /\b(?:credits?|balance|funds?|quota|billing|payment|prepaid|subscription)\b.{0,80}?\b(?:used up|exhausted|depleted|too low|insufficient|not enough|r[ua]n out|out of|no (?:remaining|more)|empty|negative|overdue|expired|inactive|not active|exceeded|required|reached|spent)\b|\b(?:insufficient|not enough|out of|no (?:remaining|more|left)|exceeded|exhausted|used up|spent|add|purchase|buy|top up|recharge)\b.{0,60}?\b(?:credits?|balance|funds?|quota|billing|payment|subscription)\b|\busage limits?\b.{0,80}?\bregain access\b/is;
const perTime = /per[ _-]?(?:second|minute|hour)|\/ ?(?:s|sec|min|h)\b|\b[rt]p[ms]\b/i;
const aboutKey =
  /\b(?:api[ _-]?key|access token|auth(?:entication|orization)? (?:token|header|key)|credentials?|bearer)\b.{0,60}?\b(?:invalid|incorrect|missing|expired|not valid|not found|revoked|disabled|required|unknown|wrong)\b|\b(?:invalid|incorrect|missing|expired|revoked|disabled|unknown|wrong|no)\b.{0,30}?\b(?:api[ _-]?key|access token|auth(?:entication|orization)? (?:token|header|key)|credentials?|bearer)\b/is;
/** The model itself is not there; that it does not take a parameter is another matter. */
const aboutModel =
  /\b(?:model|deployment|engine)s?[\s:]{0,3}(?:name |id )?(?:[`'"“][^`'"”]{1,100}[`'"”]|[\w./:@-]{1,100})?[\s,]{0,3}(?:was |is |has been |could |does |do |not ){0,2}?(?:not found|not be found|not exist|unknown|not a valid|not valid|invalid|not available|unavailable|not supported|decommissioned|deprecated|retired|no longer)\b|\b(?:unknown|no such|nonexistent|invalid)\s(?:model|deployment|engine)\b|\bnot a valid model\b|\b(?:no|not have) access to (?:the |this )?(?:model|deployment)\b/i;
/** Where something is not found, whatever is said of a model is that it is not. */
const mentionsModel = /\b(?:model|deployment|engine)s?\b/i;
/** The request names something that the service does not take: for whoever adapts it. */
const aboutParameter =
  /parameter|unsupported_value|invalid_value|context_length|string_above|unknown_field|extra_forbidden/;
const aboutModeration = /\b(?:moderation|flagged|content polic|safety|inappropriate|content filter)/i;

/** The status that says most: a gateway's own may hide what the service behind it said. */
function trueStatus(
  { codes, message }: ErrorFacts,
  inBody: number | undefined,
  http: number | undefined,
): number | undefined {
  const isPlain = http === undefined || http < 300 || http === 400 || http === 500 || http === 502 || http === 503;
  if (!isPlain) return http;
  if (inBody !== undefined) return inBody;
  if (http !== undefined && http >= 400) return http;
  for (const [pattern, status] of statusOfCode) if (codes.some((code) => pattern.test(code))) return status;
  return statusOfWords.find(([pattern]) => pattern.test(message))?.[1];
}

function reasonOf(facts: ErrorFacts, status: number | undefined): FailureReason {
  const { codes, message, waitMs, isPage } = facts;
  const has = (known: ReadonlySet<string>): boolean => codes.some((code) => known.has(code));
  const isRefusal = status === undefined || (status >= 400 && status < 500);
  if (has(filterCodes)) return 'content-filter';
  if (has(quotaCodes) || status === 402) return 'quota-exhausted';
  if ((status === 429 || status === 498) && has(tierCodes)) return 'conflict';
  if (status === 429) return isSpentQuota(facts) ? 'quota-exhausted' : 'rate-limited';
  if (isRefusal && !isPage) {
    if (has(keyCodes) && status !== 403) return 'unauthorized';
    if (status === 403 && (/rate.?limit/i.test(`${codes.join(' ')} ${message}`) || waitMs !== undefined))
      return 'rate-limited';
    if (status === 403 && /key limit/i.test(message)) return 'quota-exhausted';
    const isAboutParameter = status === 400 && codes.some((code) => aboutParameter.test(code));
    if ((status === 400 || status === 401 || status === 403) && !isAboutParameter) {
      if (spent.test(message)) return 'quota-exhausted';
      if (aboutKey.test(message)) return 'unauthorized';
    }
    if (has(modelCodes)) return 'unknown-model';
    if ((status === 404 || status === 410) && mentionsModel.test(message)) return 'unknown-model';
    if ((status === 400 || status === 403) && !isAboutParameter && aboutModel.test(message)) return 'unknown-model';
    if ((status === 400 || status === 403) && !isAboutParameter && aboutModeration.test(message))
      return 'content-filter';
  }
  switch (status) {
    case undefined:
      return 'server-error';
    case 401:
      return 'unauthorized';
    case 403:
    case 407:
    case 451:
      return 'forbidden';
    case 404:
    case 405:
    case 410:
      return 'wrong-address';
    case 408:
      return 'timeout';
    case 409:
    case 425:
      return 'conflict';
    default:
      if (status >= 500) return 'server-error';
      return status < 400 ? 'wrong-address' : 'bad-request';
  }
}

/** A quota that a minute does not give back, told with the status of a limit. */
function isSpentQuota({ codes, message, waitMs }: ErrorFacts): boolean {
  if (codes.some((code) => /per_?day/.test(code))) return true;
  if (waitMs !== undefined || codes.some((code) => /per_?minute|rate_?limit/.test(code)) || perTime.test(message))
    return false;
  return codes.some((code) => code.includes('quota')) || spent.test(message);
}

/** Text of a service or a library on one line, with nothing in it that a terminal would obey. */
function oneLine(message: string, subject: CallSubject): string {
  const clean = withoutSecrets(message, subject)
    // eslint-disable-next-line no-control-regex -- those are what must go
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\s]+/g, ' ')
    .trim();
  return wellFormed(clean.length > 300 ? `${clean.slice(0, 299).trimEnd()}…` : clean.replace(/[.\s]+$/, ''));
}

function withoutSecrets(text: string, { credential, address, secrets = [] }: CallSubject): string {
  return redactFor(credential, text, [...secretsOf(address), ...secrets]);
}

/** An address as it may be shown: the key may stand in its path too. */
function shownAddress(address: string, subject: CallSubject): string {
  return withoutSecrets(redactAddress(address), subject);
}

function sentence(reason: FailureReason, said: string, status: number | undefined, subject: CallSubject): string {
  const named = `The service "${subject.service}"`;
  const code = status === undefined ? '' : ` (${status})`;
  // What a service says may end a sentence in its own way.
  const because = said === '' ? '.' : `: ${said}${/[!?…]$/.test(said) ? '' : '.'}`;
  switch (reason) {
    case 'unauthorized':
      return `${named} refused the API key${code}: set a valid one with "Set API Key", or in the terminal's environment.`;
    case 'quota-exhausted':
      return `The account of the service "${subject.service}" has no quota left: check its plan and billing, then run again.`;
    case 'not-found':
      return `${named} has nothing there${code}${because}`;
    case 'unknown-model':
      return `${named} does not know the model "${subject.model}"${code}${because}`;
    case 'wrong-address':
      return `${named} is no API at ${shownAddress(subject.address, subject)}${code}${because} Check its base URL.`;
    case 'forbidden':
      return status === 407
        ? `${named} cannot be reached: the proxy asks for a name and a password${code}. Set them in the proxy's address.`
        : `${named} does not serve this account, region or network${code}${because}`;
    case 'certificate':
    case 'connection':
      return `${named} cannot be reached at ${shownAddress(subject.baseUrl, subject)}${because} Check the address and the network.`;
    case 'rate-limited':
      return `${named} is limiting the rate${code}${because}`;
    case 'server-error':
      return `${named} has a problem of its own${code}${because}`;
    case 'timeout':
      return `${named} did not answer in time${code}${because}`;
    case 'malformed':
      return `${named} sent an answer that cannot be read${because}`;
    case 'content-filter':
      return `${named} withheld the text (content filter): change the prompt.`;
    case 'conflict':
      return `${named} cannot take the request yet${code}${because}`;
    case 'bad-request':
    case 'empty':
    case 'truncated':
    case 'max-tokens':
    case 'too-long':
    case 'invalid-output':
    case 'write-failed':
    case 'missing-members':
    case 'program-failed':
    case 'budget':
    case 'cancelled':
      return `${named} did not accept the request${code}${because}`;
  }
}

/** 502 and 503 of whatever stands before a server that starts up, and 529 of one that is overloaded (Anthropic). */
const unavailable: ReadonlySet<number> = new Set([502, 503, 529]);

/** A wait from which on a person wants to know when it ends, ms. */
const toldWaitMs = 60_000;
const dayMs = 24 * 60 * 60 * 1000;

function timeOfDay(inMs: number): string {
  const at = new Date(Date.now() + inMs);
  const time = `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
  return inMs < dayMs ? time : `${at.toLocaleDateString('en-CA')} ${time}`;
}

function failureWith(
  reason: FailureReason,
  said: string,
  status: number | undefined,
  subject: CallSubject,
  waitMs?: number,
): Failure {
  const message = sentence(reason, oneLine(said, subject), status, subject);
  return {
    reason,
    message:
      waitMs !== undefined && waitMs >= toldWaitMs ? `${message} It asks to wait until ${timeOfDay(waitMs)}.` : message,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    ...(status !== undefined && unavailable.has(status) ? { isUnavailable: true } : {}),
  };
}

/**
 * Turns an error that a service told into a failure that a person can act on; it means the same wherever it stood.
 *
 * @param httpStatus the answer's own; 200 for an error inside an answer
 */
export function refusalOf(facts: ErrorFacts, httpStatus: number, subject: CallSubject): Failure {
  // A page where an answer should be is a login, a landing page, or a wall in front of the service.
  if (facts.isPage && httpStatus < 400) return pageFailure(facts.message, subject);
  const status = trueStatus(facts, facts.status, httpStatus);
  return failureWith(reasonOf(facts, status), facts.message, status, subject, facts.waitMs);
}

function pageFailure(title: string, subject: CallSubject): Failure {
  const page = title === '' ? 'it answers with a web page' : `it answers with a web page, "${title}"`;
  return failureWith('wrong-address', page, undefined, subject);
}

/** There is nothing at an address; one with another base answers. */
export function otherBaseFailure(base: string, subject: CallSubject): Failure {
  const [tried, answers] = [subject.address, base].map((address) => shownAddress(address, subject));
  return {
    reason: 'wrong-address',
    message: `"${tried}" has nothing there; "${answers}" answers: set it as base URL.`,
  };
}

/** An answer of which nothing makes sense. */
export function unreadable(sample: string, subject: CallSubject): Failure {
  return failureWith('malformed', sample, undefined, subject);
}

/** A redirect that was not followed: it would have carried the prompt to `target`, an address somewhere else. */
export function redirectFailure(status: number, target: string | undefined, subject: CallSubject): Failure {
  const where =
    target === undefined
      ? 'it redirects to nowhere'
      : `it redirects to ${redactAddress(target)}, which was not followed`;
  return failureWith('wrong-address', where, status, subject);
}

/** Turns what a connection died of into a failure that a person can act on. */
export function connectionFailure(error: unknown, subject: CallSubject): Failure {
  const { code, message, peer } = connectionFacts(error);
  const proxyRefusal = /proxy.{0,20}?\b(407|\d{3})\b/i.exec(message)?.[1];
  if (proxyRefusal === '407') return failureWith('forbidden', '', 407, subject);
  if (proxyRefusal !== undefined)
    return failureWith('connection', `the proxy refused (${proxyRefusal})`, undefined, subject);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return failureWith('timeout', '', undefined, subject);
  }
  const certificate = certificateCauses[code ?? ''];
  if (certificate !== undefined) return failureWith('certificate', certificate, undefined, subject);
  if (code === 'EPROTO' || code?.startsWith('ERR_SSL_') || /^(?:CERT_|ERR_TLS_)/.test(code ?? '')) {
    return failureWith('certificate', `the connection cannot be encrypted: ${message}`, undefined, subject);
  }
  if (code?.startsWith('HPE_')) return failureWith('wrong-address', 'it does not speak HTTP there', undefined, subject);
  if (/^(?:bad port|unknown scheme|invalid url)/i.test(message) || code === 'ERR_INVALID_URL') {
    return failureWith('wrong-address', message, undefined, subject);
  }
  // The key itself cannot be sent: a line break was pasted with it, or letters that no header holds.
  if (/invalid header value|ByteString/i.test(message)) return failureWith('unauthorized', '', undefined, subject);
  const cause = connectionCauses[code ?? ''] ?? message;
  const proxy =
    peer !== undefined && isElsewhere(peer, subject.baseUrl)
      ? `the proxy at ${peer.address}${peer.port === undefined ? '' : `:${peer.port}`} failed, `
      : '';
  return failureWith('connection', proxy + cause, undefined, subject);
}
