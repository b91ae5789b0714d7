import { AsyncLocalStorage } from 'node:async_hooks';
import { threadId } from 'node:worker_threads';
import { describeError } from '../../base/redact.ts';
import { brief } from '../../base/sentence.ts';
import type { HostMessage, ModuleTask, ThreadAnswer, ThreadMessage } from './moduleTask.ts';
import { mostCharacters, whyNotPlain } from './plainValue.ts';
import { silenceThread } from './silence.ts';

/** What a module exports by default. */
type UserModule = (record: unknown, tools: UserTools) => unknown;

interface UserTools {
  readonly with: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  /** Reads a file of the workspace. */
  readonly file: (path: string) => Promise<Uint8Array>;
}

interface RunningTask {
  readonly fail: (message: string) => void;
}

const running = new AsyncLocalStorage<RunningTask>();

/** What a module does behind its own back: it fails the item that it does it for, and none that comes after. */
function strayed(error: unknown): void {
  running.getStore()?.fail(`threw ${shown(error)}`);
}

function shown(error: unknown): string {
  const words = brief(wordsOf(error).replace(/\s+/g, ' '), 300);
  return `"${words.replace(/[.\s]+$/, '')}"`;
}

/** Whatever can be thrown. */
function wordsOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || error instanceof Error) return describeError(error);
  try {
    const { message } = error as { readonly message?: unknown };
    return describeError(typeof message === 'string' ? message : JSON.stringify(error));
  } catch {
    return 'something that cannot be shown';
  }
}

let isPrepared = false;

function prepareThread(): void {
  if (isPrepared) return;
  isPrepared = true;
  silenceThread();
  process.exit = (code) => {
    throw new Error(`process.exit(${code ?? ''})`);
  };
  process.on('uncaughtException', strayed);
  process.on('unhandledRejection', strayed);
}

/** Runs a module of the workspace on a record; called by the pool of threads. */
export default async function runModule(task: ModuleTask): Promise<ThreadAnswer> {
  prepareThread();
  const { port } = task;
  const abort = new AbortController();
  const files = new Map<number, { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }>();
  const post = (message: ThreadMessage): void => port.postMessage(message);
  port.on('message', (message: HostMessage) => {
    if (message.kind === 'cancel') return abort.abort();
    const waiting = files.get(message.id);
    files.delete(message.id);
    if (message.kind === 'file') waiting?.resolve(message.bytes);
    else waiting?.reject(new Error(message.message));
  });
  const tools: UserTools = {
    with: task.with,
    signal: abort.signal,
    file: (path) =>
      new Promise((resolve, reject) => {
        const id = files.size === 0 ? 0 : Math.max(...files.keys()) + 1;
        files.set(id, { resolve, reject });
        post({ kind: 'read', id, path: path });
      }),
  };
  post({ kind: 'begun', thread: threadId });
  try {
    return await new Promise<ThreadAnswer>((resolve) => {
      const fail = (message: string): void => resolve({ kind: 'failed', reason: 'program-failed', message });
      running.run({ fail }, () => {
        work(task, tools).then(resolve, (error: unknown) => fail(`threw ${shown(error)}`));
      });
    });
  } finally {
    port.close();
  }
}

async function work(task: ModuleTask, tools: UserTools): Promise<ThreadAnswer> {
  const { default: run } = (await import(task.module)) as { readonly default?: UserModule };
  if (typeof run !== 'function') {
    return { kind: 'failed', reason: 'bad-request', message: 'has no function as its default export' };
  }
  const value = await run(task.record, tools);
  const why = whyNotPlain(value);
  if (why !== undefined) return { kind: 'failed', reason: 'invalid-output', message: `returned ${why}` };
  const text = typeof value === 'string' ? value : (JSON.stringify(value) as string | undefined);
  if (text === undefined) {
    return { kind: 'failed', reason: 'invalid-output', message: 'returned nothing that JSON can hold' };
  }
  if (text.length > mostCharacters) {
    return { kind: 'failed', reason: 'too-long', message: `returned more than ${mostCharacters} characters` };
  }
  return { kind: typeof value === 'string' ? 'text' : 'json', text };
}
