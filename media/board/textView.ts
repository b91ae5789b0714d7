import { directive, Directive, type ElementPart, type PartInfo, PartType } from 'lit/directive.js';
import { noChange } from 'lit/html.js';
import { blocksOf } from './textBlocks.ts';
import type { DiffPiece } from './wordDiff.ts';

/** What an element shows: a text, or a text with its differences. */
export type TextContent = string | readonly DiffPiece[];

/** Fills an element with text nodes, and changes only those that are not as they should be. */
class TextView extends Directive {
  #shown: TextContent | undefined;

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error('It goes into an element.');
  }

  override render(_content: TextContent): typeof noChange {
    return noChange;
  }

  override update({ element }: ElementPart, [content]: [TextContent]): typeof noChange {
    if (content === this.#shown) return noChange;
    if (typeof content === 'string') {
      if (typeof this.#shown !== 'string') element.replaceChildren();
      showBlocks(element, blocksOf(content));
    } else element.replaceChildren(...differenceNodes(content));
    this.#shown = content;
    return noChange;
  }
}

export const textView = directive(TextView);

function showBlocks(element: Element, blocks: readonly string[]): void {
  while (element.children.length > blocks.length) element.lastElementChild?.remove();
  for (const [place, text] of blocks.entries()) {
    // An empty block has no height.
    const shown = text === '' ? '\n' : text;
    const node = element.children[place]?.firstChild;
    if (node instanceof Text) {
      if (node.data !== shown) node.data = shown;
      continue;
    }
    const block = document.createElement('div');
    block.append(shown);
    element.append(block);
  }
}

function differenceNodes(pieces: readonly DiffPiece[]): Node[] {
  const block = document.createElement('div');
  for (const { kind, text } of pieces) {
    if (kind === 'same') {
      block.append(text);
      continue;
    }
    // White space is nothing that differs, and what is gone breaks no line.
    const words = text.trimEnd();
    if (words !== '') {
      const mark = document.createElement(kind === 'added' ? 'ins' : 'del');
      mark.append(words);
      block.append(mark);
    }
    if (kind === 'added') block.append(text.slice(words.length));
    else if (words !== '') block.append(' ');
  }
  return [block];
}
