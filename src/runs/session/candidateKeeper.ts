import type { Draft } from '../../flow/follow.ts';
import { isCandidate, type NewCandidate, type NewItem } from '../../candidates/plannedItem.ts';
import type { CallFacts } from '../../model/adaptation.ts';
import type { Failure, TokenUsage } from '../../model/attempt.ts';
import type { WrittenCandidate } from '../../storage/candidateWriter.ts';
import type { JournalFailure, JournalFailureReason, JournalOutcome } from '../../storage/journal/journalFailure.ts';
import { done, success } from '../../base/outcome.ts';
import type { JournalItem, NewResult, RunLease } from '../../storage/journal/records.ts';
import { failpoint } from '../../storage/failpoint.ts';
import { writeFailure } from '../../storage/writeFailure.ts';
import { firstChoice, type CandidateNumbers } from '../../candidates/candidateNumbers.ts';
import type { Persist } from './lockedWrites.ts';
import type { ResultFile } from './runFlow.ts';
import type { Workspace } from '../workspace.ts';

/** A run that this process owns. */
export interface OwnedRun {
  readonly workspace: Workspace;
  readonly lease: RunLease;
  /** The folder that candidates stay inside, absolute. */
  readonly root: string;
  readonly numbers: CandidateNumbers;
  readonly persist: Persist;
  /** Whether earlier sessions worked on it, who may have left files that the journal does not know. */
  readonly isResumed: boolean;
}

/** A finished text and where it comes from: what a service made was paid for and must be kept first. */
export interface CandidateText extends CallFacts {
  readonly text: string;
  /** The model that answered, as the service names it. */
  readonly model: string;
  readonly usage: TokenUsage;
  /** Default `text`. */
  readonly format?: 'text' | 'json';
  readonly origin: 'service' | 'journal' | 'cache';
  /** With `cache`: the candidate that has this text already, absolute. */
  readonly file?: string;
}

export type Kept =
  /** `file` is absent for an item that leaves none. */
  (
    | { readonly kind: 'written' | 'skipped'; readonly file?: KeptFile }
    | { readonly kind: 'failed'; readonly failure: Failure }
  ) & {
    /** Items that came into being, by position. */
    readonly followers: readonly JournalItem[];
    /** Present when the journal does not work any more: the run must stop. */
    readonly trouble?: JournalFailure;
  };

/** A candidate that is on disk; without a hash it was there before. */
export type KeptFile = Pick<WrittenCandidate, 'path'> & Partial<WrittenCandidate>;

type Candidate = Pick<NewCandidate, 'id' | 'output' | 'number'>;
type Item = Pick<NewItem, 'id' | 'output' | 'number'>;

export interface KeepOptions {
  /** What follows the item, by the flow of its run. */
  readonly followers?: readonly Draft[];
  /** Group of the next gather that its record belongs to. */
  readonly group?: string;
  /** Puts the text into the cache too. */
  readonly cacheKey?: string;
  /** The file of a result that is no candidate. */
  readonly leaves?: ResultFile;
  /** What an earlier try has written already. */
  readonly file?: KeptFile;
}

/** What tells that the candidate is not this process's to make. */
const notOurs: ReadonlySet<JournalFailureReason> = new Set(['lost', 'no-run', 'no-item']);

/**
 * Makes a finished text survive, in this order: the text is committed to the journal with the items that follow it, the
 * candidate file is written under a temporary name and renamed, the item is committed as written. A crash at any point
 * costs no second call. An item that leaves no file is through with the first of these. Where the file belongs to a
 * stage's result, what follows the item reads it: then that comes with the item's end.
 *
 * @param durable called once the text is committed
 */
export async function keepResult(
  run: OwnedRun,
  item: Item,
  result: CandidateText,
  options: KeepOptions,
  durable: () => void = () => undefined,
): Promise<Kept> {
  const { leaves, ...others } = options;
  if (leaves) return keepWithFile(run, item, result, leaves, others, durable);
  const state = result.origin === 'cache' ? 'skipped' : 'written';
  const isRecorded = isCandidate(item) && result.origin !== 'service' && options.followers === undefined;
  const recorded = isRecorded ? success([]) : await record(run, item, result, options, state);
  if (recorded.ok) durable();
  const followers = recorded.ok ? recorded.value : [];
  let trouble = recorded.ok ? undefined : recorded.failure;
  if (!isCandidate(item)) return trouble ? failedBy(trouble) : { kind: state, followers };
  const held = trouble ? done : await run.persist(() => run.workspace.journal.confirm(run.lease));
  if (!held.ok) trouble = held.failure;
  // Whoever has taken the run over makes this candidate too, or has discarded it.
  if (trouble && notOurs.has(trouble.reason)) return failedBy(trouble);
  let file: KeptFile;
  try {
    file = options.file ?? (await write(run, item, result));
  } catch (error) {
    if (trouble) return failedBy(trouble);
    return { kind: 'failed', failure: writeFailure(firstChoice(item), error), followers };
  }
  if (trouble) return { kind: state, file, followers, trouble };
  const marked = await mark(run, item, file, state);
  if (!marked.ok) return { kind: state, file, followers, trouble: marked.failure };
  return { kind: state, file, followers: [...followers, ...marked.value] };
}

/** Until its file is there, the journal has the result as its stage made it. */
async function keepWithFile(
  run: OwnedRun,
  item: Item,
  result: CandidateText,
  leaves: ResultFile,
  options: KeepOptions,
  durable: () => void,
): Promise<Kept> {
  const recorded = result.origin === 'service' ? await record(run, item, result, {}, undefined) : done;
  if (!recorded.ok) return failedBy(recorded.failure);
  durable();
  const held = await run.persist(() => run.workspace.journal.confirm(run.lease));
  if (!held.ok) return failedBy(held.failure);
  const written = await leaves.write();
  if (!written.ok) return { kind: 'failed', failure: written.failure, followers: [] };
  return keepResult(run, item, { ...result, ...leaves.result }, options);
}

/** Keeps what was paid for beside a journal that does not take it, for whoever goes on with the run. */
export async function setAside(
  { workspace: { journal }, lease }: OwnedRun,
  item: Item,
  result: CandidateText,
  options: KeepOptions,
): Promise<void> {
  if (result.origin !== 'service') return;
  const isWithoutFile = options.leaves !== undefined;
  await journal.setAside(lease, isWithoutFile ? paidFor(item, result, {}) : paidFor(item, result, options, 'written'));
}

async function record(
  { workspace: { journal }, lease, persist }: OwnedRun,
  item: Item,
  result: CandidateText,
  options: KeepOptions,
  end: 'written' | 'skipped' | undefined,
): Promise<JournalOutcome<readonly JournalItem[]>> {
  failpoint('after-response');
  return persist(() => journal.recordResult(lease, paidFor(item, result, options, end)));
}

function paidFor(
  { id: item, output }: Item,
  { text, format, model, usage, adapted, cut, reasoning, isRepaired, verbalized }: CandidateText,
  { followers, group, cacheKey }: KeepOptions,
  end?: 'written' | 'skipped',
): NewResult {
  return {
    item,
    text,
    model,
    usage,
    ...(format === undefined ? {} : { format }),
    ...(adapted === undefined ? {} : { adapted }),
    ...(cut === undefined ? {} : { cut }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(isRepaired === undefined ? {} : { isRepaired }),
    ...(verbalized === undefined ? {} : { verbalized }),
    ...(followers === undefined ? {} : { followers }),
    ...(group === undefined ? {} : { group }),
    ...(cacheKey === undefined ? {} : { cacheKey }),
    ...(output || !end ? {} : { end }),
  };
}

async function write(run: OwnedRun, candidate: Candidate, result: CandidateText): Promise<KeptFile> {
  if (result.file !== undefined) return { path: result.file };
  return run.workspace.writer.write({
    root: run.root,
    paths: run.numbers.paths(candidate),
    text: result.text.endsWith('\n') ? result.text : `${result.text}\n`,
    recovered: result.origin === 'journal' || run.isResumed,
    mayAdopt: (path) => isOurs(run, result.origin === 'journal' ? candidate.id : undefined, path),
  });
}

function mark(
  { workspace: { journal }, lease, persist }: OwnedRun,
  { id: item }: Candidate,
  { path, contentHash }: KeptFile,
  state: 'written' | 'skipped',
): Promise<JournalOutcome<readonly JournalItem[]>> {
  return persist(() =>
    contentHash === undefined
      ? journal.markEnded(lease, { item, state: 'skipped', file: path })
      : journal.markWritten(lease, { item, path, contentHash, state }),
  );
}

/**
 * A file that holds just this text and that the journal has not written for another item is this candidate.
 *
 * @param item undefined for a text that was only just made: a file that the journal knows is an earlier candidate then
 */
async function isOurs({ workspace }: OwnedRun, item: string | undefined, path: string): Promise<boolean> {
  const last = await workspace.journal.lastWritten(path);
  return last.ok && (last.value === undefined || last.value.item === item);
}

/** What the run has to say about it is said once, not by each of its items. */
function failedBy(trouble: JournalFailure): Kept {
  return { kind: 'failed', failure: { reason: 'cancelled', message: trouble.message }, followers: [], trouble };
}
