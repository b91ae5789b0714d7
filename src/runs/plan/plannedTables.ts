import { basename, dirname, join, relative, sep } from 'node:path';
import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';
import { isInside } from '../../base/paths.ts';
import { guardedPlace } from '../../candidates/guardedPlaces.ts';
import { isResultTable, resultTableFormat } from '../../candidates/resultTable.ts';
import type { PlannedTable } from '../../model/resultTables.ts';
import { limits } from '../../prompts/limits.ts';
import type { Problem, PromptFile } from '../../prompts/promptFile.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { pathKey } from '../../storage/pathLocks.ts';
import type { PlannedRow } from './promptInputs.ts';

/** A larger file is no table that a run could go on with. */
const mostBytes = 256 * 1024 * 1024;

export interface TableSurroundings {
  readonly files: FileStore;
  /** The folder that tables must stay inside, absolute; paths of prompt files are relative to it. */
  readonly root: string;
  /** Those of prompt files with a table, in the data's order. */
  readonly rows: readonly PlannedRow[];
  /** That make its candidates, in order. */
  readonly modelsOf: (prompt: PromptFile) => readonly string[];
  /** By prompt file. */
  readonly schemas: ReadonlyMap<string, JsonObject>;
  /** A data file that the person names, absolute. */
  readonly dataFile?: string | undefined;
}

export interface PlannedTables {
  readonly tables: readonly PlannedTable[];
  readonly problems: readonly Problem[];
  readonly hints: readonly Problem[];
}

type Tabled = PromptFile & { readonly table: NonNullable<PromptFile['table']> };

/** The tables of results that prompt files ask for. Those that name the same file share it, if they agree. */
export async function planTables(prompts: readonly PromptFile[], where: TableSurroundings): Promise<PlannedTables> {
  const { root, schemas } = where;
  const tables: PlannedTable[] = [];
  const problems: Problem[] = [];
  const hints: Problem[] = [];
  const tabled = prompts.filter((prompt): prompt is Tabled => prompt.table !== undefined);
  const pathOf = ({ path, table }: Tabled): string => join(root, dirname(path), table.path);
  for (const sharing of Map.groupBy(tabled, (prompt) => pathKey(pathOf(prompt))).values()) {
    const [first] = sharing;
    if (!first) continue;
    const problem = (message: string, { path: file, table }: Tabled = first): Problem => {
      return { file, line: table.line, message };
    };
    const path = pathOf(first);
    const other = sharing.find((each) => !agree(each, first, schemas));
    if (other) {
      const message = `The table ${other.table.path} is that of ${first.path} too, with other columns: give both the same "columns" and schemas, or two tables.`;
      problems.push(problem(message, other));
      continue;
    }
    const fault = await faultOf(path, prompts, where);
    if (fault !== undefined) {
      problems.push(problem(fault));
      continue;
    }
    if (first.table.columns && !schemas.has(first.path)) {
      const message =
        '"candidates.table.columns" names fields of JSON, and candidates are texts: leave it out, or give a "schema".';
      hints.push(problem(message));
    }
    tables.push(tableOf(path, sharing, where));
  }
  return { tables, problems, hints };
}

function agree(one: Tabled, other: Tabled, schemas: TableSurroundings['schemas']): boolean {
  const columns = ({ table }: Tabled): string => JSON.stringify(table.columns ?? null);
  return columns(one) === columns(other) && schemas.has(one.path) === schemas.has(other.path);
}

/** Why there can be no table at a path, as a sentence. */
async function faultOf(
  path: string,
  prompts: readonly PromptFile[],
  { files, root, dataFile }: TableSurroundings,
): Promise<string | undefined> {
  const format = resultTableFormat(path);
  if (!format || !isInside(root, dirname(path))) {
    return `The table ${path} is outside of ${root}: choose a name below it that ends in .csv or .jsonl.`;
  }
  const names = relative(root, path).split(sep);
  const guarded = guardedPlace(names.slice(0, -1), names.at(-1));
  if (guarded !== undefined) {
    return `The table ${path} leads to "${guarded}", which programs run or read as configuration: choose another name.`;
  }
  const data = prompts.flatMap(({ path: prompt, data: own }) =>
    own?.source.kind === 'file' ? [join(root, dirname(prompt), own.source.path)] : [],
  );
  if ([...data, dataFile ?? ''].some((each) => pathKey(each) === pathKey(path)))
    return `The table ${path} is the file with the data: choose another name for the table.`;
  const folderProblem = await files.folderProblem(dirname(path), root);
  if (folderProblem !== undefined) return `The folder of the table ${path} ${folderProblem}.`;
  const there = await files.read(path, mostBytes);
  const isFree = there === undefined && !(await files.names(dirname(path))).includes(basename(path));
  if (isFree || (there !== undefined && (there.trim() === '' || isResultTable(format, there)))) return undefined;
  return `The file ${path} is no table of results and stays as it is: choose another name for "candidates.table".`;
}

function tableOf(
  path: string,
  sharing: readonly Tabled[],
  { root, rows, schemas, modelsOf }: TableSurroundings,
): PlannedTable {
  const paths = sharing.map((prompt) => prompt.path);
  const places = new Map(paths.map((each, place) => [each, place]));
  const ours = rows.flatMap(({ prompt, key }): [number, string][] => {
    const place = places.get(prompt);
    return place === undefined ? [] : [[place, key]];
  });
  const models = new Set(sharing.flatMap(modelsOf));
  const schemata = sharing.map((prompt) => schemas.get(prompt.path)).filter((schema) => schema !== undefined);
  const [first] = sharing;
  const chosen = first?.table.columns;
  return {
    path: relative(root, path).split(sep).join('/'),
    prompts: paths,
    rows: ours,
    models: [...models],
    columns: columnsOf(sharing),
    isStructured: schemata.length > 0,
    fields: chosen ?? [...new Set(schemata.flatMap(fieldsOf))].slice(0, limits.tableColumns),
    areFieldsChosen: chosen !== undefined,
  };
}

/** What the data says of rows, and what is varied. Of files there is the path: their text is not for a table. */
function columnsOf(prompts: readonly PromptFile[]): readonly string[] {
  const columns = new Set<string>();
  for (const { rows, data, vary = {} } of prompts) {
    for (const { values } of rows) {
      for (const name of Object.keys(values)) {
        if (columns.size >= limits.tableColumns) return [...columns];
        columns.add(data?.source.kind === 'files' && name === 'file' ? 'file.path' : name);
      }
    }
    for (const name of Object.keys(vary)) columns.add(name);
  }
  return [...columns];
}

function fieldsOf({ properties }: JsonObject): readonly string[] {
  return isJsonObject(properties) ? Object.keys(properties) : [];
}
