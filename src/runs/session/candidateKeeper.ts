import type { Failure, TokenUsage } from '../../model/attempt.ts';
import type { WrittenCandidate } from '../../storage/candidateWriter.ts';
import type { JournalFailure, JournalFailureReason, JournalOutcome } from '../../storage/journal/journalFailure.ts';
import { done } from '../../base/outcome.ts';
import type { RunLease } from '../../storage/journal/records.ts';
import { failpoint } from '../../storage/failpoint.ts';
import { writeFailure } from '../../storage/writeFailure.ts';
import { type PlannedCandidate } from '../plan/plannedCandidate.ts';
import { firstChoice, type CandidateNumbers } from '../../candidates/candidateNumbers.ts';
import type { Persist } from './lockedWrites.ts';
import type { Workspace } from '../workspace.ts';

/** A run that this process owns. */
export interface OwnedRun {
  readonly workspace: Workspace;
  readonly lease: RunLease;
  /** The folder that candidates stay inside, absolute. */
  readonly root: string;
  readonly numbers: CandidateNumbers;
  readonly persist: Persist;
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
  | { readonly kind: 'written' | 'skipped'; readonly file: KeptFile }
  | { readonly kind: 'failed'; readonly failure: Failure }
) & {
  /** Present when the journal does not work any more: the run must stop. */
  readonly trouble?: JournalFailure;
};

/** A candidate that is on disk; without a hash it was there before. */
export type KeptFile = Pick<WrittenCandidate, 'path'> & Partial<WrittenCandidate>;

type Candidate = Pick<PlannedCandidate, 'id' | 'output' | 'number'>;

export interface KeepOptions {
  /** 0-based. */
  readonly stage: number;
  /** Puts the text into the cache too. */
  readonly cacheKey?: string;
  /** What an earlier try has written already. */
  readonly file?: KeptFile;
}

/** What tells that the candidate is not this process's to make. */
const notOurs: ReadonlySet<JournalFailureReason> = new Set(['lost', 'no-run', 'no-item']);

/**
 * Makes a finished text survive, in this order: the text is committed to the journal, the candidate file is written
 * under a temporary name and renamed, the item is committed as written. A crash at any point costs no second call.
 */
export async function keepCandidate(
  run: OwnedRun,
  candidate: Candidate,
  result: CandidateText,
  options: KeepOptions,
): Promise<Kept> {
  const recorded = result.origin === 'service' ? await record(run, candidate, result, options) : done;
  let trouble = recorded.ok ? undefined : recorded.failure;
  const held = trouble ? done : await run.workspace.journal.confirm(run.lease);
  if (!held.ok) trouble = held.failure;
  // Whoever has taken the run over makes this candidate too, or has discarded it.
  if (trouble && notOurs.has(trouble.reason)) return failedBy(trouble);
  const state = result.origin === 'cache' ? 'skipped' : 'written';
  let file: KeptFile;
  try {
    file = options.file ?? (await write(run, candidate, result));
  } catch (error) {
    return trouble ? failedBy(trouble) : { kind: 'failed', failure: writeFailure(firstChoice(candidate), error) };
  }
  if (!trouble) {
    const marked = await mark(run, candidate, file, state);
    if (!marked.ok) trouble = marked.failure;
  }
  return { kind: state, file, ...(trouble && { trouble }) };
}

async function record(
  { workspace: { journal }, lease, persist }: OwnedRun,
  { id }: Candidate,
  { text, model, usage }: CandidateText,
  { stage, cacheKey }: KeepOptions,
): Promise<JournalOutcome<undefined>> {
  failpoint('after-response');
  const paidFor = { item: id, stage, text, model, usage, ...(cacheKey === undefined ? {} : { cacheKey }) };
  return persist(() => journal.recordResult(lease, paidFor));
}

async function write(run: OwnedRun, candidate: Candidate, result: CandidateText): Promise<KeptFile> {
  if (result.file !== undefined) return { path: result.file };
  return run.workspace.writer.write({
    root: run.root,
    paths: run.numbers.paths(candidate),
    text: result.text.endsWith('\n') ? result.text : `${result.text}\n`,
    recovered: result.origin === 'journal',
    mayAdopt: (path) => isOurs(run, candidate.id, path),
  });
}

function mark(
  { workspace: { journal }, lease, persist }: OwnedRun,
  { id: item }: Candidate,
  { path, contentHash }: KeptFile,
  state: 'written' | 'skipped',
): Promise<JournalOutcome<undefined>> {
  return persist(() =>
    contentHash === undefined
      ? journal.markEnded(lease, { item, state: 'skipped', file: path })
      : journal.markWritten(lease, { item, path, contentHash, state }),
  );
}

/** A file that holds just this text and that the journal has not written for another item is this candidate. */
async function isOurs({ workspace }: OwnedRun, item: string, path: string): Promise<boolean> {
  const last = await workspace.journal.lastWritten(path);
  return last.ok && (last.value === undefined || last.value.item === item);
}

/** What the run has to say about it is said once, not by each of its items. */
function failedBy(trouble: JournalFailure): Kept {
  return { kind: 'failed', failure: { reason: 'cancelled', message: trouble.message }, trouble };
}
