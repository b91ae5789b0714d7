import { comparablePath } from '../base/comparablePath.ts';
import { failed, success, type Outcome } from '../base/outcome.ts';
import { brief } from '../base/sentence.ts';
import type { FlowStage } from '../flow/flow.ts';
import type { DeliveryDefinition, DeliveryKind } from '../flow/pipeline.ts';
import { elementRecord, listAt } from '../flow/record.ts';
import { apkg } from './apkg.ts';
import { bibtex } from './bibtex.ts';
import { eachOption, type DeliveredRecord, type DeliveryContext, type DeliveryKindWork } from './delivery.ts';
import { epub } from './epub.ts';
import { html } from './html.ts';
import { jsonl } from './jsonl.ts';
import { markdown } from './markdown.ts';
import { Notes, recordName } from './notes.ts';
import { zipTimeStep } from './zipFile.ts';

/** Every kind of delivery: a line for each, and a file beside this one. */
const kinds: Readonly<Record<DeliveryKind, DeliveryKindWork>> = { bibtex, apkg, epub, html, markdown, jsonl };

/** What is wrong with a delivery of a pipeline file. */
export interface DeliveryProblem {
  /** 1-based, of the pipeline file. */
  readonly line: number;
  readonly message: string;
}

export interface DeliveredFile {
  /** Relative to the pipeline's folder, with `/`. */
  readonly path: string;
  readonly content: Uint8Array | string;
}

export interface Delivered {
  readonly files: readonly DeliveredFile[];
  /** Sentences: what was left out, and why. */
  readonly notes: readonly string[];
}

/**
 * The stages whose results say something about a record as it comes to a delivery: what was added before the record became
 * one of several tells of all of them.
 */
export function stagesOfRecords(stages: readonly Pick<FlowStage, 'name' | 'input'>[]): readonly string[] {
  const last = stages.findLastIndex(({ input }) => input.kind === 'expand');
  return stages.slice(Math.max(0, last)).map(({ name }) => name);
}

const opening = '{{';

/** What can be known before a run. */
export function checkDelivery({ kind, path, options, line }: DeliveryDefinition): readonly DeliveryProblem[] {
  const work = kinds[kind];
  const messages = [...work.check(options)];
  if (!work.endings.some((ending) => path.toLowerCase().endsWith(ending))) {
    messages.unshift(`"${kind}" makes files that end in ${work.endings.join(' or ')}: correct "${brief(path, 100)}".`);
  }
  return messages.map((message) => ({ line, message }));
}

/**
 * Makes the files of one delivery. A path with `{{ … }}` in it makes one for all records that it gives the same path;
 * without records there is none then, and an empty one otherwise.
 *
 * @param records in the order of the source
 * @returns a failure is a sentence: then there is no file at all
 */
export async function makeDelivery(
  { kind, path, options }: DeliveryDefinition,
  records: readonly DeliveredRecord[],
  context: DeliveryContext,
): Promise<Outcome<Delivered, string>> {
  const notes = new Notes();
  const { [eachOption]: each } = options;
  const isExpanded = typeof each === 'string';
  const isSpread = path.includes(opening);
  const all = isExpanded ? elementsOf(records, each.trim(), notes) : records;
  const groups = isSpread ? byPath(path, all, context, notes) : [{ path, records: all }];
  const circumstances: DeliveryContext = {
    ...context,
    // As it is read from a file later.
    beganAt: Math.floor(context.beganAt / zipTimeStep) * zipTimeStep,
    // What the stages added tells of all elements at once.
    ...(isExpanded ? { stages: [] } : {}),
    // Nobody knows to which of the files they belong.
    ...(isSpread ? { missing: [] } : {}),
  };
  const files: DeliveredFile[] = [];
  for (const group of groups) {
    const same = await unchanged(kinds[kind], group, options, circumstances);
    if (same) {
      notes.addAll(same.notes);
      files.push({ path: group.path, content: same.content });
      continue;
    }
    const made = await kinds[kind].make(group.records, options, circumstances, notes);
    if (!made.ok) return failed(`${brief(group.path, 200)}: ${made.failure}`);
    files.push({ path: group.path, content: made.value });
  }
  return success({ files, notes: notes.all() });
}

/** Of a file that was delivered before: a larger one is made anew. */
const mostBytesBefore = 256 * 1024 ** 2;

/** What is there already, where only the time of the run would be another one: nobody needs a second copy for that. */
async function unchanged(
  work: DeliveryKindWork,
  { path, records }: Group,
  options: Readonly<Record<string, unknown>>,
  context: DeliveryContext,
): Promise<{ readonly content: Uint8Array | string; readonly notes: Notes } | undefined> {
  if (!work.madeAt) return undefined;
  const there = await context.readFile(path, mostBytesBefore);
  const beganAt = there.ok ? work.madeAt(there.value) : undefined;
  if (!there.ok || beganAt === undefined) return undefined;
  const notes = new Notes();
  const made = await work.make(records, options, { ...context, beganAt }, notes);
  if (!made.ok || typeof made.value === 'string' || Buffer.compare(made.value, there.value) !== 0) return undefined;
  return { content: there.value, notes };
}

function elementsOf(records: readonly DeliveredRecord[], list: string, notes: Notes): readonly DeliveredRecord[] {
  return records.flatMap(({ key, data }) => {
    const elements = listAt(data, list);
    if (!elements) notes.leftOut(key, `has no list "${brief(list, 100)}"`);
    return (elements ?? []).map((_, index) => ({ key: `${key}/${index + 1}`, data: elementRecord(data, list, index) }));
  });
}

interface Group {
  readonly path: string;
  readonly records: readonly DeliveredRecord[];
}

/** Paths that some file system takes for one are one. */
function byPath(
  template: string,
  records: readonly DeliveredRecord[],
  { pathOf }: DeliveryContext,
  notes: Notes,
): readonly Group[] {
  const groups = new Map<string, Group & { readonly records: DeliveredRecord[] }>();
  for (const record of records) {
    const path = pathOf(template, record);
    if (path === undefined) {
      notes.leftOut(record.key, `lacks a value that its path needs (${brief(template, 200)})`);
      continue;
    }
    if (!staysBelow(path)) {
      notes.add(`${recordName(record.key)} is left out: its path "${brief(path, 200)}" leads out of the folder.`);
      continue;
    }
    const same = comparablePath(path);
    const group = groups.get(same);
    if (group) group.records.push(record);
    else groups.set(same, { path, records: [record] });
  }
  return [...groups.values()];
}

/** By its letters. Windows drops dots and spaces at the end of a name, and has separators of its own. */
function staysBelow(path: string): boolean {
  if (/^(?:[/\\]|[a-z]:)/i.test(path)) return false;
  return !path.split(/[/\\]/).some((name) => /^\s*\.[\s.]*\.\s*$/.test(name));
}
