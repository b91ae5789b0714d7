import { firstChoice } from '../../candidates/candidateNumbers.ts';
import { invalidPaths } from '../../candidates/structured/invalidName.ts';
import type { NewCandidate } from '../../candidates/plannedItem.ts';
import type { Failure } from '../../model/attempt.ts';
import type { JournalFailure, JournalOutcome } from '../../storage/journal/journalFailure.ts';
import type { NewResult } from '../../storage/journal/records.ts';
import { failpoint } from '../../storage/failpoint.ts';
import { writeFailure } from '../../storage/writeFailure.ts';
import type { OwnedRun } from './candidateKeeper.ts';

/** What an answer that is no candidate was paid for all the same. */
export type InvalidText = Pick<NewResult, 'text' | 'model' | 'usage' | 'cut'>;

export type InvalidKept =
  | { readonly kind: 'kept'; readonly path: string }
  /** The text stays in the journal. */
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'lost'; readonly trouble: JournalFailure };

/** Commits the text of an answer that is no candidate: nothing of it is lost from here on. */
export async function recordInvalid(
  { workspace: { journal }, lease, persist }: OwnedRun,
  { id: item }: Pick<NewCandidate, 'id'>,
  { text, model, usage, cut }: InvalidText,
): Promise<JournalOutcome<unknown>> {
  failpoint('after-response');
  return persist(() => journal.recordResult(lease, { item, text, model, usage, ...(cut ? { cut } : {}) }));
}

/** Writes what was recorded beside where its candidate would be. Its item is to be ended as failed next. */
export async function writeInvalid(
  run: OwnedRun,
  item: Pick<NewCandidate, 'id' | 'output' | 'number'>,
  text: string,
): Promise<InvalidKept> {
  const { workspace, lease, persist, root } = run;
  const held = await persist(() => workspace.journal.confirm(lease));
  if (!held.ok) return { kind: 'lost', trouble: held.failure };
  const candidate = firstChoice(item);
  try {
    const { path } = await workspace.writer.write({
      root,
      paths: invalidPaths(candidate),
      text: text.endsWith('\n') ? text : `${text}\n`,
      recovered: run.isResumed,
      mayAdopt: async (each) => {
        const last = await workspace.journal.lastWritten(each);
        return last.ok && last.value === undefined;
      },
    });
    return { kind: 'kept', path };
  } catch (error) {
    return { kind: 'failed', failure: writeFailure(candidate, error) };
  }
}
