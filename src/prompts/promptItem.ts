import type { JsonObject } from '../base/jsonObject.ts';
import type { CandidatePlace } from '../candidates/candidateName.ts';
import { itemId } from '../model/identity.ts';
import type { Priority } from '../model/item.ts';
import type { Parameters } from '../model/message.ts';
import type { PromptFile, RenderedMessages } from './promptFile.ts';
import { variantsOf } from './vary.ts';

type Values = Readonly<Record<string, unknown>>;

/** The work of making one candidate. Items of one prompt, row, model and combination of varied values share everything but id, position and index. */
export interface PromptItem {
  /** 16 hex digits: the same for the same prompt path, row, model and index, in every run. */
  readonly id: string;
  /** 0-based place in the plan. */
  readonly position: number;
  readonly prompt: PromptFile;
  /** 0-based place of the row among those of the prompt. */
  readonly rowPlace: number;
  /** Key of the row; empty for a prompt without data. */
  readonly key: string;
  /** Label of the row; empty for a prompt without data. */
  readonly row: string;
  readonly model: string;
  /** 1-based, within prompt, row and model. */
  readonly index: number;
  readonly messages: RenderedMessages;
  /** A seed counts up with the index, so that the candidates differ and can be made again. */
  readonly parameters: Parameters;
  readonly priority: Priority;
  /** Where the candidate goes, but for its number. */
  readonly place: CandidatePlace;
  /** What the messages were rendered with: the inputs, the row's values over them, and over these what is varied. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Those of the variables that are spread over the candidates. */
  readonly vary?: Readonly<Record<string, unknown>> | undefined;
  readonly schema?: JsonObject;
  /** Files that go with the messages, relative to the root, with `/`; those with the same messages share the list. */
  readonly attach: readonly string[];
  /** Candidates with the same messages and model, this one included. */
  readonly siblings: number;
  /** The same for all rows of the prompt. */
  readonly spread: Spread;
}

/** How varied values are spread over the candidates of a row and model. */
export interface Spread {
  /** Candidates of each row and model. */
  readonly count: number;
  /** Combinations of values that they have; 1 where nothing is varied. */
  readonly combinations: number;
}

/** Which combination a candidate has, from 0 on. @param index 1-based */
export function combinationAt({ combinations }: Spread, index: number): number {
  return (index - 1) % combinations;
}

/** Candidates of a row and model that have a combination. */
export function siblingsOf({ count, combinations }: Spread, combination: number): number {
  return Math.ceil((count - combination) / combinations);
}

/** What candidates have in common that share their messages. */
export type Rendered = Pick<PromptItem, 'messages' | 'variables' | 'vary' | 'attach' | 'siblings'>;

/** What all items of a prompt have in common. */
export interface ItemSource {
  readonly prompt: PromptFile;
  readonly priority: Priority;
  readonly spread: Spread;
  readonly schema?: JsonObject;
}

/** What an item is in the plan, beside what it has from its prompt and its row. */
interface ItemPlace {
  readonly rowPlace: number;
  readonly position: number;
  readonly index: number;
  readonly place: CandidatePlace;
}

/** Made for each of hundreds of thousands of candidates, and gone as soon as it is planned. */
export class RowItem implements PromptItem {
  readonly prompt: PromptFile;
  readonly rowPlace: number;
  readonly position: number;
  readonly index: number;
  readonly place: CandidatePlace;
  readonly priority: Priority;
  readonly schema?: JsonObject;
  readonly spread: Spread;
  readonly #rendered: Rendered;

  constructor({ prompt, priority, schema, spread }: ItemSource, rendered: Rendered, where: ItemPlace) {
    this.prompt = prompt;
    this.spread = spread;
    this.rowPlace = where.rowPlace;
    this.position = where.position;
    this.index = where.index;
    this.place = where.place;
    this.priority = priority;
    if (schema) this.schema = schema;
    this.#rendered = rendered;
  }

  get id(): string {
    return itemId({ pipeline: this.prompt.path, key: this.key, model: this.model, index: this.index });
  }

  get key(): string {
    return this.place.row.key;
  }

  get row(): string {
    return this.place.row.label;
  }

  get model(): string {
    return this.place.model;
  }

  get parameters(): Parameters {
    return parametersAt(this.prompt.parameters, this.index);
  }

  get messages(): RenderedMessages {
    return this.#rendered.messages;
  }

  get variables(): Values {
    return this.#rendered.variables;
  }

  get vary(): Values | undefined {
    return this.#rendered.vary;
  }

  get attach(): readonly string[] {
    return this.#rendered.attach;
  }

  get siblings(): number {
    return this.#rendered.siblings;
  }
}

/** The parameters of a candidate. */
export function parametersAt(parameters: Parameters, index: number): Parameters {
  return parameters.seed === undefined || index === 1
    ? parameters
    : { ...parameters, seed: parameters.seed + index - 1 };
}

/**
 * What the messages of a candidate are rendered with.
 *
 * @param values of the row
 * @param place 0-based, of its combination of varied values
 */
export function variablesAt(
  { inputs, vary }: Pick<PromptFile, 'inputs' | 'vary'>,
  values: Values,
  place: number,
): Pick<PromptItem, 'variables' | 'vary'> {
  if (!vary) return { variables: variablesOf(inputs, values, undefined) };
  const chosen = variantsOf(vary, place);
  return { variables: variablesOf(inputs, values, chosen), vary: chosen };
}

/** Those of the row itself where there are no others: a plan has hundreds of thousands of them. */
function variablesOf(inputs: Values, values: Values, chosen: Values | undefined): Values {
  return chosen === undefined && Object.keys(inputs).length === 0 ? values : { ...inputs, ...values, ...chosen };
}
