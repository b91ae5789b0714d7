import { contentHash } from '../base/hash.ts';
import type { Outcome } from '../base/outcome.ts';
import { grouped, limits } from './limits.ts';
import { Lines } from './lines.ts';
import { placeIn } from './places.ts';
import type { PromptFile } from './promptFile.ts';
import { segmentsOf, type IncludeKind } from './segments.ts';

/** A file that a prompt takes in. */
export interface IncludeReference {
  /** As it is written: relative to the prompt file, with `/`. */
  readonly path: string;
  /** `reference`: nothing in the text names it. */
  readonly kind: IncludeKind | 'reference';
  /** 1-based place in the prompt file. */
  readonly line: number;
  readonly column: number;
}

/** The texts of included files by their path as it is written, or why there is none: `is not there`. */
export type IncludedFiles = ReadonlyMap<string, Outcome<string, string>>;

/** The files that have to be read before a prompt is compiled, each once, where it is named first. */
export function includesOf(prompt: Pick<PromptFile, 'messages' | 'references'>): readonly IncludeReference[] {
  const found = new Map<string, IncludeReference>();
  for (const message of prompt.messages) {
    let lines: Lines | undefined;
    for (const segment of segmentsOf(message.template)) {
      if (segment.kind !== 'include' || found.has(segment.path)) continue;
      lines ??= new Lines(message.template);
      const place = placeIn(message, lines.positionAt(segment.begin));
      found.set(segment.path, { path: segment.path, kind: segment.how, ...place });
    }
  }
  for (const { path, line } of prompt.references ?? []) {
    if (!found.has(path)) found.set(path, { path, kind: 'reference', line, column: 1 });
  }
  return [...found.values()];
}

/** As a message holds it: what lies in the file ends where the block ends, whatever it says. */
export function fileBlock(path: string, text: string): string {
  const tag = /<\/?file\b/i.test(text) ? `file-${contentHash(text).slice(0, 8)}` : 'file';
  const name = path.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return `<${tag} path="${name}">\n${text}\n</${tag}>`;
}

/** Without what editors add, and without blank lines around it. */
export function includedText(text: string): string {
  return text
    .replace(/^\ufeff/, '')
    .replace(/\r\n?/g, '\n')
    .replace(/^(?:[^\S\n]*\n)+/, '')
    .trimEnd();
}

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What is wrong with all of them together, as a sentence. */
export function excessOf(references: readonly IncludeReference[], files: IncludedFiles): string | undefined {
  if (references.length > limits.includes) {
    return `The prompt takes in more than ${limits.includes} files: take in fewer.`;
  }
  let length = 0;
  for (const { path } of references) {
    const file = files.get(path);
    if (file?.ok) length += file.value.length;
  }
  if (length <= limits.includedLength) return undefined;
  return `The files that the prompt takes in have more than ${grouped(limits.includedLength)} characters together: take in fewer.`;
}
