import { escapeForPattern } from '../base/pattern.ts';
import type { Adaptation } from '../model/adaptation.ts';
import type { ErrorFacts } from './errorBody.ts';

/** A request as JSON, by the names that are sent. */
export type RequestBody = Readonly<Record<string, unknown>>;

/** What is asked, and of whom. */
export const content: ReadonlySet<string> = new Set(['model', 'messages', 'system']);
/** More output than the model can give means all that it can give. */
const outputLimits: ReadonlySet<string> = new Set(['max_tokens', 'max_completion_tokens', 'max_output_tokens']);
const largestAllowed: readonly RegExp[] = [
  /> ?(\d{1,9}), which is the maximum/i,
  /\b(?:at most|no more than|less than or equal to|up to)\s[`'"]?(\d{1,9})\b/i,
  /<= ?(\d{1,9})\b/,
  /\bmaximum(?: allowed)?(?: value)?(?: is|:| of) (\d{1,9})\b/i,
  /\bbetween \d{1,9} and (\d{1,9})\b/i,
  /\[ ?\d{1,9}, ?(\d{1,9}) ?\]/,
];
/** What a name can be exchanged for where the service does not say: the same limit has had two names. */
const otherNames: Readonly<Record<string, string>> = {
  max_tokens: 'max_completion_tokens',
  max_completion_tokens: 'max_tokens',
};
/** They mean something of their own, so that no other parameter's value belongs there. */
const distinct: ReadonlySet<string> = new Set([
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'n',
  'seed',
  'presence_penalty',
  'frequency_penalty',
]);
/** A name that a service proposes is kept and shown, so that nothing else may pass for one: no key is only letters. */
const possibleName = /^[a-z][a-z_]{1,39}$/;
/** A service wants what was left out. */
const missing = /\b(?:required|missing|mandatory|must be (?:set|specified|provided|given))\b/i;
const missingCodes = /^(?:missing|missing_required_parameter|required|parameter_missing)$/;
/** The parameter is known and its value does not fit: that is for the person to mend. */
const aboutRange =
  /\b(?:between|at most|at least|too (?:large|small|long|high|low|many)|maximum|minimum|exceeds?|(?:less|greater|more) than)\b/i;
const refusing =
  /unsupported|not supported|unavailable|unknown|unrecogni[sz]ed|unexpected|extra inputs|not permitted|not allowed|not accept|(?:does|do)(?: not|n't) support|deprecated|invalid (?:parameter|field|argument)|no such|default|cannot (?:both )?be (?:set|specified|used)|may only be (?:set|used)|(?:is|are) not (?:available|valid)|not implemented/i;
/** Two parameters that do not go together: the one that is named last is given up. */
const aboutTwo = /\b(?:cannot|can not|can't|must not|not) both\b|\bmutually exclusive\b|\bonly one of\b/i;
const refusingCodes =
  /^(?:unsupported_(?:parameter|value)|unknown_(?:parameter|field)|invalid_parameter|unrecognized_\w+|extra_forbidden)$/;
const instead =
  /\b(?:use|name it|try|did you mean|renamed to|replaced by|in favou?r of|switch to)\s+(?:the\s+)?(?:parameter\s+)?[`'"“]([a-z_][\w]*)[`'"”]/i;

/** What the format of answers is called where its parameter is not named. */
const formats = ['response_format', 'output_config'];
const aboutFormat = /\bjson_(?:schema|object)\b|\bresponse format\b|\bstructured outputs?\b/i;

/** The parameter of a body that a refusal names; undefined when it names none. */
function namedIn({ message, params = [] }: ErrorFacts, body: RequestBody): string | undefined {
  const names = Object.keys(body).filter((name) => !content.has(name));
  const parts = params.flatMap((param) => param.split(/[.[\]/]+/));
  const told = parts.find((part) => names.includes(part));
  if (told !== undefined || params.length > 0) return told;
  const places = names.flatMap((name) => {
    // A short name is an ordinary letter or word unless it is marked as a name.
    const marked = new RegExp(
      `[\`'"“]${escapeForPattern(name)}[\`'"”.[]|\\b(?:parameter|field|argument|property|option)s?:? ${escapeForPattern(name)}\\b`,
      'i',
    );
    const plain = name.length > 4 ? new RegExp(`\\b${escapeForPattern(name)}\\b`, 'i') : undefined;
    const place = marked.exec(message)?.index ?? plain?.exec(message)?.index;
    return place === undefined ? [] : [{ name, place }];
  });
  const named = places.sort((a, b) => a.place - b.place).at(aboutTwo.test(message) ? -1 : 0)?.name;
  return named ?? formats.find((name) => names.includes(name) && aboutFormat.test(message));
}

/** The most that a refusal allows of what is asked for; undefined where that is not more. */
function allowedIn(message: string, asked: unknown): number | undefined {
  const most = largestAllowed.map((pattern) => Number(pattern.exec(message)?.[1] ?? 0)).find((number) => number > 0);
  return most !== undefined && typeof asked === 'number' && asked > most ? most : undefined;
}

function isAboutRequest(facts: ErrorFacts, status: number): boolean {
  const meant = status >= 400 ? status : (facts.status ?? 400);
  return (meant === 400 || meant === 422) && facts.isPage !== true;
}

/**
 * What to change in a body that was refused; undefined when the refusal is about something else.
 *
 * @param status of the answer; 200 for an error inside an answer
 * @param required is never left out nor renamed
 */
export function adaptationFor(
  facts: ErrorFacts,
  status: number,
  body: RequestBody,
  required: ReadonlySet<string> = new Set(),
): Adaptation | undefined {
  if (!isAboutRequest(facts, status)) return undefined;
  const isCoded = facts.codes.some((code) => refusingCodes.test(code));
  const isNamed = (facts.params ?? []).length > 0;
  const parameter = namedIn(facts, body);
  if (parameter === undefined) return undefined;
  const atMost = outputLimits.has(parameter) ? allowedIn(facts.message, body[parameter]) : undefined;
  if (atMost !== undefined) return { parameter, name: parameter, atMost };
  if (required.has(parameter)) return undefined;
  if (!isCoded && aboutRange.test(facts.message)) return undefined;
  if (!isCoded && !refusing.test(facts.message) && !(isNamed && status >= 400)) return undefined;
  const proposed = instead.exec(facts.message)?.[1] ?? otherNames[parameter];
  const fits =
    proposed !== undefined &&
    possibleName.test(proposed) &&
    !(proposed in body) &&
    !distinct.has(proposed) &&
    !content.has(proposed);
  return { parameter, name: fits ? proposed : undefined };
}

/** Of these parameters, which a call was sent without, the one that a refusal wants; undefined when it wants none. */
export function missedIn(facts: ErrorFacts, status: number, without: RequestBody): string | undefined {
  if (!isAboutRequest(facts, status)) return undefined;
  if (!missing.test(facts.message) && !facts.codes.some((code) => missingCodes.test(code))) return undefined;
  return namedIn(facts, without);
}
