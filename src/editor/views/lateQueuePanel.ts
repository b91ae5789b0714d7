import * as vscode from 'vscode';
import { queueViewId } from '../commandIds.ts';
import type { QueuePanel } from './queuePanel.ts';

/** The queue panel, loaded when it is first in sight. */
export function lateQueuePanel(tools: ConstructorParameters<typeof QueuePanel>[0]): vscode.Disposable {
  let loading: Promise<QueuePanel> | undefined;
  let isDisposed = false;
  const load = async (): Promise<QueuePanel> => {
    const { QueuePanel } = await import('./queuePanel.ts');
    return new QueuePanel(tools);
  };
  const registration = vscode.window.registerWebviewViewProvider(queueViewId, {
    resolveWebviewView: async (view) => {
      const panel = await (loading ??= load());
      if (!isDisposed) panel.resolveWebviewView(view);
    },
  });
  return new vscode.Disposable(() => {
    isDisposed = true;
    registration.dispose();
    void loading?.then((panel) => panel.dispose());
  });
}
