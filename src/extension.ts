import type * as vscode from 'vscode';
import { Application } from './editor/application.ts';

let application: Application | undefined;

export function activate(context: vscode.ExtensionContext): void {
  application = Application.start(context);
}

export async function deactivate(): Promise<void> {
  await application?.stop();
}
