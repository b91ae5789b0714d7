import type { Priority } from '../model/item.ts';
import type { DataSettings } from '../model/data.ts';
import type { StageInput } from './flow.ts';

/** A pipeline file, read and checked. Paths are relative to its folder, with `/`; lines are 1-based. */
export interface Pipeline {
  readonly description?: string;
  readonly source: PipelineSource;
  /** At least one. */
  readonly stages: readonly StageDefinition[];
  readonly table?: TableDefinition;
  readonly deliver: readonly DeliveryDefinition[];
}

/** Where the rows come from; a pipeline without a source has one empty row. */
export interface PipelineSource {
  readonly data?: DataSettings;
  /** Rows of files in order of their last change. */
  readonly order: 'oldest' | 'newest';
  /** New and changed files become rows of the open run. */
  readonly watch: boolean;
}

/** What records come to, whole at every moment and in the source's order. */
export interface TableDefinition {
  /** Ends in `.csv` or `.jsonl`. */
  readonly path: string;
  /** Names with dots between them; absent: the row's own columns and what the stages add. */
  readonly columns?: readonly string[];
  readonly line: number;
}

export const deliveryKinds = ['bibtex', 'apkg', 'epub', 'html', 'markdown', 'jsonl'] as const;

export type DeliveryKind = (typeof deliveryKinds)[number];

/** Made when the run ends, of the records that came through the last stage. */
export interface DeliveryDefinition {
  readonly kind: DeliveryKind;
  readonly path: string;
  /** What this kind takes besides, each checked by it. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly line: number;
}

interface StageSettings {
  readonly name: string;
  readonly line: number;
  readonly input: StageInput;
  /** Template: where it gives nothing, `false` or `0`, the record passes without this stage. */
  readonly when?: string;
  /** Items at once. */
  readonly workers?: number;
  /** Items that wait in memory at most. */
  readonly queue?: number;
  readonly service?: string;
  readonly retry?: { readonly attempts: number; readonly baseMs: number };
  /** Of one attempt. */
  readonly timeoutMs?: number;
  /** What becomes of a record that the stage has nothing for, or fails for: `keep` goes on without what it adds. */
  readonly otherwise: 'fail' | 'keep';
  /** Template of the file that an item leaves. */
  readonly output?: string;
  readonly priority: Priority;
}

export interface PromptStage extends StageSettings {
  readonly kind: 'prompt';
  readonly prompt:
    { readonly kind: 'file'; readonly path: string } | { readonly kind: 'inline'; readonly text: string };
  /** In place of the prompt file's own. */
  readonly count?: number;
  readonly models?: readonly string[];
}

export interface CommandStage extends StageSettings {
  readonly kind: 'command';
  /** Program and arguments, each a template; or one line for the shell, whose values are quoted. */
  readonly command:
    | { readonly kind: 'program'; readonly arguments: readonly string[] }
    | { readonly kind: 'shell'; readonly line: string };
  /** Template of what it reads on its standard input. */
  readonly stdin?: string;
  readonly result: 'text' | 'json';
}

export interface HttpStage extends StageSettings {
  readonly kind: 'http';
  readonly http: HttpRequestDefinition;
}

/** Texts are templates over the record. */
export interface HttpRequestDefinition {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON, with templates in its texts. */
  readonly body?: unknown;
  /** JMESPath over the answer; absent: all of it. */
  readonly select?: string;
  /** The media type that must come, such as `application/pdf`; anything else is a failure. */
  readonly accept?: string;
  /** Most bytes of an answer. */
  readonly mostBytes?: number;
  readonly paging?: {
    /** JMESPath to the cursor of the next page, or to its whole address; nothing: the last page. */
    readonly next: string;
    /** The query parameter that takes the cursor; absent: `next` is an address. */
    readonly parameter?: string;
    /** JMESPath to the list that the pages are parts of. */
    readonly items: string;
    readonly mostPages: number;
  };
  /** Whether private addresses may be asked. */
  readonly allowPrivate: boolean;
}

/** Modules that come with the program. */
export const builtInModules = ['pdf-text', 'ocr'] as const;

export interface ModuleStage extends StageSettings {
  readonly kind: 'module';
  /** `pdf-text`, `ocr`, or a path that begins with `./` and ends in `.mjs` or `.js`. */
  readonly module: string;
  /** What it takes besides the record; texts are templates. */
  readonly with: Readonly<Record<string, unknown>>;
}

export type StageDefinition = PromptStage | CommandStage | HttpStage | ModuleStage;
