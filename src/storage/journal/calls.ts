import type { JournalOutcome } from './journalFailure.ts';
import type { JournalReader } from './tables/journalReader.ts';
import type { JournalWriter } from './tables/journalWriter.ts';

/** What of a class can be called as data: its methods whose outcome is one of the journal. */
type Methods<Target> = {
  [
    Name in keyof Target as Target[Name] extends (...args: never[]) => JournalOutcome<unknown> ? Name : never
  ]: Target[Name];
};

export type Writes = Methods<JournalWriter>;
export type Reads = Methods<JournalReader>;
export type WriteName = keyof Writes;
export type ReadName = keyof Reads;

/** A call as data, so that it can wait for its batch or come from another thread. */
export type WriteCall = {
  [Name in WriteName]: { readonly name: Name; readonly args: Parameters<Writes[Name]> };
}[WriteName];
export type ReadCall = {
  [Name in ReadName]: { readonly name: Name; readonly args: Parameters<Reads[Name]> };
}[ReadName];

export type WriteOutcome<Name extends WriteName> = ReturnType<Writes[Name]>;
export type ReadOutcome<Name extends ReadName> = ReturnType<Reads[Name]>;

/** The calls that whoever has the journal on another thread makes as they are; the others go on in that thread alone. */
export const sentWrites = [
  'recordAttempt',
  'recordResult',
  'markWritten',
  'markEnded',
  'putRows',
  'gatherAtRest',
  'finishRun',
  'requeue',
  'cancelQueued',
  'discardRun',
  'release',
  'cacheClear',
  'keepAdaptations',
  'keepFetched',
  'openSpending',
  'claimBudgets',
  'changeSpending',
] as const satisfies readonly WriteName[];
export const sentReads = [
  'listRuns',
  'run',
  'items',
  'itemOverviews',
  'itemWay',
  'attempts',
  'unwrittenResults',
  'unwrittenResult',
  'lastNumbers',
  'queuedItems',
  'record',
  'recordAfter',
  'lastWritten',
  'filesOf',
  'cached',
  'adaptations',
  'fetched',
  'recordedSpending',
  'callHistory',
] as const satisfies readonly ReadName[];

/** The same methods, with the outcome as a promise. */
type Remote<Target> = {
  [Name in keyof Target]: Target[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Result>
    : never;
};

/** What `sentWrites` and `sentReads` name; `JournalWriter` and `JournalReader` say what each does. */
export type SentCalls = Remote<Pick<Writes, (typeof sentWrites)[number]> & Pick<Reads, (typeof sentReads)[number]>>;

/** Whether something that was paid for is among the writes. */
export function holdsResult(calls: readonly WriteCall[]): boolean {
  return calls.some(({ name }) => name === 'recordResult');
}

/** Whether somebody waits with a call of a service until the write is committed. */
export function isUrgent(call: WriteCall): boolean {
  return call.name === 'claimBudgets' || holdsResult([call]);
}

/** Calls the method that a call names. */
export function invoke(
  target: JournalWriter | JournalReader,
  { name, args }: WriteCall | ReadCall,
): JournalOutcome<unknown> {
  const method = target[name as keyof typeof target] as (...values: readonly unknown[]) => JournalOutcome<unknown>;
  return Reflect.apply(method, target, args);
}
