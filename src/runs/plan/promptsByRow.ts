import { join, posix } from 'node:path';
import { listedNames } from '../../base/nearestName.ts';
import { brief } from '../../base/sentence.ts';
import { SomeRows, type Rows } from '../../model/row.ts';
import { formatOf } from '../../prompts/formats/formatNames.ts';
import { readPrompt } from '../../prompts/formats/formats.ts';
import type { Problem, PromptFile, Result } from '../../prompts/promptFile.ts';
import type { PromptSurroundings } from './promptInputs.ts';
import { readTextWithin } from './textWithin.ts';
import { withValueFiles } from './valueFiles.ts';

/**
 * A column may name the prompt file of each row: `brand` for `brand.prompt.md` beside the one with the data.
 *
 * @param dataFile the file that the rows come from, as problems name it; undefined where they come from none
 */
export async function promptsByRow(
  prompt: PromptFile,
  rows: Rows,
  where: Pick<PromptSurroundings, 'files' | 'root'>,
  dataFile?: string,
): Promise<Result<readonly PromptFile[]>> {
  const column = prompt.promptBy;
  if (column === undefined) return { ok: true, value: [{ ...prompt, rows }] };
  const columns = rows.names ?? [...new Set([...rows].flatMap(({ values }) => Object.keys(values)))];
  if (rows.length > 0 && !columns.includes(column)) {
    const there = columns.length === 0 ? 'give it data under "candidates.data"' : `use one of ${listedNames(columns)}`;
    const message = `No row has the column "${brief(column, 80)}", which "candidates.promptBy" names: ${there}.`;
    return { ok: false, problems: [{ file: prompt.path, line: prompt.actionLine, message }] };
  }
  const problems: Problem[] = [];
  const prompts: PromptFile[] = [];
  const byName = new Map<string, number[]>();
  let place = -1;
  for (const { values } of rows) {
    place += 1;
    const named = Object.hasOwn(values, column) ? values[column] : undefined;
    const name = typeof named === 'string' || typeof named === 'number' ? String(named).trim() : '';
    const places = byName.get(name);
    if (places) places.push(place);
    else byName.set(name, [place]);
  }
  for (const [name, places] of byName) {
    const own = new SomeRows(rows, places);
    const first = own.at(0);
    // A row that names none is for the file with the data.
    if (name === '') {
      prompts.push({ ...prompt, rows: own });
      continue;
    }
    const read = await promptNamed(
      name,
      { line: first?.line, label: first?.label ?? '', file: dataFile },
      prompt,
      where,
    );
    if (!read.ok) {
      problems.push(...read.problems);
      continue;
    }
    const inputs = { ...read.value.inputs, ...prompt.inputs };
    prompts.push({ ...read.value, ...tableFor(read.value, prompt), inputs, rows: own, chosenBy: [prompt.path] });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: prompts };
}

/** What has no table of its own shares that of the prompt file with the data. */
function tableFor(own: PromptFile, { path, table }: PromptFile): Pick<PromptFile, 'table'> {
  if (own.table || !table) return {};
  return {
    table: { ...table, path: posix.relative(posix.dirname(own.path), posix.join(posix.dirname(path), table.path)) },
  };
}

/** @param row the first one that names it */
async function promptNamed(
  name: string,
  row: { readonly label: string; readonly line: number | undefined; readonly file: string | undefined },
  { path, promptBy = '' }: PromptFile,
  { files, root }: Pick<PromptSurroundings, 'files' | 'root'>,
): Promise<Result<PromptFile>> {
  const file = formatOf(name) === undefined ? `${name}.prompt.md` : name;
  const target = posix.join(posix.dirname(path), file);
  const text = await readTextWithin(join(root, target), root, files);
  if (!text.ok) {
    const message = `The prompt file ${target}, which a row names in "${promptBy}", ${text.failure}: correct the row "${brief(row.label, 80)}" or add the file.`;
    const { file: dataFile, line } = row;
    const place = dataFile !== undefined && line !== undefined ? { file: dataFile, line } : { file: path };
    return { ok: false, problems: [{ ...place, message }] };
  }
  const read = readPrompt(target, text.value);
  return read.ok ? { ok: true, value: await withValueFiles(read.value, { files, root }) } : read;
}

/** What a prompt file may say of its candidates, for itself alone. */
const ownSettings = ['models', 'output', 'target', 'priority', 'schema', 'attach', 'vary', 'diversity'] as const;

/**
 * Data, inputs, table and budget of a prompt file hold for the prompt files that its rows name, the rest does not: tells
 * what it says beyond that and one of them does not, where no row is left that it holds for.
 *
 * @param prompts with its rows
 */
export function unusedSettings(prompt: PromptFile, prompts: readonly PromptFile[]): readonly Problem[] {
  const { path, promptBy } = prompt;
  if (promptBy === undefined || prompts.some((each) => each.path === path)) return [];
  return settingsOf(prompt).flatMap((name) => {
    const silent = prompts.find((each) => !settingsOf(each).includes(name));
    if (!silent) return [];
    const message = `"${name}" is for rows that name no prompt file in "${promptBy}", and each row names one: ${silent.path} does not say its own.`;
    return [{ file: path, line: prompt.actionLine, message }];
  });
}

function settingsOf(prompt: PromptFile): readonly string[] {
  const given = ownSettings.filter((name) =>
    name === 'models' ? prompt.models.length > 0 : prompt[name] !== undefined,
  );
  return [...(prompt.isCountGiven ? ['count'] : []), ...given, ...Object.keys(prompt.parameters)];
}
