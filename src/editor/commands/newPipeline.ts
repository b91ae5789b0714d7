import * as vscode from 'vscode';
import { commandIds } from '../commandIds.ts';
import { askInput, pickOne, showError, showWarning, type Choice } from '../notifications/messages.ts';
import { mayUseWorkspace } from '../trust.ts';

/** A pipeline to start from: a folder of `media/templates/pipelines`. */
interface PipelineTemplate extends Choice {
  readonly folder: string;
}

function templates(): readonly PipelineTemplate[] {
  return [
    {
      folder: 'articles',
      icon: 'book',
      label: vscode.l10n.t('Articles'),
      detail: vscode.l10n.t('Several drafts of one brief, checked against it, each with a title'),
    },
    {
      folder: 'content-pages',
      icon: 'browser',
      label: vscode.l10n.t('Content pages'),
      detail: vscode.l10n.t('Pages of a shop by type, checked, as HTML, Markdown and a table'),
    },
    {
      folder: 'flashcards',
      icon: 'versions',
      label: vscode.l10n.t('Flashcards'),
      detail: vscode.l10n.t('A list of words to a deck for Anki, in two stages'),
    },
    {
      folder: 'book',
      icon: 'notebook',
      label: vscode.l10n.t('Book'),
      detail: vscode.l10n.t('Page images to text, corrected and put into chapters, as EPUB and Markdown'),
    },
    {
      folder: 'literature',
      icon: 'references',
      label: vscode.l10n.t('Literature'),
      detail: vscode.l10n.t('PDFs to a bibliography, with what is free to read'),
    },
  ];
}

/** Creates a pipeline from a template in a new folder, and opens it. */
export function registerNewPipeline(extensionUri: vscode.Uri): vscode.Disposable {
  return vscode.commands.registerCommand(commandIds.newPipeline, async () => {
    if (!mayUseWorkspace()) return;
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    if (!folder) {
      void showWarning(vscode.l10n.t('Open a folder first: pipelines and what comes of them live in it.'));
      return;
    }
    const title = vscode.l10n.t('New Pipeline');
    const template = await pickOne(templates(), { title, placeHolder: vscode.l10n.t('What to start from') });
    if (!template) return;
    const name = await askName(template, folder.uri);
    if (name === undefined) return;
    const target = vscode.Uri.joinPath(folder.uri, name);
    const source = vscode.Uri.joinPath(extensionUri, 'media', 'templates', 'pipelines', template.folder);
    try {
      await vscode.workspace.fs.copy(source, target, { overwrite: false });
      await vscode.window.showTextDocument(vscode.Uri.joinPath(target, `${template.folder}.pipeline.yml`));
    } catch {
      void showError(vscode.l10n.t('The folder "{0}" could not be created: give another name.', name));
    }
  });
}

async function askName({ folder, label }: PipelineTemplate, parent: vscode.Uri): Promise<string | undefined> {
  const taken = new Set((await vscode.workspace.fs.readDirectory(parent)).map(([name]) => name.toLowerCase()));
  let suggested = folder;
  for (let number = 2; taken.has(suggested); number++) suggested = `${folder}-${number}`;
  const given = await askInput({
    title: vscode.l10n.t('New Pipeline: {0}', label),
    prompt: vscode.l10n.t('Name of the folder for the pipeline and its files'),
    value: suggested,
    validateInput: (name) => {
      if (name.trim() === '' || /^[.~]|[\\/:*?"<>|]/.test(name.trim())) {
        return vscode.l10n.t('Give the folder a name without separators.');
      }
      return taken.has(name.trim().toLowerCase())
        ? vscode.l10n.t('"{0}" is there already: give another name.', name.trim())
        : undefined;
    },
  });
  return given?.trim();
}
