import * as vscode from 'vscode';
import { inert } from './inert.ts';

// The only way to the editor's messages, pick lists and input boxes: lint sends everybody here.

/** @returns the action that the person chose */
export function showInformation(message: string, ...actions: string[]): Thenable<string | undefined> {
  return vscode.window.showInformationMessage(inert(message), ...actions);
}

/** @returns the action that the person chose */
export function showWarning(message: string, ...actions: string[]): Thenable<string | undefined> {
  return vscode.window.showWarningMessage(inert(message), ...actions);
}

/** @returns the action that the person chose */
export function showError(message: string, ...actions: string[]): Thenable<string | undefined> {
  return vscode.window.showErrorMessage(inert(message), ...actions);
}

/** How long a sentence stays that asks for nothing, ms. */
const quietMs = 6000;

/** A sentence that asks for nothing: in the status bar, for as long as it takes to read it. */
export function showQuietly(message: string): void {
  vscode.window.setStatusBarMessage(inert(message), quietMs);
}

/** A question that everything else waits for. @param details a line each, below it. @returns whether the person agreed */
export async function confirm(question: string, agree: string, details: readonly string[] = []): Promise<boolean> {
  const options = { modal: true, ...(details.length > 0 ? { detail: details.map(inert).join('\n') } : {}) };
  return (await vscode.window.showWarningMessage(inert(question), options, agree)) === agree;
}

/** One line of a pick list; what it says is text and nothing else. */
export interface Choice extends Pick<vscode.QuickPickItem, 'label' | 'description' | 'detail'> {
  /** Name of a codicon, before the label. */
  readonly icon?: string;
}

/** A page that takes the focus, as the walkthrough's does when a step is done, closes nothing that asks the person. */
const staying = { ignoreFocusOut: true } as const;

/** @returns what was picked, as it was given */
export async function pickOne<Item extends Choice>(
  choices: readonly Item[],
  options: Pick<vscode.QuickPickOptions, 'title' | 'placeHolder' | 'matchOnDescription'>,
): Promise<Item | undefined> {
  return (await vscode.window.showQuickPick(choices.map(shown), { ...options, ...staying }))?.choice;
}

/** @returns what was picked, as it was given; undefined when the person left */
export async function pickMany<Item extends Choice>(
  choices: readonly Item[],
  options: Pick<vscode.QuickPickOptions, 'title' | 'placeHolder'>,
): Promise<Item[] | undefined> {
  const picked = await vscode.window.showQuickPick(choices.map(shown), { ...options, ...staying, canPickMany: true });
  return picked?.map(({ choice }) => choice);
}

function shown<Item extends Choice>(choice: Item): vscode.QuickPickItem & { readonly choice: Item } {
  const { icon, label, description, detail } = choice;
  return {
    label: icon === undefined ? inert(label) : `$(${icon}) ${inert(label)}`,
    ...(description === undefined ? {} : { description: inert(description) }),
    ...(detail === undefined ? {} : { detail: inert(detail) }),
    choice,
  };
}

/** @returns what was typed; undefined when the person left */
export function askInput(options: vscode.InputBoxOptions): Thenable<string | undefined> {
  const { title, prompt } = options;
  return vscode.window.showInputBox({
    ...staying,
    ...options,
    ...(title === undefined ? {} : { title: inert(title) }),
    ...(prompt === undefined ? {} : { prompt: inert(prompt) }),
  });
}

export type Progress = vscode.Progress<{ message?: string; increment?: number }>;

/** A notification with a bar and a button that cancels, until the task has ended. */
export function showTask(
  title: string,
  task: (progress: Progress, token: vscode.CancellationToken) => Promise<void>,
): Thenable<void> {
  const options = { location: vscode.ProgressLocation.Notification, title: inert(title), cancellable: true };
  return vscode.window.withProgress(options, (progress, token) =>
    task(
      {
        report: ({ message, ...rest }) =>
          progress.report({ ...rest, ...(message === undefined ? {} : { message: inert(message) }) }),
      },
      token,
    ),
  );
}

/** A word in the status bar, until the task has ended. */
export function showBusy<Result>(title: string, task: () => Promise<Result>): Thenable<Result> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: inert(title) }, task);
}

/** The moving line above a view, until the task has ended. */
export function showInView<Result>(viewId: string, task: () => Promise<Result>): Thenable<Result> {
  return vscode.window.withProgress({ location: { viewId } }, task);
}
