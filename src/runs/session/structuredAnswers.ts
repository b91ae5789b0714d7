import { isCandidate } from '../../candidates/plannedItem.ts';
import { describeMismatch, isStructured, structuredText } from '../../candidates/structured/structuredText.ts';
import type { AttemptOutcome, Failure } from '../../model/attempt.ts';
import type { Generation, GenerationRequest } from '../../services/service.ts';
import type { JournalFailure } from '../../storage/journal/journalFailure.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';
import { askedAgain, cutShort } from './askedAgain.ts';
import type { CandidateText, OwnedRun } from './candidateKeeper.ts';
import { recordInvalid, writeInvalid, type InvalidText } from './invalidKeeper.ts';

/** An answer that did not match, of an item that is not through. */
interface Mismatch extends InvalidText {
  readonly errors: readonly string[];
  readonly isRecorded: boolean;
}

/** What a judged answer comes to. */
export type StructuredOutcome = AttemptOutcome<Generation & Pick<CandidateText, 'format' | 'isRepaired'>>;

/** What is left of a mismatch when its item has failed. */
export interface MismatchEnd {
  readonly failure: Failure;
  readonly isTextKept?: true;
  readonly trouble?: JournalFailure;
}

/**
 * The answers of one run that are to match a schema. One that does not is asked for once more, with what is wrong with it;
 * what still does not is kept beside the candidates, and its item fails.
 */
export class StructuredAnswers {
  readonly #run: OwnedRun;
  readonly #mismatches = new Map<string, Mismatch>();
  readonly #endings = new Set<Promise<MismatchEnd>>();

  constructor(run: OwnedRun) {
    this.#run = run;
  }

  /** What a service is asked for an item. */
  request({
    id,
    messages,
    siblings,
    schema,
  }: PlannedItem): Pick<GenerationRequest, 'messages' | 'siblings' | 'schema'> {
    if (!schema) return { messages, siblings };
    const mismatch = this.#mismatches.get(id);
    return mismatch
      ? { messages: askedAgain(messages, mismatch), siblings: 1, schema }
      : { messages, siblings, schema };
  }

  /** @returns with `trouble` when the journal cannot keep what was paid for */
  async judge(
    item: PlannedItem,
    outcome: AttemptOutcome<Generation>,
  ): Promise<{ readonly outcome: StructuredOutcome; readonly trouble?: JournalFailure }> {
    const { schema } = item;
    if (!schema || outcome.kind === 'failed') return { outcome };
    const { result, ...facts } = outcome;
    const { text, model, cut } = result;
    const read = cut ? await wholeText(text, schema) : await structuredText(text, schema);
    if (read.kind === 'valid') {
      this.#mismatches.delete(item.id);
      const { cut: _cut, ...generation } = result;
      const repaired = read.isRepaired ? { isRepaired: true as const } : {};
      return {
        outcome: {
          ...facts,
          kind: 'completed',
          result: { ...generation, text: read.text, format: 'json', ...repaired },
        },
      };
    }
    const isAskedAgain = !cut && !this.#mismatches.has(item.id);
    const invalid = { text, model, usage: outcome.usage, ...(cut ? { cut } : {}) };
    const recorded = isAskedAgain ? undefined : await recordInvalid(this.#run, item, invalid);
    this.#mismatches.set(item.id, { ...invalid, errors: read.errors, isRecorded: recorded?.ok === true });
    const failure: Failure = {
      reason: 'invalid-output',
      message: cut ? cutShort : describeMismatch(read.errors),
      ...(isAskedAgain ? { isAskedAgain } : {}),
    };
    return {
      outcome: { ...facts, kind: 'failed', failure },
      ...(recorded?.ok === false ? { trouble: recorded.failure } : {}),
    };
  }

  /** Whether an item has an answer that is to be kept when it fails. */
  has({ id }: Pick<PlannedItem, 'id'>): boolean {
    return this.#mismatches.has(id);
  }

  /** An item is through, or left to somebody else. */
  forget({ id }: Pick<PlannedItem, 'id'>): void {
    this.#mismatches.delete(id);
  }

  /** Keeps the last answer of an item that has failed. */
  end(item: PlannedItem, failure: Failure): Promise<MismatchEnd> {
    const ending = this.#end(item, failure);
    this.#endings.add(ending);
    return ending.finally(() => this.#endings.delete(ending));
  }

  /**
   * What is to be written of an item that starts again.
   *
   * @param text the journal's, of which no file is known
   * @returns undefined when nothing is: an answer that is no candidate is kept beside it now
   */
  async toWrite<Text extends { readonly text: string }>(
    item: PlannedItem,
    text: Text | undefined,
  ): Promise<Text | undefined> {
    const { schema } = item;
    if (!text || !schema || !isCandidate(item) || (await isStructured(text.text, schema))) return text;
    await writeInvalid(this.#run, item, text.text);
    return undefined;
  }

  /** Resolves when nothing is being kept any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#endings);
  }

  async #end(item: PlannedItem, failure: Failure): Promise<MismatchEnd> {
    const mismatch = this.#mismatches.get(item.id);
    this.#mismatches.delete(item.id);
    if (!mismatch || !isCandidate(item)) return { failure };
    if (!mismatch.isRecorded) {
      const recorded = await recordInvalid(this.#run, item, mismatch);
      if (!recorded.ok) return { failure, trouble: recorded.failure };
    }
    const kept = await writeInvalid(this.#run, item, mismatch.text);
    if (kept.kind === 'lost') return { failure, trouble: kept.trouble };
    if (kept.kind === 'failed') return { failure: kept.failure };
    return { failure: keptIn(failure, kept.path), isTextKept: true };
  }
}

/** A failure with the place of the answer that it is about, or that came before it. */
export function keptIn(failure: Failure, path: string): Failure {
  const what = failure.reason === 'invalid-output' ? 'The answer' : 'An answer that does not match the schema';
  return { ...failure, message: `${failure.message} ${what} is kept in ${path}.` };
}

/** What was cut is no text unless it was whole by then: what is missing is not made up. */
async function wholeText(text: string, schema: NonNullable<PlannedItem['schema']>): ReturnType<typeof structuredText> {
  const isWhole = /[}\]]\s*$/.test(text.slice(-1000)) && (await isStructured(text, schema));
  return isWhole ? structuredText(text, schema) : { kind: 'invalid', errors: ['it was cut'] };
}
