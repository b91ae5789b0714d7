import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';
import type { FrontMatter } from '../frontMatter.ts';
import { brief } from '../limits.ts';
import type { Problem } from '../promptFile.ts';

/** Our names of parameters by those of other tools. */
const parameterNames: Readonly<Record<string, string>> = {
  maxTokens: 'max_tokens',
  maxOutputTokens: 'max_tokens',
  max_output_tokens: 'max_tokens',
  max_tokens: 'max_tokens',
  max_completion_tokens: 'max_tokens',
  maxCompletionTokens: 'max_tokens',
  temperature: 'temperature',
  topP: 'top_p',
  top_p: 'top_p',
  topK: 'top_k',
  top_k: 'top_k',
  seed: 'seed',
  stop: 'stop',
  stopSequences: 'stop',
  stop_sequences: 'stop',
  presencePenalty: 'presence_penalty',
  presence_penalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  frequency_penalty: 'frequency_penalty',
  reasoningEffort: 'reasoning_effort',
  reasoning_effort: 'reasoning_effort',
  verbosity: 'verbosity',
};

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

  inputs(values: JsonObject): void {
    this.#values.inputs = { ...(isJsonObject(this.#values.inputs) ? this.#values.inputs : {}), ...values };
  }

  parameters(block: unknown, ...place: readonly string[]): void {
    if (!isJsonObject(block)) return;
    for (const [key, value] of Object.entries(block)) {
      const name = parameterNames[key];
      if (value === null || value === undefined) continue;
      if (name !== undefined) this.set(name, value, ...place, key);
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
export function isVariable(value: unknown): boolean {
  return typeof value === 'string' && /^\s*\$\{[^}]*\}\s*$/.test(value);
}
