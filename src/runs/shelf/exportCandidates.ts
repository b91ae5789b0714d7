import { basename, dirname, relative, sep } from 'node:path';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { grouped } from '../../base/sentence.ts';
import {
  exportCsv,
  exportJsonl,
  exportMarkdown,
  type ExportedCandidate,
  type ExportFormat,
} from '../../candidates/exports/exported.ts';
import { preferencePairs, type Judged } from '../../candidates/exports/preferences.ts';
import type { PromptFile } from '../../prompts/promptFile.ts';
import { compileTemplates, renderMessages } from '../../prompts/template.ts';
import { editorVariables } from '../plan/plan.ts';
import { includedIn } from '../plan/promptInputs.ts';
import type { ChosenPrompt, Choosing } from './choosing.ts';
import { listCandidates, type ShelfCandidate } from './listCandidates.ts';
import { textOf } from './pick.ts';

/** UTF-16 units of an export, which is one text. */
const longest = 256 * 1024 * 1024;
/** Pairs of one prompt file. */
const mostPairs = 100_000;

/** A prompt file to export of. */
export interface ExportedPrompt {
  readonly chosen: ChosenPrompt;
  /** Its path is relative to the root. */
  readonly file: PromptFile;
}

export interface Exported {
  readonly text: string;
  /** Sentences about what is left out. */
  readonly notes: readonly string[];
}

interface WithText {
  readonly candidate: ShelfCandidate;
  readonly text: string;
}

/** The candidates of prompt files for other programs. A failure is one sentence. */
export async function exportCandidates(
  prompts: readonly ExportedPrompt[],
  format: ExportFormat,
  choosing: Choosing,
): Promise<Outcome<Exported, string>> {
  const parts: string[] = [];
  const records: ExportedCandidate[] = [];
  const notes: string[] = [];
  let judged = 0;
  let length = 0;
  for (const prompt of prompts) {
    const found = await withTexts(prompt.chosen, choosing);
    if (!found.ok) return found;
    length += found.value.reduce((sum, { text }) => sum + text.length, 0);
    if (length > longest) return failed('The candidates are too long for one file: export fewer prompt files at once.');
    if (format !== 'dpo') {
      for (const each of found.value) records.push(exported(prompt.chosen, each));
      continue;
    }
    judged += found.value.filter(({ candidate }) => candidate.isPicked || candidate.rating !== undefined).length;
    const pairs = await pairsOf(prompt, found.value, choosing, notes);
    for (const pair of pairs) {
      length += pair.length;
      if (length > longest) return failed('The pairs are too long for one file: export fewer prompt files at once.');
      parts.push(pair);
    }
  }
  const names = prompts.length === 1 ? (prompts[0]?.chosen.name ?? '') : `these ${prompts.length} prompt files`;
  switch (format) {
    case 'dpo':
      if (judged === 0) {
        return failed(`Nobody has picked or rated a candidate of ${names}: pick or rate some, then export again.`);
      }
      if (parts.length === 0) {
        return failed(`There is no pair among the candidates of ${names} of which one is preferred: rate some more.`);
      }
      return success({ text: parts.join(''), notes });
    case 'jsonl':
    case 'csv':
    case 'md':
      if (records.length === 0) return failed(`There are no candidates of ${names}: generate some first.`);
      return success({ text: textFor(format, records), notes });
  }
}

function textFor(format: Exclude<ExportFormat, 'dpo'>, records: readonly ExportedCandidate[]): string {
  switch (format) {
    case 'jsonl':
      return exportJsonl(records);
    case 'csv':
      return exportCsv(records);
    case 'md':
      return exportMarkdown(records);
  }
}

async function withTexts(prompt: ChosenPrompt, choosing: Choosing): Promise<Outcome<readonly WithText[], string>> {
  const listed = await listCandidates(prompt, choosing);
  if (!listed.ok) return listed;
  const found: WithText[] = [];
  let length = 0;
  for (const candidate of listed.value.candidates) {
    length += candidate.length;
    if (length > longest) return failed(`The candidates of ${prompt.name} are too long for one file: archive some.`);
    const text = await textOf(candidate, choosing);
    if (text.ok) found.push({ candidate, text: text.value });
  }
  return success(found);
}

function exported(prompt: ChosenPrompt, { candidate, text }: WithText): ExportedCandidate {
  const { path, row, number, model, isPicked, isArchived, rating, note } = candidate;
  return {
    prompt: prompt.name,
    row,
    number: number ?? null,
    model: model ?? null,
    file: relative(dirname(prompt.path), path).split(sep).join('/'),
    picked: isPicked,
    archived: isArchived,
    rating: rating ?? null,
    note: note ?? null,
    text,
  };
}

/** Pairs as lines of JSON. */
async function pairsOf(
  { file: prompt }: ExportedPrompt,
  candidates: readonly WithText[],
  { files, root }: Choosing,
  notes: string[],
): Promise<readonly string[]> {
  const name = basename(prompt.path);
  const includes = await includedIn(prompt, { files, root });
  const names = new Set(candidates.flatMap(({ candidate: { made } }) => Object.keys(made?.variables ?? {})));
  const compiled = compileTemplates(prompt, editorVariables(root, prompt.path), { names, includes });
  if (!compiled.ok) {
    notes.push(`The candidates of ${name} are left out, because it is wrong: ${compiled.problems[0]?.message ?? ''}`);
    return [];
  }
  let unknown = 0;
  let older = 0;
  const judged: Judged[] = [];
  for (const { candidate, text } of candidates) {
    const { made, isPicked, rating } = candidate;
    const messages = renderMessages(compiled.value, made?.variables ?? prompt.inputs);
    if (!messages.ok) unknown++;
    else judged.push({ messages: messages.value, text, isPicked, ...(rating === undefined ? {} : { rating }) });
    if (messages.ok && made !== undefined && made.prompt.hash !== prompt.hash) older++;
  }
  if (unknown > 0) {
    notes.push(
      `Candidates of ${name} that are left out, because nobody knows its variables' values for them: ${unknown}.`,
    );
  }
  if (older > 0) {
    notes.push(`Candidates that were made before ${name} was changed: ${older}. Their pairs have it as it is now.`);
  }
  const pairs = Array.from(preferencePairs(judged, mostPairs + 1), (pair) => `${JSON.stringify(pair)}\n`);
  if (pairs.length <= mostPairs) return pairs;
  notes.push(`Of ${name}, the first ${grouped(mostPairs)} pairs are exported, because there are more.`);
  return pairs.slice(0, mostPairs);
}
