import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it';

/** `[^label]: text` at the start of a line. */
const definition = /^\[\^([^\]\s]{1,100})\]:/;
const reference = /\[\^([^\]\s]{1,100})\]/y;

/** Markdown of each note, by label; labels are a stranger's. */
export type FootnoteTexts = Map<string, string>;

const kept = Symbol('footnotes');

export function footnotesIn(env: Readonly<Record<string | symbol, unknown>>): FootnoteTexts {
  return (env[kept] as FootnoteTexts | undefined) ?? new Map<string, string>();
}

/**
 * Reads footnotes: definitions are taken out of the text, and references to them are tokens `footnote_ref` with the label as
 * their content. A reference to nothing stays the text that it is.
 */
export function footnotes(markdown: MarkdownIt): void {
  markdown.block.ruler.before('reference', 'footnote', readDefinition, { alt: ['paragraph', 'reference'] });
  markdown.inline.ruler.before('link', 'footnote_ref', readReference);
}

function lineAt(state: StateBlock, line: number): string {
  return state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line]);
}

function isIndented(state: StateBlock, line: number): boolean {
  return (state.sCount[line] ?? 0) >= state.blkIndent + 4;
}

function readDefinition(state: StateBlock, start: number, end: number, isSilent: boolean): boolean {
  if (isIndented(state, start)) return false;
  const first = lineAt(state, start);
  const [mark, label] = definition.exec(first) ?? [];
  if (mark === undefined || label === undefined) return false;
  if (isSilent) return true;
  const next = endOfDefinition(state, start, end);
  const lines = [first.slice(mark.length).trim()];
  if (next > start + 1) lines.push(state.getLines(start + 1, next, state.blkIndent + 4, false));
  const texts = footnotesIn(state.env);
  // As for links, the first definition counts.
  if (!texts.has(label)) texts.set(label, lines.join('\n').trim());
  state.env[kept] = texts;
  state.line = next;
  return true;
}

/** Behind the lines that follow without a gap and begin nothing else, and those that are indented. */
function endOfDefinition(state: StateBlock, start: number, end: number): number {
  const others = state.md.block.ruler.getRules('paragraph');
  let next = start + 1;
  let hasGap = false;
  for (let line = next; line < end; line++) {
    if (state.isEmpty(line)) {
      hasGap = true;
      continue;
    }
    const isOwn = isIndented(state, line) || (!hasGap && !others.some((rule) => rule(state, line, end, true)));
    if (!isOwn) break;
    next = line + 1;
  }
  return next;
}

function readReference(state: StateInline, isSilent: boolean): boolean {
  // A link in a link is none.
  if (state.linkLevel > 0) return false;
  reference.lastIndex = state.pos;
  const [mark, label] = reference.exec(state.src) ?? [];
  if (mark === undefined || label === undefined || state.pos + mark.length > state.posMax) return false;
  if (!footnotesIn(state.env).has(label)) return false;
  if (!isSilent) state.push('footnote_ref', '', 0).content = label;
  state.pos += mark.length;
  return true;
}
