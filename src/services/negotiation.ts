import {
  answerFormat,
  hasChanges,
  isCurrent,
  namesOf,
  sentName,
  type AdaptedParameters,
  type Adaptation,
  type LearnedAdaptation,
} from '../model/adaptation.ts';
import { isJsonObject } from '../base/jsonObject.ts';
import type { ErrorFacts } from './errorBody.ts';
import { adaptationFor, content, missedIn, type RequestBody } from './refusedParameter.ts';

/** Keeps what was learned of the models of one endpoint for whoever calls them later. Neither method throws. */
export interface NegotiationStore {
  /** Empty when nothing was kept, or it cannot be read. */
  recall(model: string): Promise<readonly LearnedAdaptation[]>;
  /** Takes the place of all that was kept of the model. */
  remember(model: string, adaptations: readonly LearnedAdaptation[]): void;
}

/** What is particular to the requests of a kind of services. */
export interface RequestHabits {
  /** Parameters without which there is no request, beside those that every kind has: never left out nor renamed. */
  readonly required?: readonly string[];
  /** `name=value` in JSON of what every request has, beside the streaming: hardly anybody refuses it. */
  readonly standard?: readonly string[];
}

const mostAdaptations = 32;
/** A service that takes no limit after so many that it proposed itself is not believed. */
const mostLowerings = 4;
const mostAccepted = 1000;
/** A refusal of a parameter comes before any work: who waits for it waits no longer than this, ms. */
const longestHold = 5000;
/** The two that every request has are refused by hardly anybody, and nobody may lose time for them. */
const shortHold = 100;
const standard: ReadonlySet<string> = new Set(['stream', 'stream_options']);

/** A request that is about to be sent. */
export interface Turn {
  readonly body: RequestBody;
  /** What each parameter that was asked for is sent as; undefined: it is left out. */
  readonly names: ReadonlyMap<string, string | undefined>;
  /** The service has taken the parameters: those who wait may go. Cheap enough to be told with every piece of a text. */
  readonly accepted: () => void;
  /** The call has ended, whatever came of it. */
  readonly ended: () => void;
}

interface Learned {
  /** What lowers a parameter has the parameter's own. */
  readonly name: string | undefined;
  readonly atMost: number | undefined;
  readonly learnedAt: number;
  /** It comes from a store: the service may have changed since. */
  readonly isRecalled: boolean;
  /** How often it was lowered. */
  readonly lowered: number;
}

/** What one model of one endpoint has taught us about its parameters. */
export class Negotiation {
  readonly #model: string;
  readonly #required: ReadonlySet<string>;
  readonly #standardKeys: ReadonlySet<string>;
  readonly #now: () => number;
  readonly #learned = new Map<string, Learned>();
  readonly #accepted = new Set<string>();
  #leader: Promise<undefined> | undefined;
  /** Counts what was learned or forgotten. */
  #version = 0;
  readonly #recalls = new WeakMap<NegotiationStore, Promise<void>>();
  /** The version that a store has. */
  readonly #kept = new WeakMap<NegotiationStore, number>();

  /** @param now epoch ms */
  constructor(model: string, habits: RequestHabits = {}, now: () => number = Date.now) {
    this.#model = model;
    this.#required = new Set(habits.required);
    this.#standardKeys = new Set(habits.standard);
    this.#now = now;
  }

  /** In the order in which they were learned. */
  get adaptations(): readonly LearnedAdaptation[] {
    return [...this.#learned].map(([parameter, { name, atMost, learnedAt }]) => ({
      parameter,
      name,
      ...(atMost === undefined ? {} : { atMost }),
      learnedAt,
    }));
  }

  /** Takes over what a store has kept, once for each store. What was learned meanwhile counts more. */
  recall(store: NegotiationStore | undefined): Promise<void> {
    if (!store) return Promise.resolve();
    const known = this.#recalls.get(store) ?? this.#recall(store);
    this.#recalls.set(store, known);
    return known;
  }

  async #recall(store: NegotiationStore): Promise<void> {
    const kept = await store.recall(this.#model);
    const current = kept.filter((each) => isCurrent(each, this.#now()) && this.#isPossible(each));
    for (const { parameter, name, atMost, learnedAt } of current) {
      if (this.#learned.has(parameter) || this.#learned.size >= mostAdaptations) continue;
      this.#learned.set(parameter, { name, atMost, learnedAt, isRecalled: true, lowered: 0 });
      this.#version++;
    }
    const isSame = kept.every(({ parameter, name, atMost }) => {
      const learned = this.#learned.get(parameter);
      return learned !== undefined && learned.name === name && learned.atMost === atMost;
    });
    if (isSame && kept.length === this.#learned.size) this.#kept.set(store, this.#version);
  }

  #isPossible({ parameter, atMost }: Adaptation): boolean {
    return !content.has(parameter) && (atMost !== undefined || !this.#required.has(parameter));
  }

  /** The body as the service takes it, as far as that is known. */
  adapt(body: RequestBody): RequestBody {
    return this.#adapted(body, this.#namesFor(body));
  }

  #adapted(body: RequestBody, names: ReadonlyMap<string, string | undefined>): RequestBody {
    const entries = Object.entries(body).flatMap(([parameter, value]) => {
      const name = names.get(parameter);
      return name === undefined ? [] : [[name, this.#stepped(name, this.#lowered(name, value))] as const];
    });
    return Object.fromEntries(entries);
  }

  #namesFor(body: RequestBody): ReadonlyMap<string, string | undefined> {
    this.#forgetOld();
    const learned = namesOf(this.adaptations);
    const names = new Map(
      Object.keys(body).map((parameter) => {
        const name = sentName(parameter, learned);
        return [parameter, name !== parameter && name !== undefined && name in body ? undefined : name];
      }),
    );
    if (body.stream !== true || names.get('stream') !== 'stream') names.delete('stream_options');
    return names;
  }

  #forgetOld(): void {
    for (const [parameter, learned] of this.#learned) {
      if (isCurrent(learned, this.#now())) continue;
      this.#learned.delete(parameter);
      this.#version++;
    }
  }

  #lowered(name: string, value: unknown): unknown {
    const most = this.#learned.get(name)?.atMost;
    return most !== undefined && typeof value === 'number' ? Math.min(value, most) : value;
  }

  /** A service that takes no schema may be asked for JSON all the same. */
  #stepped(name: string, value: unknown): unknown {
    const isRefused = name === answerFormat.parameter && this.#isRefused(answerFormat.schema);
    return isRefused && asksForSchema(value) ? { type: 'json_object' } : value;
  }

  /**
   * Learns from a refusal.
   *
   * @returns whether the body is to be sent again, adapted
   */
  refused(facts: ErrorFacts, status: number, sent: RequestBody): boolean {
    const adaptation = adaptationFor(facts, status, sent, this.#required);
    if (!adaptation) return this.#isMissed(facts, status);
    const { name, atMost } = adaptation;
    const isStep = adaptation.parameter === answerFormat.parameter && asksForSchema(sent[answerFormat.parameter]);
    const parameter = isStep ? answerFormat.schema : adaptation.parameter;
    if (atMost !== undefined) return this.#lower(parameter, atMost);
    const recalled = [...this.#learned].find(
      ([from, each]) => each.isRecalled && each.name === parameter && from !== parameter,
    );
    // What an earlier run has found out does not hold any more: it is asked for as it stands.
    if (recalled) return this.#forget(recalled[0]);
    // Somebody else found out while this one was on its way.
    const known = this.#learned.get(parameter);
    if (known !== undefined && known.atMost === undefined) return true;
    if (known === undefined && this.#learned.size >= mostAdaptations) return false;
    // A name that was itself a substitute, or leads back to one that was refused, is given up.
    const isDeadEnd = name === undefined || isStep || this.#isRefused(name);
    const learnedAt = this.#now();
    const sentAs = isDeadEnd ? undefined : name;
    this.#learned.set(parameter, { name: sentAs, atMost: undefined, learnedAt, isRecalled: false, lowered: 0 });
    this.#version++;
    return true;
  }

  /** Whether a parameter is not sent under its own name. */
  #isRefused(parameter: string): boolean {
    const learned = this.#learned.get(parameter);
    return learned !== undefined && learned.atMost === undefined;
  }

  #lower(parameter: string, atMost: number): boolean {
    const known = this.#learned.get(parameter);
    // Somebody else found out while this one was on its way.
    if (known !== undefined && (known.atMost === undefined || known.atMost <= atMost)) return true;
    const lowered = (known?.lowered ?? 0) + 1;
    if (lowered > mostLowerings || (known === undefined && this.#learned.size >= mostAdaptations)) return false;
    this.#learned.set(parameter, { name: parameter, atMost, learnedAt: this.#now(), isRecalled: false, lowered });
    this.#version++;
    return true;
  }

  /** Whether a refusal wants what an earlier run has left out: then it is sent from here on. */
  #isMissed(facts: ErrorFacts, status: number): boolean {
    const leftOut = [...this.#learned].filter(([, each]) => each.isRecalled && each.name === undefined);
    const parameter = missedIn(facts, status, Object.fromEntries(leftOut));
    return parameter !== undefined && this.#forget(parameter);
  }

  #forget(parameter: string): true {
    this.#learned.delete(parameter);
    this.#version++;
    return true;
  }

  /**
   * Waits until a request with parameters that nobody has sent yet may be sent: one finds out for the others.
   *
   * @param signal ends the wait
   * @param store gets what was learned, once the service has taken a call that was adapted so
   */
  async turn(body: RequestBody, signal: AbortSignal, store?: NegotiationStore): Promise<Turn> {
    const until = this.#leader ? performance.now() + (this.#isStandard(body) ? shortHold : longestHold) : 0;
    // The first one that comes out of it leads, so that nothing may be awaited behind it.
    while (this.#leader && !this.#areAccepted(keysOf(this.adapt(body))) && !signal.aborted) {
      const left = until - performance.now();
      if (left <= 0) break;
      await firstOf(this.#leader, left, signal);
    }
    const names = this.#namesFor(body);
    const adapted = this.#adapted(body, names);
    const keys = keysOf(adapted);
    const version = this.#version;
    const ended = this.#leader === undefined && !this.#areAccepted(keys) ? this.#lead() : () => undefined;
    let isAccepted = false;
    return {
      body: adapted,
      names,
      accepted: () => {
        if (isAccepted) return;
        isAccepted = true;
        if (store && version === this.#version) this.#keep(store);
        if (this.#accepted.size > mostAccepted) this.#accepted.clear();
        for (const key of keys) this.#accepted.add(key);
        ended();
      },
      ended,
    };
  }

  /** Whether a request asks for nothing that somebody may refuse. */
  #isStandard(body: RequestBody): boolean {
    return Object.entries(this.adapt(body)).every(
      ([name, value]) => content.has(name) || standard.has(name) || this.#standardKeys.has(keyOf(name, value)),
    );
  }

  #keep(store: NegotiationStore): void {
    if ((this.#kept.get(store) ?? 0) === this.#version) return;
    this.#kept.set(store, this.#version);
    store.remember(this.#model, this.adaptations);
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

  #areAccepted(keys: readonly string[]): boolean {
    return keys.every((key) => this.#accepted.has(key));
  }
}

function asksForSchema(format: unknown): boolean {
  return isJsonObject(format) && format.type === 'json_schema';
}

/** What nobody asks for: how texts come is ours. */
const ours: ReadonlySet<string> = new Set([...content, ...standard, 'n', 'cache_control']);

/**
 * What became of the parameters of a call; undefined when they were sent as they were asked for.
 *
 * @param asked the body before it was adapted
 * @param isShown whether the value of a parameter may be told
 * @param unknown to the kind of services, and in no body therefore
 */
export function adaptedParameters(
  asked: RequestBody,
  { names, body }: Pick<Turn, 'names' | 'body'>,
  isShown: (parameter: string) => boolean,
  unknown: readonly string[] = [],
): AdaptedParameters | undefined {
  const sent: Record<string, unknown> = {};
  const renamed: Record<string, string> = {};
  const lowered: Record<string, number> = {};
  const leftOut: string[] = [...unknown];
  for (const [parameter, value] of Object.entries(asked)) {
    if (ours.has(parameter)) continue;
    const name = names.get(parameter);
    if (name === undefined) {
      leftOut.push(parameter);
      continue;
    }
    if (name !== parameter) renamed[parameter] = name;
    const given = body[name];
    if (asksForSchema(value) && !asksForSchema(given)) leftOut.push(answerFormat.schema);
    if (typeof given === 'number' && given !== value) lowered[name] = given;
    if (isShown(parameter)) sent[name] = given;
  }
  const changes = { renamed, ...(Object.keys(lowered).length === 0 ? {} : { lowered }), leftOut };
  return hasChanges(changes) ? { sent, ...changes } : undefined;
}

/** A value may be refused where another is taken; only seeds differ from one call to the next. */
function keysOf(body: RequestBody): string[] {
  return Object.entries(body).flatMap(([name, value]) => (content.has(name) ? [] : [keyOf(name, value)]));
}

function keyOf(name: string, value: unknown): string {
  return name === 'seed' ? name : `${name}=${JSON.stringify(value)}`;
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
  readonly #habits: RequestHabits;

  constructor(habits: RequestHabits = {}) {
    this.#habits = habits;
  }

  of(endpoint: string, model: string): Negotiation {
    const key = `${endpoint}\n${model}`;
    const known = this.#known.get(key) ?? new Negotiation(model, this.#habits);
    if (this.#known.size >= mostNegotiations) this.#known.clear();
    this.#known.set(key, known);
    return known;
  }
}

/** Services that learn from each other in this process. */
export interface Learning {
  readonly kind: string;
  /** Of the kind. */
  readonly habits?: RequestHabits;
}

const ofKinds = new Map<string, Negotiations>();

/** @param learning absent: nothing is known, and nobody else learns from it */
export function negotiationsOf(learning: Learning | undefined): Negotiations {
  if (!learning) return new Negotiations();
  const known = ofKinds.get(learning.kind) ?? new Negotiations(learning.habits);
  ofKinds.set(learning.kind, known);
  return known;
}
