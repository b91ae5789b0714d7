import { failed, type Outcome } from '../base/outcome.ts';
import type { JournalFailure } from '../storage/journal/journalFailure.ts';

/** Why a run does not do what a person asked for, though nothing is wrong with its journal. */
export interface RunRefusal {
  readonly reason:
    /** A service of the run needs a key and has none. */
    | 'no-api-key'
    /** A service of the run is not configured any more. */
    | 'no-service'
    /** Candidates could not be moved to their archive. */
    | 'not-archived'
    /** The run writes outside of the folder that it belongs to. */
    | 'outside-folder'
    /** Others have gone on from the item. */
    | 'followed'
    /** The run has ended meanwhile. */
    | 'ended'
    /** This process cannot run pipelines. */
    | 'no-pipelines'
    /** A budget of money, and a model whose price nobody knows. */
    | 'no-price'
    /** This process works on the run itself. */
    | 'going-on';
  /** One sentence that says what happened and what to do. Never holds a secret. */
  readonly message: string;
}

/** What comes of asking something of a run. */
export type RunOutcome<Value> = Outcome<Value, JournalFailure | RunRefusal>;

export function refusal(
  reason: RunRefusal['reason'],
  message: string,
): { readonly ok: false; readonly failure: RunRefusal } {
  return failed({ reason, message });
}
