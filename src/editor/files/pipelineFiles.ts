import { relative, sep } from 'node:path';
import * as vscode from 'vscode';
import { folderOf } from './folders.ts';
import { pathOf } from './workspaceFiles.ts';

/** Which files are pipelines, for the editor. */
export const pipelinePattern = '**/*.pipeline.{yml,yaml}';

/** Pipelines run where programs can: on a disk. */
export const pipelineSelector: readonly vscode.DocumentFilter[] = [{ scheme: 'file', pattern: pipelinePattern }];

/** More than a person could pick from. */
const mostFiles = 1000;

export function isPipeline(document: vscode.TextDocument): boolean {
  return vscode.languages.match(pipelineSelector, document) > 0;
}

export async function findPipelines(): Promise<vscode.Uri[]> {
  const found = await vscode.workspace.findFiles(pipelinePattern, '**/node_modules/**', mostFiles);
  return found.filter(({ scheme }) => scheme === 'file').sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** How a run names its pipeline file: relative to the folder of the workspace, with `/`. */
export function pathInFolder(file: vscode.Uri): string {
  return relative(pathOf(folderOf(file)), pathOf(file))
    .split(sep)
    .join('/');
}
