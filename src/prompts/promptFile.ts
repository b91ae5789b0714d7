import type { JsonObject } from '../base/jsonObject.ts';
import type { Problem } from '../base/problem.ts';
import type { Budget } from '../model/budget.ts';
import type { DataSettings } from '../model/data.ts';
import type { Rows } from '../model/row.ts';
import type { Priority } from '../model/item.ts';
import type { ChatMessage, Parameters, Role } from '../model/message.ts';

export type { Mend, Problem, Result } from '../base/problem.ts';

export interface MessageTemplate {
  readonly role: Role;
  /** Liquid. */
  readonly template: string;
  /** 1-based line of the file on which the template starts. */
  readonly line: number;
  /** 1-based column of that line at which it starts; absent: 1. */
  readonly column?: number;
  /** Columns of each further line that are not part of the template; absent: 0. */
  readonly indent?: number;
}

export type RenderedMessages = readonly ChatMessage[];

/** The JSON Schema that a candidate must have: a file, relative to the prompt file, or the schema itself. */
export type SchemaSource =
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'inline'; readonly schema: JsonObject };

export interface InputNote {
  readonly description?: string;
  readonly type?: string;
  readonly choices?: readonly string[];
  /** Absent: it is. */
  readonly required?: boolean;
}

export interface PromptFile {
  /** As given by the caller: absolute, or relative to the workspace. */
  readonly path: string;
  /** `tagline` for `prompts/tagline.prompt.md`. */
  readonly name: string;
  /** The front matter's `name`: for display only, so that a new title never moves the candidates. */
  readonly title?: string;
  readonly description?: string;
  /** 1 to 1000. */
  readonly count: number;
  /** The file says its count itself: else a stage of a pipeline makes one. */
  readonly isCountGiven?: true;
  /** Fan out: every model makes `count` candidates. Empty: the service's default model. No model twice. */
  readonly models: readonly string[];
  readonly parameters: Parameters;
  /** Pattern of the candidates' paths, checked; absent: DESIGN's default. */
  readonly output?: string;
  /** 1-based line of `output`. */
  readonly outputLine?: number;
  /** Pattern of the path that a picked candidate is copied to, checked; absent: beside the prompt file. */
  readonly target?: string;
  readonly priority?: Priority;
  readonly data?: DataSettings;
  /** The column of the data that names the prompt file of each row. */
  readonly promptBy?: string;
  /** Paths of the prompt files with such a column that its rows come from. */
  readonly chosenBy?: readonly string[];
  readonly schema?: SchemaSource & { readonly line: number };
  /** Liquid templates of paths of images and PDFs, relative to the prompt file. */
  readonly attach?: readonly { readonly template: string; readonly line: number }[];
  /** Values that are spread over the candidates, by variable; no list is empty. */
  readonly vary?: Readonly<Record<string, readonly unknown[]>>;
  /** As many candidates are asked for in one call, as different texts. */
  readonly diversity?: { readonly verbalized: number };
  /** Table of the results, relative to the prompt file: `.csv` or `.jsonl`. */
  readonly table?: { readonly path: string; readonly columns?: readonly string[]; readonly line: number };
  readonly budget?: Budget;
  /** What is left alone although somebody may have meant something by it: told, and nothing stops for it. */
  readonly hints: readonly Problem[];
  /** Values of the inputs that have one. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What the front matter says of inputs, by name, those without a value too. */
  readonly inputNotes?: Readonly<Record<string, InputNote>>;
  /**
   * Files with values of inputs, relative to the prompt: a JSON object of them all, or the value of the one that is named.
   * They come before `inputs`.
   */
  readonly valueFiles?: readonly { readonly path: string; readonly name?: string; readonly line: number }[];
  /** Files that a prompt belongs to, relative to it: appended to its last message. */
  readonly references?: readonly { readonly path: string; readonly line: number }[];
  /** Never empty. */
  readonly rows: Rows;
  readonly messages: readonly MessageTemplate[];
  /** SHA-256 of the file's text, hex. */
  readonly hash: string;
  /** 1-based line on which a "Generate" action belongs. */
  readonly actionLine: number;
}
