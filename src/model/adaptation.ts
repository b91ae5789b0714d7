/** What a refusal makes us do with one parameter of a model: send it under another name, lower it, or leave it out. */
export interface Adaptation {
  /** As it is asked for. */
  readonly parameter: string;
  /** Undefined: it is left out. */
  readonly name: string | undefined;
  /** The most that is sent of it, under its own name. */
  readonly atMost?: number;
}

export interface LearnedAdaptation extends Adaptation {
  /** Epoch ms. */
  readonly learnedAt: number;
}

/** Services change: what was learned so long ago (30 days, in ms) is found out again. */
export const adaptationLifeMs = 30 * 24 * 60 * 60 * 1000;

/** @param now epoch ms */
export function isCurrent({ learnedAt }: Pick<LearnedAdaptation, 'learnedAt'>, now: number): boolean {
  return now - learnedAt < adaptationLifeMs;
}

/** A format of answers that is asked for in steps: a schema, any JSON, nothing. The parameter, and what its first step is called. */
export const answerFormat = { parameter: 'response_format', schema: 'response_format.json_schema' } as const;

/** A name that was itself renamed is followed so far. */
const mostRenames = 4;

/** The name that a parameter is sent under; undefined when it is left out. @param names new ones by those asked for */
export function sentName(parameter: string, names: ReadonlyMap<string, string | undefined>): string | undefined {
  let name: string | undefined = parameter;
  for (let renames = 0; name !== undefined && names.has(name) && renames < mostRenames; renames++) {
    name = names.get(name);
  }
  return name === undefined || names.has(name) ? undefined : name;
}

/** What parameters are sent as that are not sent under their own names. */
export function namesOf(adaptations: readonly Adaptation[]): ReadonlyMap<string, string | undefined> {
  const others = adaptations.filter(({ atMost }) => atMost === undefined);
  return new Map(others.map(({ parameter, name }) => [parameter, name]));
}

/** What was asked for and sent in another way. */
export interface ParameterChanges {
  /** The names that were sent, by those asked for. */
  readonly renamed: Readonly<Record<string, string>>;
  /** The most that is sent of what more was asked for, by the names that are sent. */
  readonly lowered?: Readonly<Record<string, number>>;
  readonly leftOut: readonly string[];
}

/** The parameters of a call that was not sent as it was asked for. */
export interface AdaptedParameters extends ParameterChanges {
  /** Those that a prompt asks for, as they were sent. */
  readonly sent: Readonly<Record<string, unknown>>;
}

/** What a manifest tells of the call that an item came to, beside what was planned. */
export interface CallFacts {
  /** Present where it was not sent as it was asked for. */
  readonly adapted?: AdaptedParameters;
  /** The text was cut at the output limit. */
  readonly cut?: true;
  /** What the model thought before it wrote, where that is kept. */
  readonly reasoning?: string;
  /** The text was no JSON as it came. */
  readonly isRepaired?: true;
  /** Present where it was one of several that were asked for at once. */
  readonly verbalized?: Verbalized;
}

/** How a text came out of a call that asked for several different ones. */
export interface Verbalized {
  /** How many were asked for. */
  readonly of: number;
  /** As the model says, 0 to 1. */
  readonly probability?: number;
}

export function hasChanges({ renamed, lowered = {}, leftOut }: ParameterChanges): boolean {
  return leftOut.length > 0 || Object.keys(renamed).length > 0 || Object.keys(lowered).length > 0;
}
