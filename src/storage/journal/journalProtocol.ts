import type { ManifestEntry } from '../../candidates/manifest.ts';
import type { ReadCall, WriteCall } from './calls.ts';
import type { PackedPlan } from './tables/planPacking.ts';
import type { NewRun, Retention } from './records.ts';
import type { JournalSettings, Repair } from './settings.ts';
import type { JournalOutcome } from './journalFailure.ts';

/** What the worker is started with. */
export interface JournalWorkerData extends JournalSettings {
  readonly manifests: 'disk' | 'report';
}

/** Calls that are more than one statement or one batch. */
export type LongCall =
  /** The plan came before, in parts. */
  | { readonly name: 'createPlannedRun'; readonly run: NewRun; readonly plan: number }
  | { readonly name: 'acquireWithin'; readonly run: string; readonly waitMs: number }
  | { readonly name: 'deleteOld'; readonly retention: Retention }
  | { readonly name: 'rebuildFromManifests'; readonly paths: readonly string[] }
  /** @param path of the manifest by its first name, absolute */
  | { readonly name: 'putManifestEntries'; readonly path: string; readonly entries: readonly ManifestEntry[] }
  | { readonly name: 'adopt'; readonly path: string }
  | { readonly name: 'close' };

export type JournalCall =
  | { readonly kind: 'write'; readonly call: WriteCall }
  | { readonly kind: 'read'; readonly call: ReadCall }
  | { readonly kind: 'long'; readonly call: LongCall };

export type ToWorker =
  | { readonly type: 'calls'; readonly calls: readonly { readonly id: number; readonly call: JournalCall }[] }
  /** Part of the plan of a run that is about to be created. */
  | { readonly type: 'plan'; readonly plan: number; readonly part: PackedPlan };

export type FromWorker =
  | { readonly type: 'opened'; readonly outcome: JournalOutcome<undefined> }
  /** A write is settled when its transaction has committed. */
  | {
      readonly type: 'settled';
      readonly outcomes: readonly { readonly id: number; readonly outcome: JournalOutcome<unknown> }[];
    }
  | { readonly type: 'repaired'; readonly repair: Repair }
  | { readonly type: 'manifestEntries'; readonly path: string; readonly entries: readonly ManifestEntry[] }
  | { readonly type: 'manifestProblem'; readonly message: string }
  /** Nobody can have taken over what is held since this moment (see `monotonicMs`), but for what was told as lost before. */
  | { readonly type: 'held'; readonly at: number }
  /** Somebody else has taken these runs over. */
  | { readonly type: 'lost'; readonly runs: readonly string[] };
