import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';
import type { FrontMatter } from '../frontMatter.ts';
import { brief } from '../limits.ts';
import type { Problem } from '../promptFile.ts';

/** Our names of parameters by those of other tools. */
const parameterNames: ReadonlyMap<string, string> = new Map([
  ['max_output_tokens', 'max_tokens'],
  ['max_completion_tokens', 'max_tokens'],
  ['stop_sequences', 'stop'],
  ...[
    ...[
      'max_tokens',
      'temperature',
      'top_p',
      'top_k',
      'min_p',
      'seed',
      'stop',
      'presence_penalty',
      'frequency_penalty',
    ],
    ...['repetition_penalty', 'logit_bias', 'reasoning_effort', 'verbosity'],
  ].map((name) => [name, name] as const),
]);

/** `topP` is `top_p`. */
function parameterName(key: string): string | undefined {
  return parameterNames.get(key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

/** Settings of another tool, put under our names one by one. */
export class ForeignSettings {
  readonly hints: Problem[] = [];
  readonly #path: string;
  readonly #theirs: FrontMatter;
  readonly #candidates: Record<string, unknown>;
  readonly #values: Record<string, unknown>;
  /** Where a setting of ours stands in their file. */
  readonly #places = new Map<string, readonly string[]>();

  constructor(path: string, theirs: FrontMatter) {
    const { candidates, name, description, priority } = theirs.values;
    this.#path = path;
    this.#theirs = theirs;
    this.#candidates = isJsonObject(candidates) ? { ...candidates } : {};
    this.#values = {
      ...(typeof name === 'string' ? { name } : {}),
      ...(typeof description === 'string' ? { description } : {}),
      ...(priority === undefined ? {} : { priority }),
    };
  }

  /** What our own block says wins. */
  set(name: string, value: unknown, ...place: readonly string[]): void {
    if (value === undefined || value === null || Object.hasOwn(this.#candidates, name)) return;
    this.#candidates[name] = value;
    this.#places.set(name, place);
  }

  /** The model that the prompt is for. */
  model(value: unknown, ...place: readonly string[]): void {
    if (typeof value !== 'string' || value.trim() === '') return;
    if (isVariable(value))
      this.hint(place, `${brief(value, 60)} is no model: name one, or choose a service's default.`);
    else this.#values.model ??= value;
  }

  /** Values of inputs; later ones win. */
  inputs(values: JsonObject): void {
    // A value may look like the declaration of an input.
    const declared = Object.entries(values).map(([name, value]) => [name, { default: value }] as const);
    const before = isJsonObject(this.#values.inputs) ? this.#values.inputs : {};
    this.#values.inputs = { ...before, ...Object.fromEntries(declared) };
  }

  parameters(block: unknown, ...place: readonly string[]): void {
    if (!isJsonObject(block)) return;
    for (const [key, value] of Object.entries(block)) {
      const name = parameterName(key);
      if (value === null || value === undefined) continue;
      if (isVariable(value)) this.hint([...place, key], notRead(value));
      else if (name !== undefined) this.set(name, value, ...place, key);
      else
        this.hint(
          [...place, key],
          `"${brief(key, 40)}" is not sent: set it under "extra" of the service in your own settings.`,
        );
    }
  }

  hint(place: readonly string[], message: string): void {
    this.hints.push({ file: this.#path, line: this.#theirs.lineOf(...place), message });
  }

  get ours(): FrontMatter {
    return {
      values: { ...this.#values, candidates: this.#candidates },
      lineOf: (...path) => {
        const place = path[0] === 'candidates' ? this.#places.get(path[1] ?? '') : undefined;
        return this.#theirs.lineOf(...(place ?? path));
      },
    };
  }
}

/** `${env:NAME}` and `${NAME}` stand for what is not read here. */
export function isVariable(value: unknown): value is string {
  return typeof value === 'string' && /^\s*\$\{[^}]*\}\s*$/.test(value);
}

export function notRead(variable: string): string {
  return `${brief(variable.trim(), 60)} is not read here: write its value in its place.`;
}
