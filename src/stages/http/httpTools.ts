import type { Outcome } from '../../base/outcome.ts';
import type { Failure } from '../../model/attempt.ts';
import type { RequestAdditions } from './exchange.ts';
import type { Lookup } from './hostCheck.ts';
import type { Transport } from './transport.ts';

/** What was fetched before. */
export interface KeptAnswer {
  readonly etag?: string;
  readonly lastModified?: string;
  /** As the header had it. */
  readonly type: string;
  readonly body: string;
}

/** What tells a request from others that may have other answers. */
export interface AskedBefore {
  readonly url: string;
  /** Of the stage, in small letters. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A file that an answer becomes. */
export interface FetchedFile {
  /** As the record names it. */
  readonly file: string;
  readonly bytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** What an HTTP stage needs of others. */
export interface HttpTools {
  /**
   * What the person's settings add for the stage's service.
   *
   * @returns undefined for every origin but that of the service, which alone may be private
   */
  readonly additions?: (origin: string) => RequestAdditions | undefined;
  /** Asked before each request; a failure: it must not be made. */
  readonly admit?: () => Promise<Failure | undefined>;
  /** What the same request was answered with before. It holds nothing of the person's settings. */
  readonly seen?: (request: AskedBefore) => Promise<KeptAnswer | undefined>;
  readonly keep?: (request: AskedBefore, answer: KeptAnswer) => Promise<void>;
  /**
   * Takes in a body for a file, through the gate for paths; nothing is left of one that breaks off. The file gets its name
   * once the result is kept.
   *
   * @param path relative to the pipeline's folder: every value is one name in it
   * @param bytes throws when the body breaks off
   * @returns one sentence when it cannot be written
   */
  readonly receiveFile?: (path: string, bytes: AsyncIterable<Uint8Array>) => Promise<Outcome<FetchedFile, string>>;
  /** Whether requests go through a proxy, which looks up names itself; the editor's own proxies need no telling. */
  readonly isProxied?: boolean;
  readonly lookup?: Lookup;
  readonly transport?: Transport;
  /** Without an answer, and between two pieces of one, ms. */
  readonly idleMs?: number;
  /** Epoch ms. */
  readonly now?: () => number;
}
