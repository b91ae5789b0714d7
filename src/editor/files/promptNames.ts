import * as vscode from 'vscode';
import type { DataSettings } from '../../model/data.ts';
import { formatOf } from '../../prompts/formats/formatNames.ts';
import type { ValueNames } from '../../prompts/help/valueNames.ts';
import type { PromptFile } from '../../prompts/promptFile.ts';
import { folderOf } from './folders.ts';
import { WorkspaceData } from './workspaceData.ts';
import { pathOf } from './workspaceFiles.ts';

type Values = Readonly<Record<string, unknown>>;

interface FirstRow {
  /** The settings of the data, as JSON. */
  readonly of: string;
  readonly at: number;
  readonly values: Promise<Values | undefined>;
}

/** Somebody may be editing the data too: for so long a row holds, ms. */
const rowHoldsMs = 3000;

/** The variables of prompt files that are being written, with their values in the first row. */
export class PromptNames {
  /** As each was when it could be read last. */
  readonly #prompts = new WeakMap<vscode.TextDocument, PromptFile>();
  readonly #versions = new WeakMap<vscode.TextDocument, number>();
  readonly #rows = new WeakMap<vscode.TextDocument, FirstRow>();

  async of(document: vscode.TextDocument): Promise<ValueNames> {
    const { noNames, valueNames } = await import('../promptWork.ts');
    const prompt = await this.#promptOf(document);
    return prompt ? valueNames(prompt, await this.#rowOf(document, prompt)) : noNames;
  }

  async #promptOf(document: vscode.TextDocument): Promise<PromptFile | undefined> {
    const { isWatched, readPrompt } = await import('../promptWork.ts');
    const { version, uri } = document;
    if (this.#versions.get(document) !== version) {
      this.#versions.set(document, version);
      const text = document.getText();
      const read = isWatched(uri.path, text) ? readPrompt(uri.path, text, formatOf(uri.path) ?? 'prompt') : undefined;
      if (read?.ok) this.#prompts.set(document, read.value);
    }
    return this.#prompts.get(document);
  }

  /** Nothing is read of a workspace that is not trusted. */
  async #rowOf(document: vscode.TextDocument, { data }: PromptFile): Promise<Values | undefined> {
    if (!data || data.source.kind === 'rows' || !vscode.workspace.isTrusted) return undefined;
    const { line: _, ...settings } = data;
    const of = JSON.stringify(settings);
    let row = this.#rows.get(document);
    if (row?.of !== of || Date.now() - row.at > rowHoldsMs) {
      row = { of, at: Date.now(), values: readFirstRow(document.uri, data) };
      this.#rows.set(document, row);
    }
    return row.values;
  }
}

/** What goes wrong is told when somebody generates. */
async function readFirstRow(file: vscode.Uri, data: DataSettings): Promise<Values | undefined> {
  const root = folderOf(file);
  const folder = pathOf(vscode.Uri.joinPath(file, '..'));
  try {
    const { DataFiles, firstRowOf } = await import('../promptWork.ts');
    const input = root.scheme === 'file' ? new DataFiles(folder, pathOf(root)) : new WorkspaceData(root, folder);
    return await firstRowOf(data, file.path, input);
  } catch {
    return undefined;
  }
}
