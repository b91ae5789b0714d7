import { directive, Directive, type ElementPart, type PartInfo, PartType } from 'lit/directive.js';
import { noChange } from 'lit/html.js';
import { markedParts } from './marks.ts';
import { blocksOf, differenceBlocks, type TextContent } from './textBlocks.ts';
import type { DiffPiece } from './wordDiff.ts';

/** As it stands in the document. */
interface Block {
  readonly pieces: readonly DiffPiece[];
  readonly query: string;
}

/**
 * Fills an element with text nodes, and changes only those that are not as they should be. What is looked for is in elements
 * of its own: painting the highlights of `CSS.highlights` takes the browser's time in every frame in which anything moves.
 */
class TextView extends Directive {
  #shown: TextContent | undefined;
  #query = '';
  #blocks: readonly Block[] = [];

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error('It goes into an element.');
  }

  override render(_content: TextContent, _query: string): typeof noChange {
    return noChange;
  }

  override update({ element }: ElementPart, [content, query]: [TextContent, string]): typeof noChange {
    if (content === this.#shown && query === this.#query) return noChange;
    this.#shown = content;
    this.#query = query;
    const blocks = (typeof content === 'string' ? plainBlocks(content) : differenceBlocks(content)).map((pieces) => ({
      pieces,
      query,
    }));
    showBlocks(element, blocks, this.#blocks);
    this.#blocks = blocks;
    return noChange;
  }
}

export const textView = directive(TextView);

function plainBlocks(text: string): readonly (readonly DiffPiece[])[] {
  return blocksOf(text).map((block) => [{ kind: 'same', text: block }]);
}

/** @param before what the element has */
function showBlocks(element: Element, blocks: readonly Block[], before: readonly Block[]): void {
  while (element.children.length > blocks.length) element.lastElementChild?.remove();
  for (const [place, block] of blocks.entries()) {
    const known = before[place];
    const shown = element.children[place];
    if (shown && known && isSame(known, block)) continue;
    const nodes = nodesOf(block);
    const [only] = nodes;
    if (!shown) {
      const added = document.createElement('div');
      added.append(...nodes);
      element.append(added);
    } else if (typeof only === 'string' && nodes.length === 1 && shown.firstChild === shown.lastChild)
      showText(shown, only);
    else shown.replaceChildren(...nodes);
  }
}

/** A text that grows keeps its node, with what somebody has selected of it. */
function showText(block: Element, text: string): void {
  if (block.firstChild instanceof Text) block.firstChild.data = text;
  else block.replaceChildren(text);
}

function isSame(before: Block, { pieces, query }: Block): boolean {
  return (
    before.query === query &&
    before.pieces.length === pieces.length &&
    before.pieces.every(({ kind, text }, place) => pieces[place]?.kind === kind && pieces[place].text === text)
  );
}

function nodesOf({ pieces, query }: Block): readonly (Node | string)[] {
  const nodes = markedParts(pieces.flatMap(shownPieces), query).flatMap(({ kind, parts }): (Node | string)[] => {
    const inner = parts.map(({ text, isFound }) => (isFound ? elementOf('mark', [text]) : text));
    return kind === 'same' ? inner : [elementOf(kind === 'added' ? 'ins' : 'del', inner)];
  });
  // An empty block has no height.
  return nodes.length === 0 ? ['\n'] : nodes;
}

/** White space is nothing that differs, and what is gone breaks no line. */
function shownPieces(piece: DiffPiece): readonly DiffPiece[] {
  const { kind, text } = piece;
  if (kind === 'same') return text === '' ? [] : [piece];
  const words = text.trimEnd();
  const space = kind === 'added' ? text.slice(words.length) : words === '' ? '' : ' ';
  return [
    ...(words === '' ? [] : [{ kind, text: words }]),
    ...(space === '' ? [] : [{ kind: 'same' as const, text: space }]),
  ];
}

function elementOf(name: 'ins' | 'del' | 'mark', inner: readonly (Node | string)[]): Element {
  const element = document.createElement(name);
  element.append(...inner);
  return element;
}
