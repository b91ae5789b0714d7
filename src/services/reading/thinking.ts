/** A text and the thinking that came with it. */
export interface Thought {
  readonly text: string;
  readonly reasoning: string;
}

const opened = '<think>';
const closed = '</think>';
/** A line of its own: some templates open the thinking in the prompt, so that only its end arrives. */
const closedAlone = /^[ \t]*<\/think>[ \t]*$/m;

/**
 * Parts the thinking at the beginning of a text from the text. Tags in the middle of a text belong to it. Thinking that
 * does not end is all that there is.
 */
export function splitThinking(whole: string): Thought {
  const reasoning: string[] = [];
  let rest = whole;
  while (rest.trimStart().startsWith(opened)) {
    const inner = rest.trimStart().slice(opened.length);
    const end = inner.indexOf(closed);
    if (end < 0) return { text: '', reasoning: [...reasoning, inner.trim()].join('\n') };
    reasoning.push(inner.slice(0, end).trim());
    rest = inner.slice(end + closed.length);
  }
  if (reasoning.length > 0) return { text: rest.trimStart(), reasoning: reasoning.join('\n') };
  const alone = closedAlone.exec(whole);
  if (alone === null || whole.slice(0, alone.index).includes(opened)) return { text: whole, reasoning: '' };
  return {
    text: whole.slice(alone.index + alone[0].length).trimStart(),
    reasoning: whole.slice(0, alone.index).trim(),
  };
}
