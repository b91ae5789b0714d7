import type { Outcome } from '../../base/outcome.ts';
import type { Result } from '../../base/problem.ts';
import type { PromptStage } from '../pipeline.ts';

/** A name that a template asks the record for; offsets are UTF-16 units of the template. */
export interface TemplateName {
  /** `metadata` of `metadata.doi`. */
  readonly name: string;
  readonly begin: number;
  readonly end: number;
  /** Nothing is wrong when it has no value: `{{ doi | default: title }}`. */
  readonly mayBeMissing: boolean;
}

/** A name that a prompt asks the record for; 1-based, columns in UTF-16 units. */
export interface PromptName {
  readonly name: string;
  readonly line: number;
  readonly column: number;
  /** Behind the last character. */
  readonly endColumn: number;
}

/** What is known of the world that a pipeline runs in. Paths are relative to its folder, with `/`. */
export interface PipelineChecks {
  /** @returns why a template cannot be read, to follow "because" */
  templateNames(template: string): Outcome<readonly TemplateName[], string>;
  /** Why a JMESPath expression cannot be read, in a few words; undefined for one that can. */
  selectProblem(expression: string): string | undefined;
  /**
   * The names of a prompt without which it does not work, but for those that it gives a value itself.
   *
   * @param known names that records have, as far as that is known
   * @returns of an inline prompt, places are those of its text
   */
  promptNames(prompt: PromptStage['prompt'], known: ReadonlySet<string>): Promise<Result<readonly PromptName[]>>;
  /** Whether there is a file that may be read. */
  hasFile(path: string): Promise<boolean>;
  /** Whether a program is there: by its path, or on the PATH. */
  hasProgram(program: string): Promise<boolean>;
  /** What makes a place one that programs run or read as configuration, from the top down; undefined for any other one. */
  guardedPlace(folders: readonly string[], file?: string): string | undefined;
  /** Names of services; absent: not known. */
  readonly services?: readonly string[];
  /** Columns of the source's rows; absent: not known. */
  readonly columns?: readonly string[];
}
