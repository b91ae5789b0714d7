import type { MessagePort } from 'node:worker_threads';
import type { FailureReason } from '../../model/attempt.ts';
import type { RecordData } from '../../flow/flow.ts';

/** What a thread is given for a module of the workspace. */
export interface ModuleTask {
  readonly port: MessagePort;
  /** `file://…?v=<hash>`: a module that has changed is another one. */
  readonly module: string;
  readonly record: RecordData;
  readonly with: Readonly<Record<string, unknown>>;
}

/** What a thread is given for a built-in that reads a file. */
export interface FileTask {
  readonly port: MessagePort;
  readonly bytes: Uint8Array;
}

export interface OcrTask extends FileTask {
  /** Script of tesseract.js's own thread; absent: the one of its package. */
  readonly engine?: string;
  /** Folder with the data of the language. */
  readonly data: string;
}

/** What a thread answers, always: nothing is thrown across. */
export type ThreadAnswer =
  | { readonly kind: 'text' | 'json'; readonly text: string }
  /** The message is one sentence, or for a module of the workspace the end of one. */
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly message: string };

/** From a thread, through the task's port. */
export type ThreadMessage =
  /** With the number of its thread. */
  | { readonly kind: 'begun'; readonly thread: number }
  | { readonly kind: 'read'; readonly id: number; readonly path: string };

/** To a thread, through the task's port. */
export type HostMessage =
  | { readonly kind: 'cancel' }
  | { readonly kind: 'file'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'no-file'; readonly id: number; readonly message: string };
