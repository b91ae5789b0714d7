import assert from 'node:assert/strict';
import type * as vscode from 'vscode';

/** Resolves when `condition` holds, which is asked again at every change that `subscribe` tells of. */
export function until(condition: () => boolean, subscribe: (check: () => void) => vscode.Disposable): Promise<void> {
  return new Promise((resolve) => {
    const subscription = subscribe(() => {
      if (!condition()) return;
      subscription.dispose();
      resolve();
    });
    if (condition()) {
      subscription.dispose();
      resolve();
    }
  });
}

/** For what nothing tells of: a watcher may be late or miss a folder that is new. */
export async function eventually(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'it never came to be');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
