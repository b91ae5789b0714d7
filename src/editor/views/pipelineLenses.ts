import * as vscode from 'vscode';
import { longestWatched } from '../../prompts/watchedLength.ts';
import { commandIds } from '../commandIds.ts';
import { pipelineSelector } from '../files/pipelineFiles.ts';
import { inert } from '../notifications/inert.ts';

/** "Run Pipeline" above a pipeline; above each of its stages, "Run up to here" and "Run this stage again". */
export class PipelineLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #registration = vscode.languages.registerCodeLensProvider([...pipelineSelector], this);

  dispose(): void {
    this.#registration.dispose();
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const run = lens(0, `$(run-all) ${vscode.l10n.t('Run pipeline')}`, commandIds.runPipeline, [document.uri]);
    if (document.lineCount > longestWatched) return [run];
    const { readPipelineText } = await import('../pipelineWork.ts');
    const { file } = readPipelineText(document.uri.path, document.getText());
    const stages = file?.pipeline.stages ?? [];
    const ofStages = stages.flatMap(({ name, line }, place) => {
      const args = [document.uri, name];
      const upTo = `$(run-above) ${vscode.l10n.t('Run up to {0}', inert(name))}`;
      const again = `$(debug-rerun) ${vscode.l10n.t('Run this stage again')}`;
      return [
        ...(place === stages.length - 1 ? [] : [lens(line - 1, upTo, commandIds.runPipeline, args)]),
        lens(line - 1, again, commandIds.runStageAgain, args),
      ];
    });
    return [run, ...ofStages];
  }
}

function lens(line: number, title: string, command: string, args: readonly unknown[]): vscode.CodeLens {
  return new vscode.CodeLens(new vscode.Range(line, 0, line, 0), { title, command, arguments: [...args] });
}
