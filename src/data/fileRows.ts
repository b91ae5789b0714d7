import { posix } from 'node:path';
import type { JsonObject } from '../base/jsonObject.ts';
import type { Outcome } from '../base/outcome.ts';
import { brief, grouped } from '../base/sentence.ts';
import type { DataInput } from '../model/dataInput.ts';
import type { SourceRow, SourceRows } from './sourceRow.ts';
import { decodeText } from './decodeText.ts';
import { Findings } from './findings.ts';
import { limits } from './limits.ts';

/** A text split in its front matter and the rest. */
export interface TextWithFrontMatter {
  readonly values: JsonObject;
  readonly body: string;
}

/** @returns a whole sentence about front matter that cannot be read */
export type ReadTextFrontMatter = (text: string) => Outcome<TextWithFrontMatter, string>;

export interface FileList {
  readonly pattern: string;
  readonly encoding?: string;
  readonly readFrontMatter: ReadTextFrontMatter;
}

/** Files that are read at the same time. */
const together = 8;

/** How problems name a file of the list. */
type NameFile = (path: string) => string;

/** Undefined for what is no text of a row: pictures and PDFs are named by their path. */
async function readText(
  input: DataInput,
  path: string,
  file: string,
  encoding: string | undefined,
  findings: Findings,
): Promise<string | undefined> {
  const opened = await input.open(path);
  if (!opened.ok) {
    findings.problem({ file, message: opened.failure });
    return undefined;
  }
  const own = new Findings();
  let text = '';
  for await (const chunk of decodeText(opened.value, { file, ...(encoding !== undefined && { encoding }) }, own)) {
    text += chunk;
    if (text.length <= limits.rowLength) continue;
    findings.hint({
      file,
      message: `The file has more than ${grouped(limits.rowLength)} characters, so "file.text" is missing: split the file where a prompt needs its text.`,
    });
    return undefined;
  }
  if (!own.isStopped()) return text;
  const [problem] = own.problems;
  // Zeros are in every picture, and nobody wants to hear of that.
  if (problem && !own.isBinary) findings.hint({ file, message: `"file.text" is missing. ${problem.message}` });
  return undefined;
}

/** A row for every file that a pattern matches; `file.text` is there for texts only, without their front matter. */
export async function* readFileRows(
  input: DataInput,
  { pattern, encoding, readFrontMatter }: FileList,
  nameFile: NameFile,
  promptFile: { readonly file: string; readonly line: number },
  findings: Findings,
): SourceRows {
  const listed = await input.list(pattern, limits.files);
  if (!listed.ok) {
    findings.stop({ ...promptFile, message: listed.failure });
    return;
  }
  if (listed.value.length === 0) {
    const message = `No file matches "${brief(pattern)}": correct the pattern in candidates.data.`;
    findings.stop({ ...promptFile, message });
    return;
  }
  const rowOf = async (path: string, number: number, findings: Findings): Promise<SourceRow> => {
    const file = nameFile(path);
    const text = await readText(input, path, file, encoding, findings);
    const name = posix.basename(path);
    const place = { path, name, stem: posix.parse(path).name };
    if (text === undefined) return { values: { file: place }, number, size: path.length };
    const split = readFrontMatter(text);
    if (!split.ok) findings.hint({ file, message: split.failure });
    const { values, body } = split.ok ? split.value : { values: {}, body: text };
    return { values: { file: { ...place, text: body, frontMatter: values } }, number, size: text.length + path.length };
  };
  for (let from = 0; from < listed.value.length; from += together) {
    const some = listed.value.slice(from, from + together).map((path) => ({ path, findings: new Findings() }));
    const rows = await Promise.all(some.map(({ path, findings: own }, place) => rowOf(path, from + place + 1, own)));
    for (const { findings: own } of some) findings.take(own);
    yield rows;
  }
}
