import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '../../../src/base/jsonObject.ts';
import type { ChatMessage } from '../../../src/model/message.ts';
import { catalogueHost, demoCatalogue } from '../../../src/services/demo/catalogue.ts';
import { DemoService } from '../../../src/services/demo/demo.ts';
import { chunk, event } from '../server/habits.ts';

interface ChatBody {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly response_format?: { readonly json_schema?: { readonly schema?: JsonObject } };
}

/** Of its latency, what passes before an answer begins, as with services that stream. */
const firstShare = 0.2;

/** What the templates of pipelines need of the world, over HTTP: the demo's answers and its catalogue, slowed and counted. */
export class DemoServer {
  /** Of the service: `…/v1`. */
  readonly baseUrl: string;
  /** In place of the catalogue's own address. */
  readonly catalogue: string;
  /** Calls of the service and requests of the catalogue, from the first on. */
  calls = 0;
  requests = 0;
  /** Of both, under way. */
  concurrent = 0;
  mostConcurrent = 0;
  readonly #close: () => Promise<void>;

  private constructor(origin: string, close: () => Promise<void>) {
    this.baseUrl = `${origin}/v1`;
    this.catalogue = `${origin}/catalogue`;
    this.#close = close;
  }

  /** @param latencyMs of each answer */
  static async start(latencyMs: number): Promise<DemoServer> {
    const server = createServer((request, response) => void demo.#answer(request, response, latencyMs));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const demo = new DemoServer(origin, async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    });
    return demo;
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** A template's file that asks this server in place of the built-in catalogue. */
  rewired(pipeline: string): string {
    return pipeline
      .replaceAll(`https://${catalogueHost}`, this.catalogue)
      .replace(/^( *)http:$/gm, (line, indent: string) => `${line}\n${indent}  allowPrivate: true`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse, latencyMs: number): Promise<void> {
    response.on('error', () => undefined);
    this.concurrent++;
    this.mostConcurrent = Math.max(this.mostConcurrent, this.concurrent);
    response.once('close', () => this.concurrent--);
    const url = request.url ?? '';
    const isCatalogue = url.startsWith('/catalogue');
    if (isCatalogue) this.requests++;
    else this.calls++;
    const body = await bodyOf(request);
    if (!isCatalogue) return this.#generated(JSON.parse(body) as ChatBody, response, latencyMs);
    await delay(latencyMs);
    if (!response.destroyed) this.#catalogued(url.slice('/catalogue'.length), response);
  }

  #catalogued(path: string, response: ServerResponse): void {
    const { status, headers, body } = demoCatalogue({ method: 'GET', url: `https://${catalogueHost}${path}` });
    const isText = (headers['content-type'] ?? '').includes('json');
    const bytes = isText
      ? Buffer.from(Buffer.from(body).toString().replaceAll(`https://${catalogueHost}`, this.catalogue))
      : Buffer.from(body);
    const { 'content-length': _length, ...others } = headers;
    response.writeHead(status, others).end(bytes);
  }

  async #generated(
    { model, messages, response_format: format }: ChatBody,
    response: ServerResponse,
    latencyMs: number,
  ): Promise<void> {
    const schema = format?.json_schema?.schema;
    const outcome = await new DemoService('demo', 0).generate(
      { model, messages, parameters: {}, index: 1, siblings: 1, ...(schema ? { schema } : {}) },
      { signal: new AbortController().signal, onProgress: () => undefined },
    );
    if (outcome.kind === 'failed') return void response.writeHead(500).end();
    const { text } = outcome.result;
    const isGone = (): boolean => response.destroyed;
    await delay(latencyMs * firstShare);
    if (isGone()) return;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk({ content: text.slice(0, 1) }));
    await delay(latencyMs * (1 - firstShare));
    if (isGone()) return;
    const usage = event({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 } });
    response.end(chunk({ content: text.slice(1) }, 'stop') + usage + event('[DONE]'));
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of request) body += String(piece);
  return body;
}
