import * as vscode from 'vscode';
import { isJsonObject } from '../../base/jsonObject.ts';
import type { NameSource } from '../../prompts/help/valueNames.ts';
import { longestWatched } from '../../prompts/watchedLength.ts';
import type { PipelineHovered } from '../../runs/pipeline/help/pipelinePlace.ts';
import type { RecordSketch } from '../../runs/pipeline/help/recordSketch.ts';
import { pipelineSelector } from '../files/pipelineFiles.ts';
import type { PipelineNames } from '../files/pipelineNames.ts';
import { inertMarkdown } from '../notifications/inert.ts';
import { readSettings } from '../settings.ts';
import { completionItems, filesIn, lengthOf, modelsFor, triggers } from './helpItems.ts';
import { toldOf, toldOfWord, type HoverContents } from './promptHover.ts';

/** Offers what fits while a person writes a pipeline file, and tells what keys mean and names stand for. */
export class PipelineHelp implements vscode.CompletionItemProvider, vscode.HoverProvider, vscode.Disposable {
  readonly #names: PipelineNames;
  readonly #registrations = vscode.Disposable.from(
    vscode.languages.registerCompletionItemProvider([...pipelineSelector], this, ...triggers),
    vscode.languages.registerHoverProvider([...pipelineSelector], this),
  );

  constructor(names: PipelineNames) {
    this.#names = names;
  }

  dispose(): void {
    this.#registrations.dispose();
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.CompletionItem[]> {
    if (lengthOf(document) > longestWatched) return [];
    const { completionsAt, folderAt, pipelinePlaceAt } = await import('../pipelineWork.ts');
    const offset = document.offsetAt(position);
    const place = pipelinePlaceAt(document.getText(), offset);
    if (!place) return [];
    const folder = folderAt(place);
    const [names, files] = await Promise.all([
      this.#names.at(document, offset),
      folder === undefined ? [] : filesIn(document.uri, folder),
    ]);
    if (token.isCancellationRequested) return [];
    const services = readSettings(document.uri).services.map(({ name }) => name);
    const known = { names, files, services, lists: names.lists, models: modelsFor(document.uri) };
    return completionItems(document, position, completionsAt(place, known));
  }

  async provideHover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | undefined> {
    if (lengthOf(document) > longestWatched) return undefined;
    const { pipelineHoveredAt } = await import('../pipelineWork.ts');
    const offset = document.offsetAt(position);
    const found = pipelineHoveredAt(document.getText(), offset);
    if (!found) return undefined;
    const contents = await contentsOf(found, await this.#names.at(document, offset));
    return new vscode.Hover(contents, new vscode.Range(document.positionAt(found.from), document.positionAt(found.to)));
  }
}

async function contentsOf(found: PipelineHovered, { names, mayHaveMore }: RecordSketch): Promise<HoverContents> {
  switch (found.kind) {
    case 'key':
    case 'filter':
    case 'own':
      return toldOfWord(found);
    case 'value': {
      const source = await partOf(names.get(found.path[0] ?? ''), found.path.slice(1));
      const name = found.path.join('.');
      if (source) return toldOf(name, source);
      return [
        inertMarkdown(
          mayHaveMore || found.path.length > 1
            ? vscode.l10n.t('{0} has no value that can be shown: it comes while the pipeline runs.', name)
            : vscode.l10n.t('{0} has no value.', name),
        ),
      ];
    }
  }
}

/** What is known of a part of a value; undefined: nothing. */
async function partOf(source: NameSource | undefined, path: readonly string[]): Promise<NameSource | undefined> {
  if (!source || path.length === 0) return source;
  const { sampleOf } = await import('../pipelineWork.ts');
  let value = sampleOf(source);
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return source.kind === 'added' ? { ...source, value } : { kind: 'row', value };
}
