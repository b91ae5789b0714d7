import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpRequestDefinition, HttpStage } from '../../../src/flow/pipeline.ts';
import type { Lookup } from '../../../src/stages/http/hostCheck.ts';
import { nodeTransport, type Transport } from '../../../src/stages/http/transport.ts';
import { common } from './task.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A server on this computer for each test; what it answers is set by the test. */
export function useHttpServer() {
  let server: http.Server;
  const empty: Handler = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  const state = { handler: empty, requests: [] as IncomingMessage[] };
  beforeEach(async () => {
    state.requests = [];
    state.handler = empty;
    server = http.createServer((request, response) => {
      state.requests.push(request);
      let body = '';
      request.on('data', (bytes: Buffer) => (body += bytes.toString()));
      request.on('end', () => state.handler(request, response, body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    answer(handler: Handler) {
      state.handler = handler;
    },
    get requests(): readonly IncomingMessage[] {
      return state.requests;
    },
    get port(): number {
      return (server.address() as AddressInfo).port;
    },
    /** An origin of the public network, which the transport below leads here. */
    origin(name = 'api.example'): string {
      return `http://${name}:${this.port}`;
    },
  };
}

/** A stage that asks such a server for `/x`. */
export function stageFor(
  server: { origin(): string },
  http: Partial<HttpRequestDefinition> = {},
  more: Partial<HttpStage> = {},
): HttpStage {
  const request = {
    method: 'GET',
    url: `${server.origin()}/x`,
    query: {},
    headers: {},
    allowPrivate: false,
  } as const;
  return { ...common, kind: 'http', http: { ...request, ...http }, ...more };
}

/** Every name is a public one. */
export const publicLookup: Lookup = () => Promise.resolve([{ address: '93.184.215.14', family: 4 }]);

/** Whatever was checked, this computer answers. */
export const nearTransport: Transport = (request) =>
  nodeTransport({ ...request, host: { kind: 'pinned', addresses: [{ address: '127.0.0.1', family: 4 }] } });
