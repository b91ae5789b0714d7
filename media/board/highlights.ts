import { occurrencesOf } from '../../src/base/occurrences.ts';

const name = 'found';
/** Marks that are drawn at once. */
const mostMarks = 2_000;

/** Marks what is looked for in the texts that are seen, without touching them. */
export function highlight(root: ParentNode, query: string): void {
  if (query === '') {
    CSS.highlights.delete(name);
    return;
  }
  const ranges: Range[] = [];
  for (const block of root.querySelectorAll('.text > div')) {
    if (ranges.length >= mostMarks) break;
    for (const range of rangesIn(block, query)) ranges.push(range);
  }
  CSS.highlights.set(name, new Highlight(...ranges.slice(0, mostMarks)));
}

/** A match may go over several text nodes, where differences are shown. */
function rangesIn(block: Element, query: string): readonly Range[] {
  const nodes: { readonly node: Text; readonly start: number }[] = [];
  let text = '';
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node instanceof Text; node = walker.nextNode()) {
    nodes.push({ node, start: text.length });
    text += node.data;
  }
  return occurrencesOf(text, query, mostMarks).map(({ start, end }) => {
    const range = document.createRange();
    const [from, to] = [nodeAt(nodes, start), nodeAt(nodes, end - 1)];
    if (from && to) {
      range.setStart(from.node, start - from.start);
      range.setEnd(to.node, end - to.start);
    }
    return range;
  });
}

function nodeAt(nodes: readonly { readonly node: Text; readonly start: number }[], place: number) {
  return nodes.findLast(({ start }) => start <= place);
}
