import { threadId } from 'node:worker_threads';
import { createWorker, OEM } from 'tesseract.js';
import { describeError } from '../../../base/redact.ts';
import { brief } from '../../../base/sentence.ts';
import type { OcrTask, ThreadAnswer, ThreadMessage } from '../moduleTask.ts';
import { silenceThread } from '../silence.ts';

type Reader = Awaited<ReturnType<typeof createWorker>>;

/** Loading the data of a language takes half a second, so a thread keeps what it has loaded. */
let reader: Promise<Reader> | undefined;

function open({ engine, data }: OcrTask): Promise<Reader> {
  // What it cannot read it tells its errors of, and its own thread prints through this one.
  silenceThread();
  return new Promise((resolve, reject) => {
    createWorker('eng', OEM.LSTM_ONLY, {
      ...(engine === undefined ? {} : { workerPath: engine }),
      langPath: data,
      gzip: true,
      cacheMethod: 'none',
      // Data that cannot be loaded never settles the promise, and tells only here.
      errorHandler: (error: unknown) => reject(new Error(String(error))),
    }).then(resolve, reject);
  });
}

/** Reads a picture of a page in English; called by the pool of threads. */
export default async function ocrPage(task: OcrTask & { readonly named: string }): Promise<ThreadAnswer> {
  const begun: ThreadMessage = { kind: 'begun', thread: threadId };
  task.port.postMessage(begun);
  try {
    reader ??= open(task);
    const { data } = await (await reader).recognize(Buffer.from(task.bytes), {}, { text: true });
    if (data.text.trim() === '') {
      return { kind: 'failed', reason: 'not-found', message: `${task.named} has no text that can be read.` };
    }
    return { kind: 'json', text: JSON.stringify({ text: data.text.trim(), confidence: Math.round(data.confidence) }) };
  } catch (error) {
    reader = undefined;
    const why = brief(describeError(error).replace(/\s+/g, ' '), 150);
    return {
      kind: 'failed',
      reason: 'bad-request',
      message: `${task.named} cannot be read (${why}): check the picture.`,
    };
  } finally {
    task.port.close();
  }
}
