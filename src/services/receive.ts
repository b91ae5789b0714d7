import type { AnswerReader } from './reading/answerReader.ts';
import type { Watchdog } from './timeouts.ts';

/** Reads a body until nothing in it can count any more, or the watchdog ends the call. */
export async function receive(
  body: ReadableStream<Uint8Array>,
  answer: AnswerReader,
  watchdog: Watchdog,
): Promise<void> {
  const reader = body.getReader();
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  watchdog.signal.addEventListener('abort', cancel, { once: true });
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    answer.push(read.value);
    if (answer.isOver) break;
    if (answer.isFinished) watchdog.textEnded();
  }
  watchdog.signal.removeEventListener('abort', cancel);
  if (answer.isOver) void drain(reader);
}

const drainMs = 1000;

/** Reads what a service still sends after the end, so that its connection can be used again. */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const late = setTimeout(() => void reader.cancel().catch(() => undefined), drainMs).unref();
  try {
    let size = 0;
    for (let read = await reader.read(); !read.done && size < 64 * 1024; read = await reader.read()) {
      size += read.value.length;
    }
    await reader.cancel();
  } catch {
    // The text is there; what happens to the connection does not matter.
  } finally {
    clearTimeout(late);
  }
}
