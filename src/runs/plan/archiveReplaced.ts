import { success } from '../../base/outcome.ts';
import { describeError } from '../../base/redact.ts';
import { archive, type MovedFile } from '../../storage/archive.ts';
import { refusal, type RunOutcome } from '../runRefusal.ts';
import type { Workspace } from '../workspace.ts';
import type { Plan } from './plan.ts';

/** Moves what the candidates of a plan take the place of to its archive: all of it or nothing. */
export async function archiveReplaced(
  { replaced = [], root }: Pick<Plan, 'replaced' | 'root'>,
  { files }: Pick<Workspace, 'files'>,
): Promise<RunOutcome<readonly MovedFile[]>> {
  try {
    return success(await archive(files, replaced, root));
  } catch (error) {
    return refusal(
      'not-archived',
      `The candidates that are there cannot be moved to their archive: ${describeError(error)}. Nothing was changed.`,
    );
  }
}
