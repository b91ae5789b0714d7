import * as vscode from 'vscode';
import { longestWatched } from '../../prompts/watchedLength.ts';
import { commandIds } from '../commandIds.ts';
import { pipelineSelector } from '../files/pipelineFiles.ts';
import { inert } from '../notifications/inert.ts';

/** "Run Pipeline" above a pipeline, and "Run up to here" above each of its stages. */
export class PipelineLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #registration = vscode.languages.registerCodeLensProvider([...pipelineSelector], this);

  dispose(): void {
    this.#registration.dispose();
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const run = lens(0, `$(run-all) ${vscode.l10n.t('Run pipeline')}`, [document.uri]);
    if (document.lineCount > longestWatched) return [run];
    const { readPipelineText } = await import('../pipelineWork.ts');
    const { file } = readPipelineText(document.uri.path, document.getText());
    const stages = file?.pipeline.stages ?? [];
    const upTo = stages.slice(0, -1).map(({ name, line }) => {
      const title = vscode.l10n.t('Run up to {0}', inert(name));
      return lens(line - 1, `$(run-above) ${title}`, [document.uri, name]);
    });
    return [run, ...upTo];
  }
}

function lens(line: number, title: string, args: readonly unknown[]): vscode.CodeLens {
  return new vscode.CodeLens(new vscode.Range(line, 0, line, 0), {
    title,
    command: commandIds.runPipeline,
    arguments: [...args],
  });
}
