import { escapeForPattern } from '../base/pattern.ts';
import type { ErrorFacts } from './errorBody.ts';

/** A request as JSON, by the names that are sent. */
export type RequestBody = Readonly<Record<string, unknown>>;

/** What a refusal makes us do with one parameter: send it under another name, or leave it out. */
export interface Adaptation {
  readonly parameter: string;
  /** Undefined: it is left out. */
  readonly name: string | undefined;
}

/** Without these there is no request. */
const essential: ReadonlySet<string> = new Set(['model', 'messages']);
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
/** The parameter is known and its value does not fit: that is for the person to mend. */
const aboutRange =
  /\b(?:between|at most|at least|too (?:large|small|long|high|low|many)|maximum|minimum|exceeds?|(?:less|greater|more) than)\b/i;
const refusing =
  /unsupported|not supported|unknown|unrecogni[sz]ed|unexpected|extra inputs|not permitted|not allowed|not accept|(?:does|do)(?: not|n't) support|deprecated|invalid (?:parameter|field|argument)|no such|default|cannot be (?:set|specified|used)|(?:is|are) not (?:available|valid)|not implemented/i;
const refusingCodes =
  /^(?:unsupported_(?:parameter|value)|unknown_(?:parameter|field)|invalid_parameter|unrecognized_\w+|extra_forbidden)$/;
const instead =
  /\b(?:use|name it|try|did you mean|renamed to|replaced by|in favou?r of|switch to)\s+(?:the\s+)?(?:parameter\s+)?[`'"“]([a-z_][\w]*)[`'"”]/i;

/** The parameter of a body that a refusal names; undefined when it names none. */
function namedIn({ message, params = [] }: ErrorFacts, body: RequestBody): string | undefined {
  const names = Object.keys(body).filter((name) => !essential.has(name));
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
  return places.sort((a, b) => a.place - b.place)[0]?.name;
}

/**
 * What to change in a body that was refused; undefined when the refusal is about something else.
 *
 * @param status of the answer; 200 for an error inside an answer
 */
export function adaptationFor(facts: ErrorFacts, status: number, body: RequestBody): Adaptation | undefined {
  const meant = status >= 400 ? status : (facts.status ?? 400);
  if ((meant !== 400 && meant !== 422) || facts.isPage) return undefined;
  const isCoded = facts.codes.some((code) => refusingCodes.test(code));
  const isNamed = (facts.params ?? []).length > 0;
  if (!isCoded && aboutRange.test(facts.message)) return undefined;
  if (!isCoded && !refusing.test(facts.message) && !(isNamed && status >= 400)) return undefined;
  const parameter = namedIn(facts, body);
  if (parameter === undefined) return undefined;
  const proposed = instead.exec(facts.message)?.[1] ?? otherNames[parameter];
  const fits = proposed !== undefined && !(proposed in body) && !distinct.has(proposed) && !essential.has(proposed);
  return { parameter, name: fits ? proposed : undefined };
}

const mostAdaptations = 32;
const mostAccepted = 1000;
/** A refusal of a parameter comes before any work: who waits for it waits no longer than this, ms. */
const longestHold = 5000;
/** The two that every request has are refused by hardly anybody, and nobody may lose time for them. */
const shortHold = 100;
const standard: ReadonlySet<string> = new Set(['stream', 'stream_options']);

/** A request that is about to be sent. */
export interface Turn {
  readonly body: RequestBody;
  /** The service has taken the parameters: those who wait may go. Cheap enough to be told with every piece of a text. */
  readonly accepted: () => void;
  /** The call has ended, whatever came of it. */
  readonly ended: () => void;
}

/** What one model of one endpoint has taught us about its parameters. */
export class Negotiation {
  readonly #learned = new Map<string, string | undefined>();
  readonly #accepted = new Set<string>();
  #leader: Promise<undefined> | undefined;

  /** In the order in which they were learned. */
  get adaptations(): readonly Adaptation[] {
    return [...this.#learned].map(([parameter, name]) => ({ parameter, name }));
  }

  /** The body as the service takes it, as far as that is known. */
  adapt(body: RequestBody): RequestBody {
    const entries = Object.entries(body).flatMap(([parameter, value]) => {
      let name: string | undefined = parameter;
      for (let renames = 0; name !== undefined && this.#learned.has(name) && renames < 4; renames++) {
        name = this.#learned.get(name);
      }
      return name === undefined || this.#learned.has(name) || (name !== parameter && name in body)
        ? []
        : [[name, value] as const];
    });
    const adapted = Object.fromEntries(entries);
    if (adapted.stream !== true) delete adapted.stream_options;
    return adapted;
  }

  /**
   * Learns from a refusal.
   *
   * @returns whether the body is to be sent again, adapted
   */
  refused(facts: ErrorFacts, status: number, sent: RequestBody): boolean {
    const adaptation = adaptationFor(facts, status, sent);
    if (!adaptation) return false;
    const { parameter, name } = adaptation;
    // Somebody else found out while this one was on its way.
    if (this.#learned.has(parameter)) return true;
    if (this.#learned.size >= mostAdaptations) return false;
    // A name that was itself a substitute, or leads back to one that was refused, is given up.
    const isDeadEnd = name === undefined || this.#learned.has(name);
    this.#learned.set(parameter, isDeadEnd ? undefined : name);
    return true;
  }

  /**
   * Waits until a request with parameters that nobody has sent yet may be sent: one finds out for the others.
   *
   * @param signal ends the wait
   */
  async turn(body: RequestBody, signal: AbortSignal): Promise<Turn> {
    const isStandard = Object.keys(this.adapt(body)).every((name) => essential.has(name) || standard.has(name));
    const until = performance.now() + (isStandard ? shortHold : longestHold);
    while (this.#leader && !this.#isAccepted(this.adapt(body)) && !signal.aborted) {
      const left = until - performance.now();
      if (left <= 0) break;
      await firstOf(this.#leader, left, signal);
    }
    const adapted = this.adapt(body);
    const ended = this.#leader === undefined && !this.#isAccepted(adapted) ? this.#lead() : () => undefined;
    let isAccepted = false;
    return {
      body: adapted,
      accepted: () => {
        if (isAccepted) return;
        isAccepted = true;
        if (this.#accepted.size > mostAccepted) this.#accepted.clear();
        for (const key of keysOf(adapted)) this.#accepted.add(key);
        ended();
      },
      ended,
    };
  }

  /** Others wait from now on. @returns ends that */
  #lead(): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#leader = promise;
    return () => {
      if (this.#leader === promise) this.#leader = undefined;
      resolve(undefined);
    };
  }

  #isAccepted(body: RequestBody): boolean {
    return keysOf(body).every((key) => this.#accepted.has(key));
  }
}

/** A value may be refused where another is taken; only seeds differ from one call to the next. */
function keysOf(body: RequestBody): string[] {
  return Object.entries(body).flatMap(([name, value]) =>
    essential.has(name) ? [] : [name === 'seed' ? name : `${name}=${JSON.stringify(value)}`],
  );
}

async function firstOf(leader: Promise<undefined>, ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const controller = new AbortController();
  await Promise.race([
    leader,
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => resolve(), { once: true, signal: controller.signal });
    }),
  ]);
  clearTimeout(timer);
  controller.abort();
}

const mostNegotiations = 1000;

/** What was learned in this process, by endpoint and model. */
export class Negotiations {
  readonly #known = new Map<string, Negotiation>();

  of(endpoint: string, model: string): Negotiation {
    const key = `${endpoint}\n${model}`;
    const known = this.#known.get(key) ?? new Negotiation();
    if (this.#known.size >= mostNegotiations) this.#known.clear();
    this.#known.set(key, known);
    return known;
  }
}
