import type { OcrTask } from '../moduleTask.ts';
import type { ThreadEnd, Threads } from '../threads.ts';
import { programEnvironment } from '../../command/environment.ts';
import { runProgram } from '../../command/runProgram.ts';
import { whyNoPage } from './pageImage.ts';
import { readTsv } from './tesseractTsv.ts';

export interface OcrTools {
  readonly threads: Threads;
  /** The pipeline's, absolute. */
  readonly folder: string;
  /** Where `tesseract` is looked for; default: the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface OcrPage {
  readonly bytes: Uint8Array;
  /** As Tesseract names it, such as `eng` or `deu+eng`; default `eng`. */
  readonly language: unknown;
  /** How a sentence names the file. */
  readonly named: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Whether the program is there, by the PATH that it is looked for in. */
const programs = new Map<string, Promise<boolean>>();

function hasProgram(folder: string, environment: Record<string, string>): Promise<boolean> {
  const path = environment.PATH ?? environment.Path ?? '';
  const known = programs.get(path);
  if (known) return known;
  const asked = runProgram(
    { program: 'tesseract', arguments: ['--version'] },
    { folder, environment, timeoutMs: 10_000, mostBytes: 100_000, signal: new AbortController().signal },
  ).then((end) => end.kind === 'exited' && end.code === 0);
  programs.set(path, asked);
  return asked;
}

function failed(message: string): ThreadEnd {
  return { kind: 'failed', reason: 'bad-request', message };
}

/**
 * The text of a picture of a page, with how sure its reader is (0 to 100): by Tesseract where it is installed, else by the
 * one that comes with us, which reads English.
 */
export async function ocr(page: OcrPage, { threads, folder, environment = process.env }: OcrTools): Promise<ThreadEnd> {
  const why = whyNoPage(page.bytes);
  if (why !== undefined) return failed(`${page.named} ${why}`);
  const language = page.language ?? 'eng';
  if (typeof language !== 'string' || !/^[a-z_]{3,20}(?:\+[a-z_]{3,20}){0,5}$/i.test(language)) {
    return failed('The language of ocr must be a name that Tesseract knows, such as "eng" or "deu+eng".');
  }
  const own = programEnvironment(environment);
  if (await hasProgram(folder, own)) return byProgram(page, language, folder, own);
  if (language !== 'eng') {
    return failed(`Pages in "${language}" need Tesseract with that language: install it, or set "language: eng".`);
  }
  const { ocrPage, ocrEngine, ocrData } = threads.programs;
  const data: Omit<OcrTask, 'port'> & { readonly named: string } = {
    bytes: page.bytes,
    data: ocrData,
    named: page.named,
    ...(ocrEngine === undefined ? {} : { engine: ocrEngine }),
  };
  const { timeoutMs, signal } = page;
  return threads.run({
    program: ocrPage,
    data: { ...data },
    timeoutMs,
    signal,
    readFile: () => Promise.resolve({ ok: false, failure: 'No file is read here.' }),
  });
}

async function byProgram(
  page: OcrPage,
  language: string,
  folder: string,
  own: Record<string, string>,
): Promise<ThreadEnd> {
  const end = await runProgram(
    { program: 'tesseract', arguments: ['stdin', 'stdout', '-l', language, 'tsv'] },
    {
      folder,
      // Else each of them would want all cores.
      environment: { ...own, OMP_THREAD_LIMIT: '1' },
      stdin: page.bytes,
      timeoutMs: page.timeoutMs,
      mostBytes: 20_000_000,
      signal: page.signal,
    },
  );
  switch (end.kind) {
    case 'cancelled':
    case 'timeout':
      return { kind: end.kind };
    case 'exited': {
      if (end.code === 0) return readText(readTsv(end.stdout.toString('utf8')), page.named);
      const said = end.stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
      return failed(
        `${page.named} cannot be read by Tesseract${said === '' ? '' : ` (${said})`}: check the picture and its language.`,
      );
    }
    case 'not-found':
    case 'not-started':
    case 'too-long':
      return failed(`${page.named} cannot be read, because Tesseract did not do its work: check its installation.`);
  }
}

/** What a page came to. */
export function readText(
  { text, confidence }: { readonly text: string; readonly confidence: number },
  named: string,
): ThreadEnd {
  if (text.trim() === '')
    return { kind: 'failed', reason: 'not-found', message: `${named} has no text that can be read.` };
  return { kind: 'json', text: JSON.stringify({ text, confidence }) };
}
