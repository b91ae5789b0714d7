import { posix } from 'node:path';
import * as vscode from 'vscode';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { isInside } from '../../base/paths.ts';
import type { DataInput } from '../../model/dataInput.ts';
import { uriAt } from './workspaceFiles.ts';

/** Data files in a workspace folder that is not on a disk. */
export class WorkspaceData implements DataInput {
  readonly #base: vscode.Uri;
  readonly #folder: string;

  /**
   * @param base the workspace folder
   * @param folder that paths are relative to, of the uris of the folder
   */
  constructor(base: vscode.Uri, folder: string) {
    this.#base = base;
    this.#folder = folder;
  }

  async open(path: string): Promise<Outcome<AsyncIterable<Uint8Array>, string>> {
    const target = posix.join(this.#folder, path);
    if (!isInside(this.#base.path, target, posix)) {
      return failed(`"${path}" lies outside of the folder that data must lie in: move it there.`);
    }
    try {
      const bytes = await vscode.workspace.fs.readFile(uriAt(this.#base, target));
      return success(inOnePiece(bytes));
    } catch {
      return failed(`"${path}" cannot be read beside the prompt file: correct candidates.data.`);
    }
  }

  list(pattern: string): Promise<Outcome<readonly string[], string>> {
    return Promise.resolve(
      failed(`The pattern "${pattern}" finds no files where the folder is not on a disk: name one data file.`),
    );
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- what is read is there at once
async function* inOnePiece(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
