import MarkdownIt from 'markdown-it';

/** As programs show Markdown, HTML in it included: a comment without its end hides what follows. */
const reader = new MarkdownIt('commonmark');

/** Longer texts stay as they are: reading tangled ones could take minutes. */
const mostCharacters = 1_000_000;

const mark = 'endoftext';

/** Whether what stands below a text is a paragraph of its own. */
function isWhole(text: string): boolean {
  const tokens = reader.parse(`${text}\n\n${mark}\n`, {});
  const [open, inline, close] = tokens.slice(-3);
  return open?.type === 'paragraph_open' && open.level === 0 && inline?.content === mark && close?.level === 0;
}

/** What may be open at the end of a text. */
const closers = ['-->', '?>', ']]>', '>'];

/** Elements whose text is no Markdown. */
const raw = /<(script|style|pre|textarea)(?![\w-])/gi;

/**
 * A text that is the same for a reader, and swallows nothing of what stands below it: a block of code or a comment that its
 * writer did not end is ended.
 */
export function wholeMarkdown(text: string): string {
  const bare = text.trimEnd();
  if (bare.length > mostCharacters || isWhole(bare)) return bare;
  const last = reader.parse(bare, {}).findLast(({ type }) => type === 'fence');
  const element = [...bare.matchAll(raw)].at(-1)?.[1];
  const likely = [...(last ? [last.markup] : []), ...(element === undefined ? [] : [`</${element}>`])];
  for (const closer of [...likely, ...closers]) {
    const closed = `${bare}\n${closer}`;
    if (isWhole(closed)) return closed;
  }
  const longest = [...bare.matchAll(/`{3,}/g)].reduce((most, [run]) => Math.max(most, run.length), 2);
  const around = '`'.repeat(longest + 1);
  return `${around}\n${bare}\n${around}`;
}
