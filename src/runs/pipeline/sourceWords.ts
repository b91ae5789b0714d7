import type { DataSource } from '../../model/data.ts';
import type { Problem } from '../../base/problem.ts';

/**
 * A finding about rows in the words of a pipeline file: whoever reads rows calls their settings as prompt files do, and a
 * person has to find them in the file that they have written.
 */
export function inSourceWords<Found extends Pick<Problem, 'message'>>(found: Found, { kind }: DataSource): Found {
  const own = kind === 'file' ? 'data' : kind;
  const message = found.message
    .replaceAll(/\bcandidates\.data\.(?=\w)/g, 'source.')
    .replaceAll(/\bcandidates\.data\b/g, `source.${own}`)
    .replaceAll('filter, limit or sample', 'filter or limit')
    .replaceAll('beside the prompt file', 'beside the pipeline file');
  return { ...found, message };
}
