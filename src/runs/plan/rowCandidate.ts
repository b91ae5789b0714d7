import type { JsonObject } from '../../base/jsonObject.ts';
import type { OutputNames } from '../../candidates/plannedItem.ts';
import type { ServiceKey } from '../../engine/engine.ts';
import { itemId } from '../../model/identity.ts';
import type { Priority } from '../../model/item.ts';
import type { Parameters } from '../../model/message.ts';
import { nameAt } from '../../model/row.ts';
import { combinationAt, parametersAt, siblingsOf, variablesAt, type Spread } from '../../prompts/promptItem.ts';
import type { PromptFile, RenderedMessages } from '../../prompts/promptFile.ts';
import { tokenReservation } from '../../services/tokens.ts';
import type { PackedMessages } from './packedMessages.ts';
import type { PlannedCandidate, PlannedItem } from './plannedCandidate.ts';

/** A plain prompt file is a pipeline of one stage, whose items follow nothing. */
const onlyStage = 0;
const noPlace = '';

/** What the candidates of one prompt file and model have in common. */
export interface CandidateKin {
  /** With its rows. */
  readonly prompt: PromptFile;
  /** As the prompt names it. */
  readonly namedModel: string;
  readonly service: string;
  readonly serviceKey: ServiceKey;
  readonly model: string;
  readonly priority: Priority;
  readonly spread: Spread;
  readonly schema?: JsonObject;
  readonly messages: PackedMessages;
  /** @param place of a series, as its numbering has it */
  readonly outputAt: (place: number) => OutputNames;
}

export interface CandidateFacts {
  readonly position: number;
  /** 0-based, of the row among those of the prompt. */
  readonly rowPlace: number;
  readonly index: number;
  readonly number: number;
  /** Those that candidates share, or their place among packed ones. */
  readonly messages: RenderedMessages | number;
  /** Place of its series. */
  readonly series: number;
}

/**
 * A candidate of a prompt file, as small as can be, for a plan has hundreds of thousands: what its prompt and row say, it
 * looks up when it is asked. What is made anew then is equal each time, but it is the same object only for messages
 * that several candidates share.
 */
export class RowCandidate implements PlannedCandidate {
  readonly position: number;
  readonly index: number;
  readonly number: number;
  readonly #kin: CandidateKin;
  readonly #rowPlace: number;
  readonly #messages: RenderedMessages | number;
  readonly #series: number;
  #id: string | undefined;

  constructor(kin: CandidateKin, facts: CandidateFacts) {
    this.position = facts.position;
    this.index = facts.index;
    this.number = facts.number;
    this.#kin = kin;
    this.#rowPlace = facts.rowPlace;
    this.#messages = facts.messages;
    this.#series = facts.series;
  }

  get id(): string {
    const { prompt, namedModel: model } = this.#kin;
    return (this.#id ??= itemId({ pipeline: prompt.path, key: this.key, model, index: this.index }));
  }

  get key(): string {
    return nameAt(this.#kin.prompt.rows, this.#rowPlace).key;
  }

  get row(): string {
    return nameAt(this.#kin.prompt.rows, this.#rowPlace).label;
  }

  get stage(): number {
    return onlyStage;
  }

  get root(): number {
    return this.position;
  }

  get place(): string {
    return noPlace;
  }

  get prompt(): PromptFile {
    return this.#kin.prompt;
  }

  get service(): string {
    return this.#kin.service;
  }

  get serviceKey(): ServiceKey {
    return this.#kin.serviceKey;
  }

  get model(): string {
    return this.#kin.model;
  }

  get priority(): Priority {
    return this.#kin.priority;
  }

  get messages(): RenderedMessages {
    return typeof this.#messages === 'number' ? this.#kin.messages.at(this.#messages) : this.#messages;
  }

  get parameters(): Parameters {
    return parametersAt(this.#kin.prompt.parameters, this.index);
  }

  get variables(): Readonly<Record<string, unknown>> {
    return this.#rendered.variables;
  }

  get vary(): Readonly<Record<string, unknown>> | undefined {
    return this.#kin.prompt.vary && this.#rendered.vary;
  }

  get schema(): JsonObject | undefined {
    return this.#kin.schema;
  }

  get siblings(): number {
    return siblingsOf(this.#kin.spread, this.#combination);
  }

  get reservation(): number {
    return tokenReservation(this);
  }

  get output(): OutputNames {
    return this.#kin.outputAt(this.#series);
  }

  get verbalized(): number | undefined {
    return this.#kin.prompt.diversity?.verbalized;
  }

  get #combination(): number {
    return combinationAt(this.#kin.spread, this.index);
  }

  get #rendered(): ReturnType<typeof variablesAt> {
    const { prompt } = this.#kin;
    return variablesAt(prompt, prompt.rows.at(this.#rowPlace)?.values ?? {}, this.#combination);
  }

  withNumber(number: number): RowCandidate {
    return new RowCandidate(this.#kin, {
      position: this.position,
      rowPlace: this.#rowPlace,
      index: this.index,
      number,
      messages: this.#messages,
      series: this.#series,
    });
  }
}

/** The same item with another number. */
export function withNumber(item: PlannedItem, number: number): PlannedItem {
  return item instanceof RowCandidate ? item.withNumber(number) : { ...item, number };
}
