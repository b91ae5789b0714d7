import * as vscode from 'vscode';
import { isJsonObject } from '../../base/jsonObject.ts';
import type { Hovered } from '../../prompts/help/hover.ts';
import { valueText } from '../../prompts/help/shortValue.ts';
import type { NameSource, ValueNames } from '../../prompts/help/valueNames.ts';
import { longestWatched } from '../../prompts/watchedLength.ts';
import type { PromptFiles } from '../files/promptFiles.ts';
import { lengthOf } from './helpItems.ts';
import { forPromptFiles } from './promptProvider.ts';
import type { PromptNames } from '../files/promptNames.ts';
import { inertBlock, inertMarkdown } from '../notifications/inert.ts';

/** UTF-16 units of a value in a hover. */
const longestValue = 1_000;
/** Values of a list that are spread over the candidates. */
const mostValues = 10;

/** What a key of the front matter is for, and what a variable stands for in the first row. */
export class PromptHover implements vscode.HoverProvider, vscode.Disposable {
  readonly #names: PromptNames;
  readonly #registration: vscode.Disposable;

  constructor(promptFiles: PromptFiles, names: PromptNames) {
    this.#names = names;
    this.#registration = forPromptFiles(promptFiles, (selector) =>
      vscode.languages.registerHoverProvider([...selector], this),
    );
  }

  dispose(): void {
    this.#registration.dispose();
  }

  async provideHover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | undefined> {
    if (lengthOf(document) > longestWatched) return undefined;
    const { hoveredAt } = await import('../promptWork.ts');
    const found = hoveredAt(document.uri.path, document.getText(), document.offsetAt(position));
    if (!found) return undefined;
    const range = new vscode.Range(document.positionAt(found.from), document.positionAt(found.to));
    return new vscode.Hover(contentsOf(found, await this.#names.of(document)), range);
  }
}

export type HoverContents = (string | ReturnType<typeof inertBlock>)[];

function contentsOf(found: Hovered, { names, mayHaveMore }: ValueNames): HoverContents {
  switch (found.kind) {
    case 'key':
    case 'filter':
    case 'own':
      return toldOfWord(found);
    case 'variable':
    case 'input': {
      const source = names.get(found.name);
      if (source) return toldOf(found.name, source);
      if (found.kind === 'input') return [inertMarkdown(vscode.l10n.t('{0} is asked for once in a run.', found.name))];
      return [
        inertMarkdown(
          mayHaveMore
            ? vscode.l10n.t('{0} has no value that can be shown: it may come with the rows.', found.name)
            : vscode.l10n.t('{0} has no value.', found.name),
        ),
      ];
    }
  }
}

/** What there is to say about what means the same wherever it stands. */
export function toldOfWord(found: Extract<Hovered, { readonly kind: 'key' | 'filter' | 'own' }>): HoverContents {
  switch (found.kind) {
    case 'key':
      return [inertMarkdown(found.key.description), inertBlock(`${found.name}: ${found.key.example}`)];
    case 'filter':
      return [inertMarkdown(found.note)];
    case 'own':
      return [inertMarkdown(vscode.l10n.t('The template itself gives {0} a value.', found.name))];
  }
}

/** What there is to say about a name. */
export function toldOf(name: string, source: NameSource): HoverContents {
  switch (source.kind) {
    case 'row':
      return [
        inertMarkdown(vscode.l10n.t('{0} in the first row:', name)),
        inertBlock(valueText(source.value, longestValue)),
      ];
    case 'input':
      return [
        inertMarkdown(vscode.l10n.t('{0} has this value under "inputs":', name)),
        inertBlock(valueText(source.value, longestValue)),
      ];
    case 'vary': {
      const shown = source.values.slice(0, mostValues).map((value) => valueText(value, longestValue / mostValues));
      const more = source.values.length > mostValues ? ['…'] : [];
      return [
        inertMarkdown(vscode.l10n.t('{0} takes these values, spread over the candidates:', name)),
        inertBlock([...shown, ...more].join('\n')),
      ];
    }
    case 'added':
      return [
        inertMarkdown(vscode.l10n.t('{0} is added by the stage {1}.', name, source.stage)),
        ...(isEmpty(source.value) ? [] : [inertBlock(shapeText(source.value))]),
      ];
    case 'given':
      return [inertMarkdown(source.note)];
    case 'asked':
      return [
        inertMarkdown(vscode.l10n.t('{0} has no value: it is asked for once in a run.', name)),
        ...(source.description === undefined ? [] : [inertBlock(source.description)]),
      ];
    case 'optional':
      return [
        inertMarkdown(vscode.l10n.t('{0} has no value and may be missing.', name)),
        ...(source.description === undefined ? [] : [inertBlock(source.description)]),
      ];
  }
}

/** Nothing is known of it. */
function isEmpty(value: unknown): boolean {
  return value === undefined || (isJsonObject(value) && Object.keys(value).length === 0);
}

/** What a value is like, as YAML would say it. */
function shapeText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2).replaceAll('"', '');
  return valueText(text, longestValue);
}
