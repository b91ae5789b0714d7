import * as vscode from 'vscode';
import type { ActiveCandidate } from '../activeCandidate.ts';
import { boardViewType } from '../commandIds.ts';
import type { Log } from '../outputLog.ts';
import { onceTrusted } from '../trust.ts';
import type { BoardTools } from './boardData.ts';
import type { BoardPanel } from './boardPanel.ts';

interface Dependencies extends BoardTools {
  readonly extensionUri: vscode.Uri;
  readonly activeCandidate: ActiveCandidate;
  readonly log: Pick<Log, 'warn'>;
}

/** The boards of this window: one for each prompt file at most. They come back when the window is loaded again. */
export class Boards implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #dependencies: Dependencies;
  readonly #registration: vscode.Disposable;
  /** By the uri of the prompt file. */
  readonly #panels = new Map<string, vscode.WebviewPanel>();
  /** The same, once they are loaded. */
  readonly #boards = new Map<string, BoardPanel>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    this.#registration = vscode.window.registerWebviewPanelSerializer(boardViewType, this);
  }

  dispose(): void {
    this.#registration.dispose();
    for (const panel of [...this.#panels.values()]) panel.dispose();
  }

  /** The one in front. */
  get active(): BoardPanel | undefined {
    return [...this.#boards.values()].find(({ panel }) => panel.active);
  }

  show(prompt: vscode.Uri, preserveFocus: boolean): void {
    const known = this.#panels.get(prompt.toString());
    if (known) {
      known.reveal(undefined, preserveFocus);
      return;
    }
    const viewColumn = vscode.ViewColumn.Beside;
    const title = vscode.l10n.t('Candidates');
    const panel = vscode.window.createWebviewPanel(boardViewType, title, { viewColumn, preserveFocus });
    void this.#add(panel, prompt, undefined);
  }

  /** @param kept what the page has kept of itself */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, kept: unknown): Promise<void> {
    const { readBoardMemory } = await import('./boardPanel.ts');
    const memory = readBoardMemory(kept);
    const prompt = memory && ownFile(memory.resource);
    // What is not ours to show, or no more, goes.
    if (!memory || !prompt || this.#panels.has(prompt.toString())) panel.dispose();
    else onceTrusted(() => void this.#add(panel, prompt, memory.row));
  }

  async #add(panel: vscode.WebviewPanel, prompt: vscode.Uri, row: string | undefined): Promise<void> {
    const { activeCandidate, ...tools } = this.#dependencies;
    const key = prompt.toString();
    let board: BoardPanel | undefined;
    this.#panels.set(key, panel);
    panel.onDidDispose(() => {
      this.#panels.delete(key);
      this.#boards.delete(key);
      if (board) activeCandidate.release(board);
      board?.dispose();
    });
    // Nobody waits for it before the first board is shown.
    const { BoardPanel } = await import('./boardPanel.ts');
    if (this.#panels.get(key) !== panel) return;
    const shown = (board = new BoardPanel({ ...tools, panel, prompt, row }));
    this.#boards.set(key, shown);
    const follow = (): void => {
      if (panel.active) activeCandidate.setActive(shown);
      else activeCandidate.release(shown);
    };
    panel.onDidChangeViewState(follow);
    follow();
  }
}

/** A file of the workspace; undefined for anything else, for what a page has kept is anybody's to change. */
function ownFile(text: string): vscode.Uri | undefined {
  try {
    const uri = vscode.Uri.parse(text, true);
    return vscode.workspace.getWorkspaceFolder(uri) ? uri : undefined;
  } catch {
    return undefined;
  }
}
