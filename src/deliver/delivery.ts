import type { Outcome } from '../base/outcome.ts';
import type { MissingMember } from '../flow/record.ts';
import type { RecordData } from '../flow/flow.ts';
import { OptionReader } from './optionReader.ts';
import type { Notes } from './notes.ts';

/** A record that came through the last stage. */
export interface DeliveredRecord {
  /** Tells records apart, and stays the same from run to run. */
  readonly key: string;
  readonly data: RecordData;
}

/** What a delivery knows of its pipeline, and may ask for. */
export interface DeliveryContext {
  /** Of the pipeline, as a person calls it: the title where no other is given. */
  readonly name: string;
  /** Names of the stages that worked on the records as they are now, in order: what the later one adds says more. */
  readonly stages: readonly string[];
  /** When the run began, ms. The same each time that a run is delivered, so that its files are the same. */
  readonly beganAt: number;
  /** Records that did not come through, in order: books tell of them. */
  readonly missing: readonly MissingMember[];
  /**
   * An image that a text or a setting refers to, or what was delivered before.
   *
   * @param path relative to the pipeline's folder, with `/`, and never out of it by its letters
   * @param mostBytes larger ones are a failure
   * @returns a failure is a sentence
   */
  readonly readFile: (path: string, mostBytes: number) => Promise<Outcome<Uint8Array, string>>;
  /**
   * The path of a record's file: each value in the template is a part of a name, whatever is in it.
   *
   * @returns undefined where a value is missing
   */
  readonly pathOf: (template: string, record: DeliveredRecord) => string | undefined;
}

/** What a kind makes of some records. */
export interface DeliveryKindWork {
  /** What its files end in, the first one being the usual one. */
  readonly endings: readonly string[];
  /** When a file of the kind was made, epoch ms; absent: that does not stand in it. */
  readonly madeAt?: (file: Uint8Array) => number | undefined;
  /** What is wrong with its options, in sentences. */
  check(options: Readonly<Record<string, unknown>>): readonly string[];
  /**
   * One file. What a record lacks is told to `notes`, and the record is left out.
   *
   * @returns a failure is a sentence, and there is no file then
   */
  make(
    records: readonly DeliveredRecord[],
    options: Readonly<Record<string, unknown>>,
    context: DeliveryContext,
    notes: Notes,
  ): Promise<Outcome<Uint8Array | string, string>>;
}

/** Any kind can have one record for each element of a list, as a stage can. */
export const eachOption = 'each';

/** A kind whose options are read before they are used. */
interface TypedWork<Options> extends Pick<DeliveryKindWork, 'endings' | 'madeAt'> {
  /** What is wrong is told to the reader; what comes back then is not used. */
  readonly read: (reader: OptionReader) => Options;
  readonly make: (
    records: readonly DeliveredRecord[],
    options: Options,
    context: DeliveryContext,
    notes: Notes,
  ) => Promise<Outcome<Uint8Array | string, string>>;
}

/** @param what as a sentence calls the kind: `bibtex` */
export function deliveryKind<Options>(what: string, work: TypedWork<Options>): DeliveryKindWork {
  const read = (options: Readonly<Record<string, unknown>>): [Options, readonly string[]] => {
    const reader = new OptionReader(what, options);
    reader.list(eachOption);
    return [work.read(reader), reader.problems()];
  };
  return {
    endings: work.endings,
    ...(work.madeAt ? { madeAt: work.madeAt } : {}),
    check: (options) => read(options)[1],
    async make(records, given, context, notes) {
      const [options, [problem]] = read(given);
      if (problem !== undefined) return { ok: false, failure: problem };
      return work.make(records, options, context, notes);
    },
  };
}
