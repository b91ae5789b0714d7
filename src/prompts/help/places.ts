import { Fences } from '../fences.ts';
import { formatOf, type FormatName } from '../formats/formatNames.ts';

const opening = /^\ufeff?---[ \t]*(?:\r\n|\n|\r)/;
const closing = /^---[ \t]*$/gm;

/** A prompt file in its two parts, in UTF-16 units of the text; each may be empty. */
export interface Parts {
  readonly format: FormatName;
  readonly settings: Span | undefined;
  readonly body: Span | undefined;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** @param text front matter that has no end yet goes on to the end of the text */
export function partsOf(path: string, text: string): Parts {
  const format = formatOf(path) ?? 'prompt';
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const whole = { from: start, to: text.length };
  if (format === 'github') return { format, settings: whole, body: undefined };
  const [opened] = opening.exec(text) ?? [];
  if (opened === undefined) return { format, settings: undefined, body: whole };
  closing.lastIndex = opened.length;
  const close = closing.exec(text);
  if (!close) return { format, settings: { from: opened.length, to: text.length }, body: undefined };
  const line = close.index + close[0].length;
  const behind = line + (text.startsWith('\r\n', line) ? 2 : line < text.length ? 1 : 0);
  return {
    format,
    settings: { from: opened.length, to: lineBreakBefore(text, close.index, opened.length) },
    body: { from: behind, to: text.length },
  };
}

/** The end of the last line before a place. */
function lineBreakBefore(text: string, at: number, from: number): number {
  if (at <= from) return from;
  return text.slice(at - 2, at) === '\r\n' ? Math.max(from, at - 2) : at - 1;
}

/** Whether a line of a body lies in a fenced block. @param lineStart of the line */
export function isFenced(text: string, bodyStart: number, lineStart: number): boolean {
  const fences = new Fences();
  for (const line of text
    .slice(bodyStart, lineStart)
    .split(/\r\n|\n|\r/)
    .slice(0, -1))
    fences.covers(line);
  return fences.covers('');
}
