import { grouped } from '../base/sentence.ts';
import type { SourceRow, SourceRows } from './sourceRow.ts';
import type { Findings } from './findings.ts';
import { parseJson } from './jsonText.ts';
import { limits } from './limits.ts';
import { rowValues, tooDeep } from './rowValues.ts';

/** A JSON value on each line; empty lines are left out. */
export async function* readJsonl(chunks: AsyncIterable<string>, file: string, findings: Findings): SourceRows {
  let number = 0;
  let line = 0;
  let pending: string[] = [];
  let pendingLength = 0;

  const tell = (message: string): void => findings.problem({ file, line, message });
  const readLine = (text: string): SourceRow | undefined => {
    line += 1;
    if (text.trim() === '') return undefined;
    number += 1;
    if (text.length > limits.rowLength) {
      tell(`Line ${line} has more than ${grouped(limits.rowLength)} characters: put less into a row.`);
      return undefined;
    }
    const parsed = parseJson(text);
    if (!parsed.ok) {
      const { reason, at } = parsed.failure;
      tell(`Line ${line} is not valid JSON at character ${grouped(at + 1)}: ${reason}.`);
      return undefined;
    }
    const values = rowValues(parsed.value);
    if (!values) tell(`Row ${grouped(number)} ${tooDeep}.`);
    return values && { values, number, line, size: text.length };
  };

  for await (const chunk of chunks) {
    const rows: SourceRow[] = [];
    let start = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      const row = readLine(pending.join('') + chunk.slice(start, end));
      if (row) rows.push(row);
      pending = [];
      pendingLength = 0;
      start = end + 1;
    }
    pending.push(chunk.slice(start));
    pendingLength += chunk.length - start;
    if (rows.length > 0) yield rows;
    if (pendingLength > limits.rowLength) {
      line += 1;
      const message = `Line ${line} has more than ${grouped(limits.rowLength)} characters: put less into a row.`;
      findings.stop({ file, line, message });
      return;
    }
  }
  if (findings.isStopped()) return;
  const row = readLine(pending.join(''));
  if (row) yield [row];
}
