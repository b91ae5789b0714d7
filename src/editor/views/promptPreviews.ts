import * as vscode from 'vscode';
import { systemClock } from '../../base/clock.ts';
import { visible } from '../../base/visible.ts';
import type { PreviewHostMessage, PreviewPanelMessage, PromptPreview } from '../../planProtocol.ts';
import { readPreviewPanelMessage } from '../../planProtocolSchema.ts';
import type { Problem } from '../../prompts/promptFile.ts';
import type { Preview, PreviewMessage } from '../../runs/plan/preview.ts';
import { RowMemory } from '../../runs/plan/rowMemory.ts';
import type { TokenCounter } from '../../services/tokenCounter.ts';
import { folderOf } from '../files/folders.ts';
import { readProblem, type PromptFiles } from '../files/promptFiles.ts';
import { pickOne } from '../notifications/messages.ts';
import type { Log } from '../outputLog.ts';
import { sourceOf, type PromptPlans } from '../promptPlans.ts';
import { DocumentPanel } from './documentPanel.ts';
import { sheetMessage, sheetProblems } from './planSheetData.ts';
import { rangeOf } from './promptDiagnostics.ts';

/** A person who types on is left alone for so long, ms. */
const quietMs = 150;
/** Values of a row that tell it apart in a list, and characters of each. */
const mostValues = 4;
const longestValue = 40;

interface Dependencies {
  readonly extensionUri: vscode.Uri;
  readonly plans: PromptPlans;
  readonly promptFiles: PromptFiles;
  readonly counter: TokenCounter;
  readonly log: Pick<Log, 'warn'>;
}

interface Open {
  readonly panel: DocumentPanel<PreviewHostMessage, PreviewPanelMessage>;
  document: vscode.TextDocument;
  /** 0-based, as the person wants it. */
  row: number;
  preview?: Preview;
  problems: readonly Problem[];
}

/** The rendered messages of the prompt file in front, beside it, as they become while the person types. */
export class PromptPreviews implements vscode.Disposable {
  readonly #dependencies: Dependencies;
  readonly #rows = new RowMemory(systemClock);
  readonly #subscriptions: vscode.Disposable;
  #open: Open | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lookedAt = 0;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    const again = (): void => {
      this.#rows.forget();
      this.#schedule();
    };
    this.#subscriptions = vscode.Disposable.from(
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document === this.#open?.document) this.#schedule();
      }),
      // What it takes in may be another file.
      vscode.workspace.onDidSaveTextDocument(again),
      vscode.workspace.onDidDeleteFiles(again),
      vscode.window.onDidChangeActiveTextEditor((editor) => this.#follow(editor?.document)),
    );
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscriptions.dispose();
    this.#open?.panel.dispose();
  }

  show(document: vscode.TextDocument): void {
    if (this.#open) {
      this.#turnTo(this.#open, document);
      this.#open.panel.reveal(true);
    } else this.#open = { panel: this.#panel(), document, row: 0, problems: [] };
    this.#rows.forget();
    void this.#look();
  }

  #panel(): Open['panel'] {
    const { extensionUri, log } = this.#dependencies;
    return new DocumentPanel<PreviewHostMessage, PreviewPanelMessage>({
      extensionUri,
      bundle: 'preview',
      name: vscode.l10n.t('Prompt Preview'),
      icon: 'eye',
      show: { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      read: readPreviewPanelMessage,
      received: (message) => {
        const open = this.#open;
        if (!open) return;
        switch (message.type) {
          case 'showRow':
            void this.#turnToRow(open, message.place);
            return;
          case 'pickRow':
            void this.#pickRow(open);
            return;
          case 'goTo':
            void goTo(open, message.problem);
            return;
        }
      },
      closed: () => {
        this.#open = undefined;
        clearTimeout(this.#timer);
      },
      log,
    });
  }

  #follow(document: vscode.TextDocument | undefined): void {
    const open = this.#open;
    if (!open || !document || document === open.document) return;
    if (!this.#dependencies.promptFiles.isPromptFile(document)) return;
    this.#turnTo(open, document);
    void this.#look();
  }

  #turnTo(open: Open, document: vscode.TextDocument): void {
    if (open.document.uri.toString() !== document.uri.toString()) open.row = 0;
    open.document = document;
  }

  #schedule(): void {
    if (!this.#open) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), quietMs);
  }

  async #turnToRow(open: Open, place: number): Promise<void> {
    open.row = place;
    await this.#draw(open);
  }

  async #pickRow(open: Open): Promise<void> {
    const rows = open.preview?.rows ?? [];
    const choices = rows.map(({ label, values }, place) => ({ label, description: describe(values), place }));
    const picked = await pickOne(choices, {
      title: vscode.l10n.t('Preview Prompt'),
      placeHolder: vscode.l10n.t('Select the row to look at'),
      matchOnDescription: true,
    });
    if (picked && open === this.#open) await this.#turnToRow(open, picked.place);
  }

  async #look(): Promise<void> {
    const open = this.#open;
    if (!open) return;
    clearTimeout(this.#timer);
    const look = ++this.#lookedAt;
    const { document } = open;
    const { previewOf } = await import('../promptWork.ts');
    const refused = await readProblem(document.uri);
    const where = { ...this.#dependencies.plans.surroundings(folderOf(document.uri)), readRows: this.#rows.readRows };
    const found =
      refused === undefined
        ? await previewOf(sourceOf(document), where)
        : { ok: false as const, problems: [{ file: '', message: refused }] };
    if (look !== this.#lookedAt || open !== this.#open) return;
    if (found.ok) open.preview = found.value;
    else {
      delete open.preview;
      open.problems = found.problems;
    }
    await this.#draw(open);
  }

  async #draw(open: Open): Promise<void> {
    const look = this.#lookedAt;
    const file = visible(vscode.workspace.asRelativePath(open.document.uri, false));
    const title = vscode.l10n.t('Preview {0}', file.slice(file.lastIndexOf('/') + 1));
    const { preview } = open;
    if (!preview) {
      const problems = sheetProblems(open.problems, []);
      open.panel.show(title, { type: 'preview', preview: { file, messages: [], problems } });
      return;
    }
    const row = preview.render(open.row);
    open.row = row.place;
    open.problems = row.problems;
    const tokens = await this.#dependencies.counter.tokensOf(row.messages.map(textOf));
    if (look !== this.#lookedAt || open !== this.#open || open.row !== row.place) return;
    const shown: PromptPreview = {
      file,
      ...(preview.hasData
        ? {
            row: {
              label: visible(row.label),
              place: row.place,
              total: preview.rows.length,
              hasMore: preview.hasMore,
            },
          }
        : {}),
      messages: row.messages.map(({ role, pieces }, place) => sheetMessage(role, pieces, tokens[place] ?? 0)),
      problems: sheetProblems(row.problems, []),
    };
    open.panel.show(title, { type: 'preview', preview: shown });
  }
}

function textOf({ pieces }: PreviewMessage): string {
  return pieces.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('');
}

function describe(values: Readonly<Record<string, unknown>>): string {
  const texts = Object.values(values).flatMap((value) =>
    typeof value === 'string' || typeof value === 'number' ? [String(value).slice(0, longestValue)] : [],
  );
  return texts.slice(0, mostValues).join(' · ');
}

async function goTo({ document, problems }: Open, place: number): Promise<void> {
  const problem = problems[place];
  if (!problem) return;
  const { start } = rangeOf(problem);
  const ofPrompt = problem.file === '' || document.uri.path.endsWith(`/${problem.file}`);
  const uri = ofPrompt ? document.uri : vscode.Uri.joinPath(folderOf(document.uri), problem.file);
  await vscode.window.showTextDocument(uri, {
    selection: new vscode.Range(start, start),
    viewColumn: vscode.ViewColumn.One,
  });
}
