import { describeError } from '../../base/redact.ts';
import { visible } from '../../base/visible.ts';
import type { Failure, FailureReason } from '../../model/attempt.ts';
import { readErrorText } from '../errorBody.ts';

const mostCharacters = 300;
const mostCauses = 5;

/** What a `vscode.LanguageModelError` is by its `code`; its class is another one in every bundle. */
const reasonOfCode: Readonly<Record<string, FailureReason>> = {
  NoPermissions: 'unauthorized',
  Blocked: 'quota-exhausted',
  NotFound: 'unknown-model',
};

/** What its causes say, where the code says nothing. */
const reasonOfWords: readonly (readonly [RegExp, FailureReason])[] = [
  [/rate.?limit|too many requests|\b429\b|throttl/i, 'rate-limited'],
  [/quota|premium requests?|allowance|exhausted|billing|payment|\b402\b/i, 'quota-exhausted'],
  [/content.?filter|off.?topic|responsible ai|filtered|moderation/i, 'content-filter'],
  [/unauthori[sz]ed|not signed in|sign in|\b401\b/i, 'unauthorized'],
  [/not (?:found|supported)|unknown model|\b404\b/i, 'unknown-model'],
  [/too (?:long|large|many tokens)|context.?length|maximum context|\b413\b/i, 'bad-request'],
  [/network|offline|fetch failed|ECONN|ENOTFOUND|ETIMEDOUT|socket/i, 'connection'],
  [/time(?:d )?.?out/i, 'timeout'],
];

/** An error of the editor's models, whatever was thrown, as a failure. */
export function failureOfEditor(error: unknown, service: string, model: string): Failure {
  const layers = causesOf(error);
  const code = layers.map(codeOf).find((each) => Object.hasOwn(reasonOfCode, each));
  const words = layers.map(describeError).join(' ');
  const reason =
    (code === undefined ? undefined : reasonOfCode[code]) ??
    reasonOfWords.find(([pattern]) => pattern.test(words))?.[1] ??
    'server-error';
  const waitMs = reason === 'rate-limited' ? readErrorText(words, Date.now()).waitMs : undefined;
  return {
    reason,
    message: sentence(reason, said(layers), service, model),
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  };
}

function causesOf(error: unknown): unknown[] {
  const layers: unknown[] = [];
  for (let each = error; each !== undefined && each !== null && layers.length < mostCauses;) {
    layers.push(each);
    each = typeof each === 'object' && 'cause' in each ? each.cause : undefined;
  }
  return layers;
}

function codeOf(error: unknown): string {
  const { code, name } = Object(error) as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : '';
}

function said(layers: readonly unknown[]): string {
  const [first] = layers;
  const text = visible(describeError(first)).replace(/\s+/g, ' ').trim();
  const short = text.length > mostCharacters ? `${text.slice(0, mostCharacters - 1)}…` : text.replace(/[.\s]+$/, '');
  return short === '' ? '.' : `: ${short}${/[!?…]$/.test(short) ? '' : '.'}`;
}

function sentence(reason: FailureReason, because: string, service: string, model: string): string {
  const named = `The model "${model}" of the editor (service "${service}")`;
  switch (reason) {
    case 'unauthorized':
      return `${named} may not be used: allow it in the editor's question, or with "Manage Language Model Access".`;
    case 'quota-exhausted':
      return `Your plan for the editor's model "${model}" has no requests left: see the extension that brings the model.`;
    case 'unknown-model':
      return `${named} is not there any more${because}`;
    case 'rate-limited':
      return `${named} is limiting the rate${because}`;
    case 'content-filter':
      return `${named} withheld the text (content filter): change the prompt.`;
    case 'bad-request':
      return `${named} did not accept the request${because}`;
    default:
      return `${named} failed${because}`;
  }
}
