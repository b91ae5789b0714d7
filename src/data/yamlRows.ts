import { readYaml } from '../base/boundedYaml.ts';
import { isJsonObject } from '../base/jsonObject.ts';
import { brief, grouped } from '../base/sentence.ts';
import type { SourceRow, SourceRows } from './sourceRow.ts';
import type { Findings } from './findings.ts';
import { limits } from './limits.ts';
import { sizeOf } from '../base/valueSize.ts';
import { rowValues, tooDeep } from './rowValues.ts';

const bounds = { values: limits.yamlValues, depth: limits.depth, references: limits.yamlReferences };

/** The list that a document is or has, or the end of a sentence about one that has none. */
function listIn(document: unknown): readonly unknown[] | string {
  if (Array.isArray(document)) return document as readonly unknown[];
  if (!isJsonObject(document)) return 'has no list: begin each row with "- "';
  const lists = Object.entries(document).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  const [first, second] = lists;
  if (!first) return 'has no list: begin each row with "- "';
  if (!second) return first[1];
  return `has two lists, "${brief(first[0], 80)}" and "${brief(second[0], 80)}": leave only the one with the rows`;
}

/** The rows of a list that is there as a whole. */
export function* rowsOfList(list: readonly unknown[], file: string, findings: Findings): Iterable<SourceRow> {
  for (const [place, entry] of list.entries()) {
    const number = place + 1;
    const values = rowValues(entry);
    const size = values ? sizeOf(values, limits.rowLength) : 0;
    if (values && size <= limits.rowLength) {
      yield { values, number, size };
      continue;
    }
    const reason = values ? `has more than ${grouped(limits.rowLength)} characters: put less into it` : tooDeep;
    findings.problem({ file, message: `Row ${grouped(number)} ${reason}.` });
  }
}

/** The rows of a YAML text, read as a whole: a list, or a map with one list in it. */
export async function* readYamlRows(chunks: AsyncIterable<string>, file: string, findings: Findings): SourceRows {
  let text = '';
  for await (const chunk of chunks) {
    text += chunk;
    if (text.length <= limits.yamlLength) continue;
    const message = `The file has more than ${grouped(limits.yamlLength)} characters: save the rows as .jsonl or .csv instead.`;
    findings.stop({ file, message });
    return;
  }
  if (findings.isStopped()) return;
  const read = readYaml(text, bounds);
  if (!read.ok) {
    const { failure } = read;
    if (failure.kind === 'excess') {
      findings.stop({ file, message: `The file has ${failure.excess}: save the rows as .jsonl or .csv instead.` });
    } else {
      const { line, reason } = failure;
      findings.stop({ file, line, message: `The file is not valid YAML on line ${line}: ${reason}.` });
    }
    return;
  }
  const list = listIn(read.value.value);
  if (typeof list === 'string') findings.stop({ file, message: `The file ${list}.` });
  else if (sizeOf(list, limits.yamlSize) > limits.yamlSize) {
    findings.stop({ file, message: 'The references in the file repeat more text than rows may have: use fewer.' });
  } else yield [...rowsOfList(list, file, findings)];
}
