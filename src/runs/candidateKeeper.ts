import type { Failure, TokenUsage } from '../engine/outcome.ts';
import type { JournalFailure } from '../storage/journal/outcome.ts';
import type { RunLease } from '../storage/journal/records.ts';
import { failpoint } from '../storage/failpoint.ts';
import { writeFailure } from '../storage/writeFailure.ts';
import { firstChoice, type CandidateNumbers, type PlannedCandidate } from './candidate.ts';
import type { Workspace } from './workspace.ts';

/** A run that this process owns. */
export interface OwnedRun {
  readonly workspace: Workspace;
  readonly lease: RunLease;
  /** The folder that candidates stay inside, absolute. */
  readonly root: string;
  readonly numbers: CandidateNumbers;
}

/** A finished text and where it comes from: what a service made was paid for and must be kept first. */
export interface CandidateText {
  readonly text: string;
  /** The model that answered, as the service names it. */
  readonly model: string;
  readonly usage: TokenUsage;
  readonly origin: 'service' | 'journal' | 'cache';
  /** With `cache`: the candidate that has this text already, absolute. */
  readonly file?: string;
}

export type Kept = (
  | { readonly kind: 'written' | 'skipped'; readonly path: string }
  | { readonly kind: 'failed'; readonly failure: Failure }
) & {
  /** Present when the journal does not work any more: the run must stop. */
  readonly trouble?: JournalFailure;
};

type Candidate = Pick<PlannedCandidate, 'id' | 'output' | 'number'>;

export interface KeepOptions {
  /** 0-based. */
  readonly stage: number;
  /** Puts the text into the cache too. */
  readonly cacheKey?: string;
}

/**
 * Makes a finished text survive, in this order: the text is committed to the journal, the candidate file is written
 * under a temporary name and renamed, the item is committed as written. A crash at any point costs no second call.
 */
export async function keepCandidate(
  run: OwnedRun,
  candidate: Candidate,
  result: CandidateText,
  { stage, cacheKey }: KeepOptions,
): Promise<Kept> {
  const { journal, writer } = run.workspace;
  let trouble: JournalFailure | undefined;
  if (result.origin === 'service') {
    failpoint('after-response');
    const { text, model, usage } = result;
    const recorded = await journal.recordResult(run.lease, {
      item: candidate.id,
      stage,
      text,
      model,
      usage,
      ...(cacheKey === undefined ? {} : { cacheKey }),
    });
    if (!recorded.ok) {
      trouble = recorded.failure;
      // Whoever has taken the run over makes this candidate too.
      if (trouble.reason === 'lost') return failedBy(trouble);
    }
  }
  const state = result.origin === 'cache' ? 'skipped' : 'written';
  const text = result.text.endsWith('\n') ? result.text : `${result.text}\n`;
  let file: { readonly path: string; readonly contentHash?: string };
  try {
    file =
      result.file === undefined
        ? await writer.write({
            root: run.root,
            paths: run.numbers.paths(candidate),
            text,
            recovered: result.origin === 'journal',
            mayAdopt: (path) => isOurs(run, candidate.id, path),
          })
        : { path: result.file };
  } catch (error) {
    return { kind: 'failed', failure: writeFailure(firstChoice(candidate), error), ...(trouble && { trouble }) };
  }
  if (!trouble) {
    const { path, contentHash } = file;
    const marked =
      contentHash === undefined
        ? await journal.markEnded(run.lease, { item: candidate.id, state: 'skipped', file: path })
        : await journal.markWritten(run.lease, { item: candidate.id, path, contentHash, state });
    if (!marked.ok) trouble = marked.failure;
  }
  return { kind: state, path: file.path, ...(trouble && { trouble }) };
}

/** A file that holds just this text and that the journal has not written for another item is this candidate. */
async function isOurs({ workspace }: OwnedRun, item: string, path: string): Promise<boolean> {
  const last = await workspace.journal.lastWritten(path);
  return last.ok && (last.value === undefined || last.value.item === item);
}

function failedBy(trouble: JournalFailure): Kept {
  return { kind: 'failed', failure: { reason: 'write-failed', message: trouble.message }, trouble };
}
