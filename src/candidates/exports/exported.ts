import { csvField } from '../csvField.ts';
import type { Rating } from '../shelf.ts';

export const exportFormats = ['jsonl', 'csv', 'md', 'dpo'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** A candidate with what was decided of it, for other programs; null where there is nothing. */
export interface ExportedCandidate {
  /** Name of the prompt file. */
  readonly prompt: string;
  readonly row: string;
  readonly number: number | null;
  readonly model: string | null;
  /** Relative to the folder of the prompt file, with `/`. */
  readonly file: string;
  readonly picked: boolean;
  readonly archived: boolean;
  readonly rating: Rating | null;
  readonly note: string | null;
  readonly text: string;
}

const columns = [
  ...['prompt', 'row', 'number', 'model', 'file', 'picked', 'archived', 'rating', 'note', 'text'],
] as readonly (keyof ExportedCandidate)[];

export function exportJsonl(candidates: readonly ExportedCandidate[]): string {
  return candidates.map((candidate) => `${JSON.stringify(candidate)}\n`).join('');
}

/** CSV of RFC 4180. */
export function exportCsv(candidates: readonly ExportedCandidate[]): string {
  const lines = candidates.map((candidate) => columns.map((column) => csvField(candidate[column])).join(','));
  return [columns.join(','), ...lines, ''].join('\r\n');
}

/** A document to read: a chapter for each prompt and row, the texts as they are. */
export function exportMarkdown(candidates: readonly ExportedCandidate[]): string {
  const parts: string[] = [];
  let chapter: string | undefined;
  for (const candidate of candidates) {
    const title = candidate.row === '' ? candidate.prompt : `${candidate.prompt} · ${candidate.row}`;
    if (title !== chapter) parts.push(`# ${oneLine(title)}`);
    chapter = title;
    parts.push(`## ${oneLine(headingOf(candidate))}`);
    if (candidate.note !== null) parts.push(`> ${oneLine(candidate.note)}`);
    parts.push(/\.json$/i.test(candidate.file) ? fenced(candidate.text) : candidate.text.trimEnd());
  }
  return parts.map((part) => `${part}\n`).join('\n');
}

function headingOf({ number, model, picked, archived, rating, file }: ExportedCandidate): string {
  const name = number === null ? file : String(number).padStart(2, '0');
  const marks = [
    ...(model === null ? [] : [model]),
    ...(picked ? ['picked'] : []),
    ...(rating === null ? [] : [`${rating}/5`]),
    ...(archived ? ['archived'] : []),
  ];
  return marks.length === 0 ? name : `${name} (${marks.join(', ')})`;
}

/** A name or a note of somebody, that is no markup. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>#|~&!]/g, '\\$&');
}

/** Between fences that are longer than any in it. */
function fenced(text: string): string {
  const longest = [...text.matchAll(/`{3,}/g)].reduce((most, [found]) => Math.max(most, found.length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}json\n${text.trimEnd()}\n${fence}`;
}
