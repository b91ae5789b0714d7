import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { comparablePath } from '../base/comparablePath.ts';
import { isNestedWithin } from '../base/jsonObject.ts';
import { chooseBesideFile, type BesideState } from './besideNames.ts';

const time = v.pipe(
  v.string(),
  v.check((value) => !Number.isNaN(Date.parse(value))),
);

const candidate = v.object({
  /** Relative to the manifest, with `/`. */
  file: v.string(),
  /** SHA-256 of the bytes that were written, hex. */
  contentHash: v.string(),
  item: v.string(),
  run: v.string(),
  prompt: v.object({ path: v.string(), hash: v.string() }),
  row: v.string(),
  /** Number in the file's name. */
  index: v.number(),
  service: v.string(),
  model: v.string(),
  variables: v.record(v.string(), v.unknown()),
  parameters: v.objectWithRest(
    {
      temperature: v.exactOptional(v.number()),
      maxTokens: v.exactOptional(v.number()),
      seed: v.exactOptional(v.number()),
    },
    v.unknown(),
  ),
  /** The same as they were sent, and the names of those that were not: present where the model refused some. */
  sent: v.exactOptional(v.record(v.string(), v.unknown())),
  leftOut: v.exactOptional(v.array(v.string())),
  /** Present where the text was cut at the output limit. */
  finish: v.exactOptional(v.literal('length')),
  /** What the model thought before it wrote: present where the service's settings keep that. */
  reasoning: v.exactOptional(v.string()),
  /** Those of the variables that are spread over the candidates. */
  vary: v.exactOptional(v.record(v.string(), v.unknown())),
  /** SHA-256 of the JSON Schema that the text matches, hex. */
  schema: v.exactOptional(v.string()),
  /** Present where the answer was no JSON as it came. */
  repaired: v.exactOptional(v.literal(true)),
  /** Present where several texts were asked for at once: how many, and how likely the model calls this one. */
  verbalized: v.exactOptional(v.object({ of: v.number(), probability: v.exactOptional(v.number()) })),
  tokens: v.object({ input: v.number(), output: v.number() }),
  cost: v.exactOptional(v.number()),
  /** Over all stages and processes. */
  attempts: v.number(),
  startedAt: time,
  finishedAt: time,
});

/** What a manifest tells of one candidate. Times are ISO 8601. */
export type ManifestEntry = Readonly<v.InferOutput<typeof candidate>>;

/** As much of the form as merging needs: what else a person has put there stays. */
const manifest = v.looseObject({
  version: v.literal(1),
  candidates: v.array(v.looseObject({ file: v.string() })),
});

/**
 * Values within each other, which is more than a prompt file may have in its variables. Each is indented when a manifest
 * is written: what somebody has nested a thousand deep would be a thousand times as long.
 */
const deepest = 120;

type Manifest = v.InferOutput<typeof manifest>;

/** Where a manifest lies beside its candidates; the second where the first is somebody else's file. */
export const manifestNames = ['manifest.json', 'candidates.manifest.json'] as const;

/** Whether some file system takes a name for that of a manifest. */
export function isManifestName(name: string): boolean {
  const plain = comparablePath(name);
  return manifestNames.some((each) => each === plain);
}

/** What lies under the name of a manifest. */
export type ManifestState = BesideState;

/** Written by us at the start of every manifest; what has it and cannot be read was one. */
const ourStart = /^\ufeff?\s*\{\s*"version"\s*:\s*1\s*,\s*"candidates"\s*:/;

/** @param text of the file, undefined when there is none */
export function manifestState(text: string | undefined): ManifestState {
  if (text === undefined) return 'none';
  if (parse(text)) return 'ours';
  return ourStart.test(text) ? 'broken' : 'foreign';
}

/**
 * Which file takes the entries of a folder.
 *
 * @param states by `manifestNames`
 * @returns undefined when both names are somebody else's
 */
export function chooseManifest(
  states: readonly [ManifestState, ManifestState],
): { readonly name: (typeof manifestNames)[number]; readonly state: Exclude<ManifestState, 'foreign'> } | undefined {
  return chooseBesideFile(manifestNames, states);
}

/** The one that was read or written last, unless it is large: who adds to it reads what he wrote before. */
let last: { readonly text: string; readonly manifest: Manifest } | undefined;
const mostRemembered = 4 * 1024 * 1024;

function remember(text: string, manifest: Manifest): void {
  last = text.length <= mostRemembered ? { text, manifest } : undefined;
}

function parse(text: string): Manifest | undefined {
  if (last?.text === text) return last.manifest;
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isNestedWithin(deepest, parsed) || !v.is(manifest, parsed)) return undefined;
    remember(text, parsed);
    return parsed;
  } catch {
    return undefined;
  }
}

/** Whether an entry tells of the same writing of the same file. */
function isSame(there: Manifest['candidates'][number], { run, item, contentHash, finishedAt }: ManifestEntry): boolean {
  return (
    there.run === run && there.item === item && there.contentHash === contentHash && there.finishedAt === finishedAt
  );
}

/** A person may have broken the manifest: then the caller sets it aside under `unreadableName` and begins a new one. */
export type MergedManifest = { readonly isReadable: true; readonly text: string } | { readonly isReadable: false };

/**
 * Adds entries to a manifest, sorted by file; one for the same file takes the place of what was there.
 *
 * @param current the text of the file, undefined when there is none
 * @returns with the same text when nothing is new
 */
export function mergeManifest(current: string | undefined, entries: readonly ManifestEntry[]): MergedManifest {
  const before: Manifest | undefined = current === undefined ? { version: 1, candidates: [] } : parse(current);
  if (!before) return { isReadable: false };
  const byFile = new Map(before.candidates.map((entry) => [entry.file, entry]));
  const added = entries.filter((entry) => {
    const there = byFile.get(entry.file);
    return there === undefined || !isSame(there, entry);
  });
  if (current !== undefined && added.length === 0) return { isReadable: true, text: current };
  for (const entry of added) byFile.set(entry.file, entry);
  const candidates = [...byFile.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
  const merged = { ...before, candidates };
  const text = `${JSON.stringify(merged, null, 2)}\n`;
  remember(text, merged);
  return { isReadable: true, text };
}

/** Where a manifest that cannot be read is kept. */
export function unreadableName(path: string): string {
  return `${path}.${randomBytes(3).toString('hex')}.unreadable`;
}

/** The entries of a manifest; what a person has broken in it is left out. */
export function readManifest(text: string): ManifestEntry[] {
  return (parse(text)?.candidates ?? []).flatMap((entry) => {
    const read = v.safeParse(candidate, entry);
    return read.success ? [read.output] : [];
  });
}
