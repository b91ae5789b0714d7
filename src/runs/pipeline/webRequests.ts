import { Readable } from 'node:stream';
import Bottleneck from 'bottleneck';
import { contentHash } from '../../base/hash.ts';
import { catalogueHost, demoCatalogue, isForCatalogue } from '../../services/demo/catalogue.ts';
import { lookupOfSystem, type Lookup } from '../../stages/http/hostCheck.ts';
import type { JournalClient } from '../../storage/journal/journalClient.ts';
import type { AskedBefore, HttpTools, KeptAnswer } from '../../stages/http/httpTools.ts';
import { unknownHostLimits } from '../../stages/http/politeness.ts';
import { isNearName, literalAddress, isPrivateAddress } from '../../stages/http/privateAddresses.ts';
import { nodeTransport, type Transport } from '../../stages/http/transport.ts';
import { HostHealth } from './hostHealth.ts';
import type { StageFiles } from './stageFiles.ts';

/** Answers that are kept for the next time, and characters of one. */
const mostKept = 500;
const longestKept = 200_000;

/** Between two requests to a host that nobody has set limits for, ms. */
const intervalMs = 60_000 / unknownHostLimits.requestsPerMinute;

/** Whether a host is this computer or the demo's: nobody needs politeness there. */
export function isOwnHost(hostname: string): boolean {
  if (hostname === catalogueHost || isNearName(hostname)) return true;
  const literal = literalAddress(hostname);
  return literal !== undefined && isPrivateAddress(literal);
}

/** The demo's catalogue answers without a network; its address is nobody's. */
const transport: Transport = (request) => {
  if (!isForCatalogue(request.url.href)) return nodeTransport(request);
  const { status, headers, body } = demoCatalogue({ method: request.method, url: request.url.href });
  return Promise.resolve({ status, headers: new Headers(headers), body: Readable.from([Buffer.from(body)]) });
};

const lookup: Lookup = (hostname) =>
  hostname === catalogueHost ? Promise.resolve([{ address: '1.1.1.1', family: 4 }]) : lookupOfSystem(hostname);

/** Where what was fetched is kept for later runs. */
export type FetchedStore = Pick<JournalClient, 'fetched' | 'keepFetched'>;

function keyOf(service: string, { url, headers }: AskedBefore): string {
  const sorted = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1));
  return contentHash(JSON.stringify([service, url, sorted]));
}

/** What all requests of one pipeline share: files, what was fetched before, and manners towards hosts that data names. */
export class WebRequests {
  readonly #files: StageFiles;
  readonly #isProxied: boolean;
  /** What this process has fetched. */
  readonly #kept = new Map<string, KeptAnswer>();
  /** What others have, before. */
  #store: FetchedStore | undefined;
  readonly #hosts = new Map<string, Bottleneck>();
  /** What is known of hosts that the data names. */
  readonly health = new HostHealth();

  constructor(files: StageFiles, isProxied: boolean) {
    this.#files = files;
    this.#isProxied = isProxied;
  }

  /** From here on, what is fetched is kept for later runs too. */
  keepIn(store: FetchedStore): void {
    this.#store = store;
  }

  /** @param service who answers, without anything secret: the same address may say something else to somebody else */
  toolsFor(service: string): HttpTools {
    return {
      transport,
      lookup,
      isProxied: this.#isProxied,
      seen: (request) => this.#seen(keyOf(service, request)),
      keep: (request, answer) => {
        this.#keep(keyOf(service, request), answer);
        return Promise.resolve();
      },
      receiveFile: (path, pieces) => this.#files.receive(path, pieces),
    };
  }

  /** Between two requests to a host, ms. */
  intervalOf(hostname: string): number {
    return isOwnHost(hostname) ? 0 : intervalMs;
  }

  /**
   * Waits until a host that nobody has set limits for may be asked.
   *
   * @param calledOff what comes of it when its turn has not come by then
   */
  async politely<Value>(
    hostname: string,
    signal: AbortSignal,
    action: () => Promise<Value>,
    calledOff: Value,
  ): Promise<Value> {
    if (isOwnHost(hostname)) return action();
    const { promise, resolve } = Promise.withResolvers<Value>();
    let isLeft = signal.aborted;
    const leave = (): void => {
      isLeft = true;
      resolve(calledOff);
    };
    if (isLeft) return calledOff;
    signal.addEventListener('abort', leave, { once: true });
    const turn = this.#host(hostname).schedule(() => {
      signal.removeEventListener('abort', leave);
      return isLeft ? Promise.resolve(calledOff) : action();
    });
    return Promise.race([turn, promise]);
  }

  #host(hostname: string): Bottleneck {
    const { maxConcurrent } = unknownHostLimits;
    const limits = { minTime: intervalMs, ...(maxConcurrent === 'auto' ? {} : { maxConcurrent }) };
    const host = this.#hosts.get(hostname) ?? new Bottleneck(limits);
    this.#hosts.set(hostname, host);
    return host;
  }

  async #seen(key: string): Promise<KeptAnswer | undefined> {
    const known = this.#kept.get(key);
    if (known || !this.#store) return known;
    const stored = await this.#store.fetched(key);
    return stored.ok ? stored.value : undefined;
  }

  /** What a journal cannot keep costs one request more, and no run. */
  #keep(key: string, answer: KeptAnswer): void {
    if (answer.body.length > longestKept) return;
    void this.#store?.keepFetched(key, answer);
    this.#kept.delete(key);
    this.#kept.set(key, answer);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
  }
}
