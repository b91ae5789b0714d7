import type { Row } from '../model/row.ts';
import type { Priority } from '../model/item.ts';
import type { ChatMessage, Parameters, Role } from '../model/message.ts';

/** What is wrong with an input, in one sentence that says what to do. */
export interface Problem {
  readonly file: string;
  /** 1-based. */
  readonly line?: number;
  readonly message: string;
}

export type Result<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problems: readonly Problem[] };

export interface MessageTemplate {
  readonly role: Role;
  /** Liquid. */
  readonly template: string;
  /** 1-based line of the file on which the template starts. */
  readonly line: number;
}

export type RenderedMessages = readonly ChatMessage[];

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
  /** Fan out: every model makes `count` candidates. Empty: the service's default model. No model twice. */
  readonly models: readonly string[];
  readonly parameters: Parameters;
  /** Pattern of the candidates' paths, checked; absent: DESIGN's default. */
  readonly output?: string;
  /** 1-based line of `output`. */
  readonly outputLine?: number;
  readonly priority?: Priority;
  /** What is left alone although somebody may have meant something by it: told, and nothing stops for it. */
  readonly hints: readonly Problem[];
  /** Values of the inputs that have one. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Never empty. */
  readonly rows: readonly Row[];
  readonly messages: readonly MessageTemplate[];
  /** SHA-256 of the file's text, hex. */
  readonly hash: string;
  /** 1-based line on which a "Generate" action belongs. */
  readonly actionLine: number;
}
