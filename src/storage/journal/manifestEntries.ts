import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';

/** What a manifest tells of a written candidate, as far as the journal needs it. */
export interface ManifestCandidate {
  /** Absolute. */
  readonly file: string;
  readonly contentHash: string | undefined;
  readonly item: string;
  readonly run: string;
  readonly prompt: { readonly path: string; readonly hash: string };
  readonly row: string;
  readonly index: number;
  readonly service: string;
  readonly model: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

const time = v.pipe(
  v.string(),
  v.transform((value) => Date.parse(value)),
  v.number(),
);

const candidate = v.object({
  file: v.string(),
  item: v.string(),
  run: v.string(),
  prompt: v.object({ path: v.string(), hash: v.string() }),
  row: v.string(),
  index: v.number(),
  service: v.string(),
  model: v.string(),
  variables: v.record(v.string(), v.unknown()),
  parameters: v.record(v.string(), v.unknown()),
  startedAt: time,
  finishedAt: time,
  contentHash: v.optional(v.string()),
});

const manifest = v.object({ version: v.literal(1), candidates: v.array(v.unknown()) });

/**
 * The candidates of one `manifest.json`; what a person has broken in it is left out.
 *
 * @param path absolute
 * @returns undefined when the file cannot be read at all
 */
export function manifestCandidates(path: string): ManifestCandidate[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
  const whole = v.safeParse(manifest, parsed);
  if (!whole.success) return undefined;
  return whole.output.candidates.flatMap((entry) => {
    const read = v.safeParse(candidate, entry);
    if (!read.success) return [];
    const { file, contentHash, ...rest } = read.output;
    return [{ ...rest, file: join(dirname(path), file), contentHash }];
  });
}
