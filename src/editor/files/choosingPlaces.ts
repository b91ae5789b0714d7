import { mkdir } from 'node:fs/promises';
import { dirname, join, parse, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { decodePrompt } from '../../prompts/decode.ts';
import { formatOf } from '../../prompts/formats/formatNames.ts';
import { limits } from '../../prompts/limits.ts';
import type { PromptFile } from '../../prompts/promptFile.ts';
import { whyUnread } from '../../runs/plan/readProblem.ts';
import type { ChosenPrompt, Choosing } from '../../runs/shelf/choosing.ts';
import { PathGate } from '../../storage/pathGate.ts';
import type { ShelfStore } from '../../storage/shelfFile.ts';
import { findStateFolder } from '../../storage/stateFolder.ts';
import { causeOf } from '../../storage/writeFailure.ts';
import { showWarning } from '../notifications/messages.ts';
import { stateFolderSetting } from '../settings.ts';
import { folderOf, isOnDisk, type Folders } from './folders.ts';
import { pathOf, uriAt, WorkspaceFiles } from './workspaceFiles.ts';

/** Where a prompt file's candidates are chosen from. */
export interface ChoosingPlace {
  readonly choosing: Choosing;
  /** The folder that `choosing.root` is the path of. */
  readonly folder: vscode.Uri;
}

export interface PromptPlace extends ChoosingPlace {
  readonly prompt: vscode.Uri;
  readonly chosen: ChosenPrompt;
  /** Its path is relative to the root. */
  readonly file: PromptFile;
}

/** Which folder somebody chooses in, and which prompt file's candidates: the same shelves as the terminal's. */
export class ChoosingPlaces {
  readonly #folders: Pick<Folders, 'filesOf'>;
  readonly #gate = new PathGate();
  /** By the folder's uri. */
  readonly #places = new Map<string, ChoosingPlace>();
  #lockPath: Promise<Outcome<string, string>> | undefined;

  constructor(folders: Pick<Folders, 'filesOf'>) {
    this.#folders = folders;
  }

  /** A failure is one sentence. */
  async of(folder: vscode.Uri): Promise<Outcome<ChoosingPlace, string>> {
    const known = this.#places.get(folder.toString());
    if (known) return success(known);
    const shelves = await this.#shelvesOf(folder);
    if (!shelves.ok) return shelves;
    const choosing = { files: this.#folders.filesOf(folder), shelves: shelves.value, root: pathOf(folder) };
    const place = { choosing, folder };
    this.#places.set(folder.toString(), place);
    return success(place);
  }

  /** A prompt file as it is on the disk, with the folder that its candidates stay in. A failure is one sentence. */
  async ofPrompt(prompt: vscode.Uri): Promise<Outcome<PromptPlace, string>> {
    const place = await this.of(folderOf(prompt));
    if (!place.ok) return place;
    const path = pathOf(prompt);
    const { files, root } = place.value.choosing;
    const name = relative(root, path).split(sep).join('/');
    let bytes: Uint8Array;
    try {
      bytes = await files.readWithin(path, limits.fileBytes, root);
    } catch (error) {
      return failed(`The prompt file ${name} ${whyUnread(error, 'a prompt file may have')}`);
    }
    const text = decodePrompt(bytes);
    if (!text.ok) return failed(`The prompt file ${name} ${text.failure}`);
    const { readPrompt } = await import('../promptWork.ts');
    const { chosenPrompt } = await import('../choosingWork.ts');
    const read = readPrompt(name, text.value, formatOf(path) ?? 'prompt');
    if (!read.ok) {
      const [problem] = read.problems;
      const line = problem?.line === undefined ? '' : `:${problem.line}`;
      return failed(`${name}${line}: ${problem?.message ?? 'This is no prompt file.'}`);
    }
    return success({ ...place.value, prompt, chosen: chosenPrompt(path, read.value), file: read.value });
  }

  /** Whose candidate a file is, and where; undefined for what is none. Reads no candidate. */
  async ownerOf(file: vscode.Uri): Promise<{ readonly prompt: vscode.Uri } | undefined> {
    const { ownerOf } = await import('../choosingWork.ts');
    for (const folder of wider(file)) {
      const place = await this.of(folder);
      if (!place.ok) return undefined;
      const prompt = await ownerOf(pathOf(file), place.value.choosing);
      if (prompt) return { prompt: uriAt(folder, prompt.path) };
    }
    return undefined;
  }

  async #shelvesOf(folder: vscode.Uri): Promise<Outcome<ShelfStore, string>> {
    const { DiskShelves, WorkspaceShelves } = await import('../choosingWork.ts');
    if (!isOnDisk(folder)) return success(new WorkspaceShelves(new WorkspaceFiles(folder)));
    this.#lockPath ??= lockPath();
    const lock = await this.#lockPath;
    if (!lock.ok) {
      this.#lockPath = undefined;
      return lock;
    }
    const tell = (sentence: string, when: 'read' | 'changed'): void => {
      if (when === 'changed') void showWarning(sentence);
    };
    return success(new DiskShelves({ gate: this.#gate, root: pathOf(folder), lockPath: lock.value, tell }));
  }
}

/** The workspace folder of a file; without one, its prompt file may lie in any folder above. */
function wider(file: vscode.Uri): readonly vscode.Uri[] {
  const folder = vscode.workspace.getWorkspaceFolder(file)?.uri;
  if (folder) return [folder];
  return isOnDisk(file) ? [vscode.Uri.file(parse(dirname(file.fsPath)).root)] : [folderOf(file)];
}

/** The file that every process of this person locks for any shelf. */
async function lockPath(): Promise<Outcome<string, string>> {
  const state = await findStateFolder(stateFolderSetting());
  if (!state.ok) return failed(state.failure.message);
  try {
    await mkdir(state.value, { recursive: true, mode: 0o700 });
    return success(join(state.value, 'shelves.lock'));
  } catch (error) {
    return failed(`The folder ${state.value} for what programs remember cannot be made: ${causeOf(error)}.`);
  }
}
