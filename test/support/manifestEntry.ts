import type { ManifestEntry } from '../../src/candidates/manifest.ts';

/** What a manifest tells of a file that some run has written. */
export function manifestEntry(file: string, changes: Partial<ManifestEntry> = {}): ManifestEntry {
  return {
    file,
    contentHash: `hash of ${file}`,
    item: `item of ${file}`,
    run: 'run',
    prompt: { path: 'a.prompt.md', hash: 'hash' },
    row: '',
    index: 1,
    service: 'demo',
    model: 'demo',
    variables: {},
    parameters: {},
    tokens: { input: 1, output: 1 },
    attempts: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:01.000Z',
    ...changes,
  };
}
