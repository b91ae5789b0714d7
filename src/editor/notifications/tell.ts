import * as vscode from 'vscode';
import { formatCounts } from '../../wording/format.ts';
import type { RunOutcome } from '../../runs/runRefusal.ts';
import type { RunOverview } from '../../storage/journal/records.ts';
import { showError } from './messages.ts';

/** Tells the person why something is not possible. */
export function show<Value>(outcome: RunOutcome<Value>): outcome is { readonly ok: true; readonly value: Value } {
  if (!outcome.ok) void showError(outcome.failure.message);
  return outcome.ok;
}

/** `12 written, 3 failed, 5 left`. */
export function describeCounts({ queued, ...counts }: RunOverview['counts']): string {
  const parts = formatCounts({ ...counts, queued: 0, running: 0, retrying: 0 });
  return [...parts, ...(queued > 0 ? [vscode.l10n.t('{0} left', queued)] : [])].join(', ');
}
