import { mostTold } from '../base/problem.ts';
import { isJsonObject } from '../base/jsonObject.ts';
import type { FrontMatter } from './frontMatter.ts';
import type { Problem } from './promptFile.ts';
import { block, shown, type Kind } from '../base/valueKinds.ts';

/** Reads checked values by their path; what is absent or empty is undefined, what is wrong is undefined and told. */
export class SettingsReader {
  readonly problems: Problem[] = [];
  readonly hints: Problem[] = [];
  readonly #file: string;
  readonly #frontMatter: FrontMatter;
  /** Paths, as JSON. */
  readonly #asked = new Set<string>();

  constructor(file: string, frontMatter: FrontMatter) {
    this.#file = file;
    this.#frontMatter = frontMatter;
  }

  lineOf(path: readonly string[]): number {
    return this.#frontMatter.lineOf(...path);
  }

  report(path: readonly string[], message: string): void {
    this.problems.push(this.problem(path, message));
  }

  hint(path: readonly string[], message: string): void {
    const last = this.hints.at(-1);
    // More are counted and not shown: finding the line of each of ten thousand keys takes long.
    this.hints.push(last && this.hints.length >= mostTold ? last : this.problem(path, message));
  }

  /** What is to be said about a setting. */
  problem(path: readonly string[], message: string): Problem {
    return { file: this.#file, line: this.lineOf(path), message };
  }

  read<Value>(kind: Kind<Value>, ...path: readonly string[]): Value | undefined {
    this.#asked.add(JSON.stringify(path));
    const value = this.#valueAt(path);
    if (value === null || value === undefined) return undefined;
    if (kind.accepts(value)) return value;
    this.report(path, `"${path.join('.')}" must be ${kind.wanted}, not ${shown(value)}.`);
    return undefined;
  }

  /** Keys of a block that nobody has asked for. */
  unread(...path: readonly string[]): readonly string[] {
    const value = this.#valueAt(path);
    if (!block.accepts(value)) return [];
    return Object.keys(value).filter((key) => !this.#asked.has(JSON.stringify([...path, key])));
  }

  /** From the block `candidates`, else from the top level. */
  either<Value>(kind: Kind<Value>, key: string): Value | undefined {
    const outer = this.read(kind, key);
    return this.read(kind, 'candidates', key) ?? outer;
  }

  #valueAt(path: readonly string[]): unknown {
    let value: unknown = this.#frontMatter.values;
    for (const key of path) {
      if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
      value = value[key];
    }
    return value;
  }
}
