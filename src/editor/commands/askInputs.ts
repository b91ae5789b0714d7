import * as vscode from 'vscode';
import type { AskedInput } from '../../prompts/inputs.ts';
import { askInput, pickOne } from '../notifications/messages.ts';

/** Asks for each value in turn. @returns undefined when the person leaves */
export async function askInputs(inputs: readonly AskedInput[]): Promise<Readonly<Record<string, string>> | undefined> {
  const values: Record<string, string> = {};
  for (const [place, { name, description, placeholder, choices }] of inputs.entries()) {
    const title = vscode.l10n.t('{0} ({1} of {2})', name, place + 1, inputs.length);
    const answer = choices
      ? (
          await pickOne(
            choices.map((label) => ({ label })),
            { title, ...(description === undefined ? {} : { placeHolder: description }) },
          )
        )?.label
      : await askInput({
          title,
          ignoreFocusOut: true,
          ...(description === undefined ? {} : { prompt: description }),
          ...(placeholder === undefined ? {} : { placeHolder: placeholder }),
        });
    if (answer === undefined) return undefined;
    values[name] = answer;
  }
  return values;
}
