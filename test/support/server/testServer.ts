import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Completions } from './completions.ts';
import { type ApiError, errorBody, tooLarge, unknownUrl } from './errors.ts';
import { Exchange } from './exchange.ts';
import { Ledger } from './ledger.ts';
import { checkOptions, defaultOptions, type ServerOptions } from './options.ts';

export interface TestServer {
  /** `http://127.0.0.1:<port>/v1` */
  readonly baseUrl: string;
  readonly ledger: Ledger;
  /** Changes options for the calls that arrive from now on; throws on an option that does not exist. */
  configure(changes: Partial<ServerOptions>): void;
  /** Lets so many more calls through; those after them wait, in flight, until they are released. */
  hold(after?: number): void;
  release(): void;
  /** Destroys every connection. */
  close(): Promise<void>;
}

export interface StartOptions extends Partial<ServerOptions> {
  /** 0 (default) takes a free port. */
  readonly port?: number;
}

const maxBodyBytes = 32 * 1024 * 1024;

/**
 * An OpenAI-compatible server on 127.0.0.1. Beside /v1 it answers GET /ledger (`?records` adds them), DELETE /ledger
 * (resets) and POST /configure (the options as JSON) for tests in another process.
 */
export async function startTestServer({ port = 0, ...options }: StartOptions = {}): Promise<TestServer> {
  const completions = new Completions({ ...defaultOptions, ...checkOptions(options) });
  const ledger = new Ledger();
  const gate = new Gate();
  let closing = false;
  // A connection that the server closes while a client reuses it would look like a fault: keep idle ones for long.
  const server = createServer({ keepAliveTimeout: 300_000, requestTimeout: 0 }, (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '';
    if (request.method === 'POST' && path === '/v1/chat/completions') {
      const exchange = new Exchange(request, response, ledger, () => closing);
      readBody(
        request,
        (body) => gate.pass(() => completions.handle(exchange, request.headers.authorization, body)),
        () => completions.refuse(exchange, tooLarge),
      );
    } else {
      answerOther(`${request.method ?? ''} ${path}`, request, response, completions, ledger);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', backlog: 1024 }, resolve);
  });
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    ledger,
    configure: (changes) => completions.configure(checkOptions(changes)),
    hold: (after = 0) => gate.hold(after),
    release: () => gate.release(),
    close: () => {
      closing = true;
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** Holds calls back until a test has seen what it wanted to see. */
class Gate {
  readonly #held: (() => void)[] = [];
  #free = Number.POSITIVE_INFINITY;

  hold(after: number): void {
    this.#free = after;
  }

  release(): void {
    this.#free = Number.POSITIVE_INFINITY;
    for (const action of this.#held.splice(0)) {
      action();
    }
  }

  pass(action: () => void): void {
    if (this.#free > 0) {
      this.#free--;
      action();
    } else {
      this.#held.push(action);
    }
  }
}

function answerOther(
  route: string,
  request: IncomingMessage,
  response: ServerResponse,
  completions: Completions,
  ledger: Ledger,
): void {
  switch (route) {
    case 'GET /v1/models': {
      const error = completions.checkKey(request.headers.authorization);
      if (error !== null) {
        sendError(response, error, completions.headers());
        return;
      }
      const data = completions.options.models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'test' }));
      sendJson(response, 200, JSON.stringify({ object: 'list', data }), completions.headers());
      return;
    }
    case 'GET /ledger': {
      const records = request.url?.endsWith('?records') === true ? { records: ledger.records } : {};
      sendJson(response, 200, JSON.stringify({ ...ledger.summary(), process: processUse(), ...records }));
      return;
    }
    case 'DELETE /ledger':
      ledger.reset();
      sendJson(response, 200, '{}');
      return;
    case 'POST /configure':
      readBody(
        request,
        (body) => {
          try {
            completions.configure(checkOptions(JSON.parse(body)));
            sendJson(response, 200, '{}');
          } catch (error) {
            sendJson(response, 400, JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
          }
        },
        () => sendError(response, tooLarge),
      );
      return;
    default:
      sendError(response, unknownUrl, completions.headers());
  }
}

/** What the server's process has used: CPU milliseconds since its start, memory in bytes. */
function processUse(): { cpuMs: number; rssBytes: number } {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() };
}

/** Calls neither when the client goes away first. */
function readBody(request: IncomingMessage, whenRead: (body: string) => void, whenTooLarge: () => void): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  request.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes <= maxBodyBytes) {
      parts.push(part);
    }
  });
  request.on('end', () => {
    if (bytes > maxBodyBytes) {
      whenTooLarge();
    } else {
      whenRead(parts.length === 1 ? parts[0]!.toString() : Buffer.concat(parts).toString());
    }
  });
}

function sendError(response: ServerResponse, error: ApiError, headers: Record<string, string> = {}): void {
  sendJson(response, error.status, errorBody(error), headers);
}

function sendJson(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body);
}
