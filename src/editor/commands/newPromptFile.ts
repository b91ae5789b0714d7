import * as vscode from 'vscode';
import { formatOf } from '../../prompts/formats/formatNames.ts';
import { fillTemplate, freeName, takenName, type FilledTemplate } from '../../prompts/promptTemplate.ts';
import { commandIds } from '../commandIds.ts';
import { askInput, pickOne, showError, showWarning } from '../notifications/messages.ts';
import { promptTemplates, type PromptTemplate } from '../promptTemplates.ts';
import { mayUseWorkspace } from '../trust.ts';

/** A file of a template: its name, with `/`, is one too. */
interface TemplateFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const texts = /\.(?:md|csv|json)$/;

/** What a person may type as the name of a prompt, without its ending. */
function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return vscode.l10n.t('Give the prompt a name.');
  if (name.trim().startsWith('.')) return vscode.l10n.t('A name does not begin with a point.');
  // Brackets make a pattern of the name of a data file.
  return /[\\/:*?"<>|[\]{}]/.test(name)
    ? vscode.l10n.t('A name has none of these: {0}', '\\ / : * ? " < > | [ ] { }')
    : undefined;
}

/** Creates a prompt file from a template, with what it needs, in `prompts/` of the first folder, and opens it. */
export function registerNewPromptFile(extensionUri: vscode.Uri): vscode.Disposable {
  return vscode.commands.registerCommand(commandIds.newPromptFile, async () => {
    if (!mayUseWorkspace()) return;
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    if (!folder) {
      void showWarning(vscode.l10n.t('Open a folder first: prompt files and candidates live in it.'));
      return;
    }
    const template = await pickOne(promptTemplates(), {
      title: vscode.l10n.t('New Prompt File'),
      placeHolder: vscode.l10n.t('What to start from'),
    });
    if (!template) return;
    const files = await filesOf(vscode.Uri.joinPath(extensionUri, 'media', 'templates', 'prompts', template.folder));
    const prompts = vscode.Uri.joinPath(folder.uri, 'prompts');
    const name = await askName(template, files, await namesIn(prompts));
    if (name === undefined) return;
    await create(prompts, files, name);
  });
}

/** The files of a template, those of its folders too. */
async function filesOf(folder: vscode.Uri, below = ''): Promise<TemplateFile[]> {
  const entries = await vscode.workspace.fs.readDirectory(folder);
  const files = entries.map(async ([name, type]): Promise<TemplateFile[]> => {
    const uri = vscode.Uri.joinPath(folder, name);
    if (type === vscode.FileType.Directory) return filesOf(uri, `${below}${name}/`);
    return [{ name: `${below}${name}`, bytes: await vscode.workspace.fs.readFile(uri) }];
  });
  return (await Promise.all(files)).flat();
}

/** What is in a folder, if it is there. */
async function namesIn(folder: vscode.Uri): Promise<string[]> {
  try {
    return (await vscode.workspace.fs.readDirectory(folder)).map(([name]) => name);
  } catch {
    return [];
  }
}

/** Asks for a name that no file of the folder has: nothing that is there is touched. */
async function askName(
  { suggestedName, label }: PromptTemplate,
  files: readonly TemplateFile[],
  taken: readonly string[],
): Promise<string | undefined> {
  const namesOf = (name: string): string[] =>
    files.map((file) => fillTemplate(file.name, name.trim()).text.replace(/\/.*$/, ''));
  const given = await askInput({
    title: vscode.l10n.t('New Prompt File: {0}', label),
    prompt: vscode.l10n.t('Name of the prompt; its candidates go to a folder of the same name'),
    value: freeName(suggestedName, namesOf, taken),
    validateInput: (name) => {
      const problem = nameProblem(name);
      if (problem !== undefined) return problem;
      const there = takenName(namesOf(name), taken);
      return there === undefined ? undefined : vscode.l10n.t('"{0}" is there already: give another name.', there);
    },
  });
  return given?.trim();
}

async function create(folder: vscode.Uri, files: readonly TemplateFile[], name: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  let prompt: { readonly uri: vscode.Uri; readonly filled: FilledTemplate } | undefined;
  for (const file of files) {
    const uri = vscode.Uri.joinPath(folder, fillTemplate(file.name, name).text);
    const filled = texts.test(file.name) ? fillTemplate(Buffer.from(file.bytes).toString(), name) : undefined;
    edit.createFile(uri, { contents: filled ? Buffer.from(filled.text) : file.bytes });
    if (filled && formatOf(uri.path) !== undefined) prompt = { uri, filled };
  }
  if (!(await isApplied(edit))) {
    void showError(vscode.l10n.t('The files of "{0}" could not be created: give another name.', name));
    return;
  }
  if (prompt) await open(prompt.uri, prompt.filled);
}

/** All files or none: the editor refuses to create one that is there. */
async function isApplied(edit: vscode.WorkspaceEdit): Promise<boolean> {
  try {
    return await vscode.workspace.applyEdit(edit);
  } catch {
    return false;
  }
}

/** With the person where they write first. */
async function open(uri: vscode.Uri, { start }: FilledTemplate): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const selection = start && new vscode.Range(document.positionAt(start.from), document.positionAt(start.to));
  await vscode.window.showTextDocument(document, selection ? { selection } : {});
}
