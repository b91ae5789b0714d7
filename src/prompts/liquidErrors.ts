import { LiquidError } from 'liquidjs';
import type { Finding } from './compiledMessage.ts';
import { brief } from './limits.ts';
import { ForbiddenTag } from './liquid.ts';

/** Characters of a foreign name in a sentence. */
const longestName = 80;

/** Told of a template that runs away. */
export const runsAway = 'This makes too much text or takes too long: make its loops smaller.';
const liesTooDeep = 'This lies too deep in itself: take some of its brackets or blocks apart.';

const noOperator =
  'This is not valid Liquid: behind a value there is neither a filter after "|" nor an operator such as "==", "and" or "or". Text that only looks like Liquid goes between {% raw %} and {% endraw %}.';

/** What Liquid says, in our words. */
export function sentenceOf(message: string): string {
  if (message.endsWith('limit exceeded') || /^Invalid (?:string|array) length/.test(message)) return runsAway;
  if (message.startsWith('Maximum call stack')) return liesTooDeep;
  const filter = /^undefined filter: (.*?)(?:, line:\d+, col:\d+)?$/s.exec(message)?.[1];
  if (filter !== undefined) return `Liquid has no filter "${brief(filter, longestName)}": correct its name.`;
  if (message.startsWith('expected "|" before filter')) return noOperator;
  const told = brief(message.replace(/, line:\d+, col:\d+$/, '').replace(/\s+/g, ' '));
  return `This is not valid Liquid: ${told}. Text that only looks like Liquid goes between {% raw %} and {% endraw %}.`;
}

/** What is wrong when a template is parsed or rendered. */
export interface Complaint extends Finding {
  /** The variable without a value, as it is written, when that is what is wrong. */
  readonly variable?: string;
}

/**
 * Reads Liquid's error by its fields: class names do not survive a minified bundle.
 *
 * @param template that it may be about
 */
export function complaintOf(error: unknown, template: string): Complaint {
  if (!(error instanceof Error)) throw error;
  const located = LiquidError.is(error) ? error : undefined;
  const cause: Error & { readonly variableName?: unknown } = located?.originalError ?? error;
  // An expression that a value holds has places of its own.
  const token = located?.token.input === template ? located.token : undefined;
  const [begin, end] = [token?.begin ?? 0, token?.end ?? 0];
  if (cause instanceof ForbiddenTag) return { message: cause.message, begin, end };
  if (typeof cause.variableName !== 'string') return { message: sentenceOf(cause.message), begin, end };
  const at = template.indexOf(cause.variableName, begin);
  const place = at !== -1 && at < end ? { begin: at, end: at + cause.variableName.length } : { begin, end };
  return { message: '', ...place, variable: cause.variableName };
}
