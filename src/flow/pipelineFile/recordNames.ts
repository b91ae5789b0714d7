import { isJsonObject } from '../../base/jsonObject.ts';
import { listedNames, nearestName } from '../../base/nearestName.ts';
import { shown } from '../../base/valueKinds.ts';
import type { Pipeline, StageDefinition } from '../pipeline.ts';

/** What records have behind a gather. */
const gatheredNames = ['records', 'group', 'index', 'missing'];

/** What every template may ask for. */
const itemNames: ReadonlySet<string> = new Set(['key', 'index']);

/** When a record is read. */
export interface Moment {
  /** 0-based; behind the last one: when all stages are through. */
  readonly stage: number;
  /** Whether the stage has expanded or gathered already. */
  readonly isInside: boolean;
}

/** What is wrong with a name. */
export interface NameProblem {
  /** Follows the name of what reads it. Asked for only where it is told. */
  readonly message: () => string;
  /** Whether it matters only where the name has to have a value. */
  readonly mayBeMissing: boolean;
}

function columnsOf({ source }: Pipeline, known: readonly string[] | undefined): readonly string[] | undefined {
  const data = source.data?.source;
  if (!data) return [];
  switch (data.kind) {
    case 'file':
      return known;
    case 'files':
      return ['file'];
    case 'rows':
      return [...new Set(data.rows.flatMap((row) => (isJsonObject(row) ? Object.keys(row) : ['value'])))];
  }
}

/** What names the record of a pipeline has on its way. */
export class RecordNames {
  readonly #stages: readonly StageDefinition[];
  readonly #places: ReadonlyMap<string, number>;
  /** Of the source; undefined: not known. */
  readonly columns: readonly string[] | undefined;
  readonly #columns: ReadonlySet<string> | undefined;
  readonly #hasSource: boolean;

  /** @param known columns of the source, where they cannot be told from the pipeline */
  constructor(pipeline: Pipeline, known: readonly string[] | undefined) {
    this.#stages = pipeline.stages;
    this.#places = new Map(pipeline.stages.map(({ name }, index) => [name, index]));
    this.columns = columnsOf(pipeline, known);
    this.#columns = this.columns && new Set(this.columns);
    this.#hasSource = pipeline.source.data !== undefined;
  }

  /** Names that a record has for certain, or that its source may have. */
  knownAt(moment: Moment): ReadonlySet<string> {
    const gather = this.#lastInput('gather', moment);
    const stages = this.#stages.slice(Math.max(gather, 0), moment.stage).map(({ name }) => name);
    return new Set([...stages, ...(gather === -1 ? (this.columns ?? []) : gatheredNames), ...itemNames]);
  }

  /** Undefined for a name that a record has, or may have. */
  problemOf(name: string, moment: Moment): NameProblem | undefined {
    const gather = this.#lastInput('gather', moment);
    if (gather === -1 && this.#columns?.has(name) === true) return undefined;
    const place = this.#places.get(name);
    if (place === moment.stage) {
      return certain('reads what the stage itself adds: it can read only what comes before it');
    }
    if (place !== undefined && place > moment.stage) {
      return certain(`reads the stage "${name}", which comes later: move that one up, or read another name`);
    }
    if (place !== undefined && place >= gather) return undefined;
    if (itemNames.has(name) || this.#lastInput('expand', moment) > gather) return undefined;
    if (gather !== -1) return gatheredNames.includes(name) ? undefined : this.#lost(name, gather);
    if (!this.#columns) return undefined;
    return { message: () => `reads ${shown(name)}, ${this.#absence(name, moment)}`, mayBeMissing: true };
  }

  /** The last stage up to a moment that makes other records, or -1. */
  #lastInput(kind: 'gather' | 'expand', { stage, isInside }: Moment): number {
    return this.#stages.slice(0, stage + (isInside ? 1 : 0)).findLastIndex(({ input }) => input.kind === kind);
  }

  #lost(name: string, gather: number): NameProblem {
    const by = this.#stages[gather]?.name ?? '';
    const message = `reads ${shown(name)}, which is no more in the record since the stage "${by}" gathers: read it in "records"`;
    return { message: () => message, mayBeMissing: true };
  }

  #absence(name: string, moment: Moment): string {
    const known = [...this.knownAt(moment)].filter((each) => !itemNames.has(each));
    const nearest = nearestName(name, known);
    const meant = nearest === undefined ? 'correct the name' : `write "${nearest}" if that is meant`;
    if (!this.#hasSource && known.length === 0) {
      return 'but there is nothing in the record yet: give the pipeline a "source"';
    }
    const there = known.length === 0 ? '' : `; there ${known.length === 1 ? 'is' : 'are'} ${listedNames(known)}`;
    const whose = this.#hasSource ? 'which the source does not have' : 'which no stage before adds';
    return `${whose}: ${meant}${there}`;
  }
}

function certain(message: string): NameProblem {
  return { message: () => message, mayBeMissing: false };
}
