import { join } from 'node:path';
import { Threads, type ThreadPrograms } from '../../../src/stages/module/threads.ts';

const root = join(import.meta.dirname, '../../..');
const source = join(root, 'src/stages/module');

/** The programs as they stand in the repository, unbuilt. */
export const sourcePrograms: ThreadPrograms = {
  moduleWorker: join(source, 'moduleWorker.ts'),
  pdfText: join(source, 'builtIns/pdfText.ts'),
  ocrPage: join(source, 'builtIns/ocrPage.ts'),
  ocrData: join(root, 'node_modules/@tesseract.js-data/eng/4.0.0_best_int'),
};

/** Threads for the tests of a suite; opened by the first that needs them. */
export function useThreads(programs: ThreadPrograms = sourcePrograms): Threads {
  const threads = new Threads(programs, 2, 200);
  after(() => threads.close());
  return threads;
}
