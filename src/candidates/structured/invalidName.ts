import { posix, win32 } from 'node:path';

/** Where an answer is kept that is no candidate, beside the place of its candidate, in order of preference, endless. */
export function* invalidPaths(candidate: string): Iterable<string> {
  const { ext } = (candidate.includes('\\') ? win32 : posix).parse(candidate);
  const stem = candidate.slice(0, candidate.length - ext.length);
  yield `${stem}.invalid.txt`;
  for (let next = 2; ; next++) yield `${stem}.invalid-${next}.txt`;
}
