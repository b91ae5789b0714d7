import { Lines } from './lines.ts';
import { neededNames } from './liquidNames.ts';
import { placeIn } from './places.ts';
import type { PromptFile, Result } from './promptFile.ts';
import { compileMessages, knownNames, locate } from './template.ts';

/** Where a prompt asks for a name; 1-based, columns in UTF-16 units. */
export interface PlacedName {
  readonly name: string;
  readonly line: number;
  readonly column: number;
  /** Behind the last character. */
  readonly endColumn: number;
}

/**
 * The names that a prompt needs a value for from the records that it is asked for.
 *
 * @param known names that a record may have
 */
export function promptNames(prompt: PromptFile, known: Iterable<string>): Result<readonly PlacedName[]> {
  const own = new Set([...knownNames(prompt, []), ...Object.keys(prompt.inputNotes ?? {})]);
  const { messages, problems } = compileMessages(prompt.messages, {
    variables: {},
    known: new Set([...own, ...known]),
  });
  if (problems.length > 0) {
    return { ok: false, problems: problems.flatMap(({ source, findings }) => locate(prompt.path, source, findings)) };
  }
  const names = messages.flatMap(({ source, templates }) => {
    const lines = new Lines(source.template);
    return neededNames(templates)
      .filter(({ name }) => !own.has(name))
      .map(({ name, begin, end }) => {
        const { line, column } = placeIn(source, lines.positionAt(begin));
        return { name, line, column, endColumn: placeIn(source, lines.positionAt(end)).column };
      });
  });
  return { ok: true, value: names };
}
