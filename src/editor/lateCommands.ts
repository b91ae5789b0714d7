import * as vscode from 'vscode';

/**
 * Commands whose code is loaded when one of them is first called. Until then others stand in for them, and each call goes to
 * the real one.
 *
 * @param load gives what registers all of these commands
 */
export function lateCommands(ids: readonly string[], load: () => Promise<() => vscode.Disposable>): vscode.Disposable {
  let registered: vscode.Disposable | undefined;
  let isDisposed = false;
  let loading: Promise<void> | undefined;
  const register = async (): Promise<void> => {
    const create = await load();
    if (isDisposed) return;
    standIns.dispose();
    registered = create();
  };
  const standIns = vscode.Disposable.from(
    ...ids.map((id) =>
      vscode.commands.registerCommand(id, async (...given: unknown[]): Promise<unknown> => {
        await (loading ??= register());
        return isDisposed ? undefined : vscode.commands.executeCommand(id, ...given);
      }),
    ),
  );
  return new vscode.Disposable(() => {
    isDisposed = true;
    standIns.dispose();
    registered?.dispose();
  });
}
