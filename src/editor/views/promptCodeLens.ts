import * as vscode from 'vscode';
import { commandIds } from '../commandIds.ts';
import type { PromptAction } from '../../prompts/promptAction.ts';
import { longestWatched } from '../../prompts/watchedLength.ts';
import type { PromptFiles } from '../files/promptFiles.ts';
import { forPromptFiles } from './promptProvider.ts';
import { inert } from '../notifications/inert.ts';
import type { CandidatePresence } from './candidatePresence.ts';
import type { PromptForecasts } from './promptForecasts.ts';
import { describeAction, describeForecast } from '../../wording/planText.ts';
import type { SavedPrompts } from '../savedPrompts.ts';
import { affectsSettings, readSettings } from '../settings.ts';

/** The models that a prompt names, or the one that it gets because it names none. */
function modelLens(position: vscode.Position, uri: vscode.Uri, models: readonly string[]): vscode.CodeLens {
  return new vscode.CodeLens(new vscode.Range(position, position), {
    title: `$(hubot) ${inert(models.length > 0 ? models.join(', ') : defaultModel(uri))}`,
    tooltip: vscode.l10n.t('Choose the service and the model of this prompt'),
    command: commandIds.chooseModel,
    arguments: [uri],
  });
}

function defaultModel(uri: vscode.Uri): string {
  const { services, defaultService } = readSettings(uri);
  const model = services.find(({ name }) => name === defaultService)?.models[0];
  return model === undefined ? defaultService : `${defaultService}/${model}`;
}

function planTooltip(): string {
  return vscode.l10n.t('Show what generating would do, without spending anything');
}

/** "Generate 5 candidates" above every prompt. */
export class PromptCodeLens implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #forecasts: PromptForecasts;
  readonly #saved: SavedPrompts;
  readonly #presence: CandidatePresence;
  readonly #subscription: vscode.Disposable;
  readonly #changed = new vscode.EventEmitter<void>();
  /** The default model may be another one, and what the prompt comes to is known later. */
  readonly onDidChangeCodeLenses = this.#changed.event;
  readonly #actions = new WeakMap<vscode.TextDocument, { readonly version: number; readonly action: PromptAction }>();

  constructor(promptFiles: PromptFiles, forecasts: PromptForecasts, saved: SavedPrompts, presence: CandidatePresence) {
    this.#forecasts = forecasts;
    this.#presence = presence;
    this.#saved = saved;
    this.#subscription = vscode.Disposable.from(
      this.#changed,
      forecasts.onDidChange(() => this.#changed.fire()),
      saved.onDidChange(() => this.#changed.fire()),
      presence.onDidChange(() => this.#changed.fire()),
      forPromptFiles(promptFiles, (selector) => vscode.languages.registerCodeLensProvider([...selector], this)),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (affectsSettings(event)) this.#changed.fire();
      }),
    );
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const { line, candidates: count, models, isOfEachRow, isByRow } = await this.#actionOf(document);
    const position = new vscode.Position(line - 1, 0);
    const each = isByRow ? 'by row' : isOfEachRow === true;
    const forecast = count === undefined ? '' : describeForecast(count, each, this.#forecasts.of(document));
    const at = new vscode.Range(position, position);
    const { uri } = document;
    // What is known only later, or comes and goes, stands last: nothing moves away from under a click.
    return [
      new vscode.CodeLens(at, {
        title: `$(run-all) ${describeAction(count, each)}`,
        tooltip: vscode.l10n.t('Generate candidates of this prompt in parallel'),
        command: commandIds.generate,
        arguments: [uri],
      }),
      new vscode.CodeLens(at, {
        title: vscode.l10n.t('Plan'),
        tooltip: planTooltip(),
        command: commandIds.showPlan,
        arguments: [uri],
      }),
      new vscode.CodeLens(at, {
        title: vscode.l10n.t('Preview'),
        tooltip: vscode.l10n.t('Show the messages as they are sent, row by row'),
        command: commandIds.previewPrompt,
        arguments: [uri],
      }),
      ...(models === undefined ? [] : [modelLens(position, uri, models)]),
      ...(this.#presence.of(uri)
        ? [
            new vscode.CodeLens(at, {
              title: `$(layout) ${vscode.l10n.t('Candidates')}`,
              tooltip: vscode.l10n.t('Show the candidates side by side'),
              command: commandIds.showBoard,
              arguments: [uri],
            }),
          ]
        : []),
      ...(this.#saved.covers(uri)
        ? [
            new vscode.CodeLens(at, {
              title: `$(save-as) ${vscode.l10n.t('Generates on save')}`,
              tooltip: vscode.l10n.t('Turn this off'),
              command: commandIds.toggleGenerateOnSave,
              arguments: [this.#saved.has(uri) ? uri : 'list'],
            }),
          ]
        : []),
      ...(forecast === ''
        ? []
        : [
            new vscode.CodeLens(at, {
              title: forecast,
              tooltip: planTooltip(),
              command: commandIds.showPlan,
              arguments: [uri],
            }),
          ]),
    ];
  }

  /** The editor asks again whenever it shows the document. */
  async #actionOf(document: vscode.TextDocument): Promise<PromptAction> {
    const { promptAction } = await import('../promptWork.ts');
    const { version } = document;
    let known = this.#actions.get(document);
    if (known?.version !== version) {
      // Not even the text is put together of a document that is too long.
      const length = document.offsetAt(document.lineAt(document.lineCount - 1).range.end);
      const text = length > longestWatched ? undefined : document.getText();
      known = { version, action: text === undefined ? { line: 1 } : promptAction(document.uri.path, text) };
      this.#actions.set(document, known);
    }
    return known.action;
  }
}
