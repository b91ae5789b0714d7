import { randomBytes } from 'node:crypto';
import { codeOf } from './fileSystem.ts';

/** Tells the temporary files of this process from those of an earlier one with its id. */
const processToken = randomBytes(4).toString('hex');
const temporaryName = /^\.(\d+)-([0-9a-f]{8})-\d+\.candidate\.tmp$/;
let temporaryFiles = 0;

/** A name for a file that is not whole yet. */
export function newTemporaryName(): string {
  return `.${process.pid}-${processToken}-${++temporaryFiles}.candidate.tmp`;
}

/** Whether a name is that of a temporary file whose process is gone. */
export function isLeftOver(name: string): boolean {
  const [, processId, token] = temporaryName.exec(name) ?? [];
  if (processId === undefined) return false;
  if (Number(processId) === process.pid) return token !== processToken;
  try {
    process.kill(Number(processId), 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}
