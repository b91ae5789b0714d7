import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { RawAnswer } from './habits.ts';

/** One call of Anthropic's messages, as it arrived. */
export interface MessagesCall {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  /** 1 for the first call of the server. */
  readonly number: number;
}

export interface MessagesServer {
  /** `http://127.0.0.1:<port>` */
  readonly baseUrl: string;
  readonly calls: readonly MessagesCall[];
  /** What answers from now on. */
  answer: (call: MessagesCall) => RawAnswer;
  close(): Promise<void>;
}

/** An event as Anthropic writes it: its type stands twice. */
export function sent(type: string, fields: Readonly<Record<string, unknown>> = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

export function messageStart(usage: unknown = { input_tokens: 9, output_tokens: 1 }): string {
  const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [], model: 'claude-answers' };
  return sent('message_start', { message: { ...message, stop_reason: null, usage } });
}

export function blockStart(index: number, block: unknown): string {
  return sent('content_block_start', { index, content_block: block });
}

export function added(delta: unknown, index = 0): string {
  return sent('content_block_delta', { index, delta });
}

export function textDelta(text: unknown, index = 0): string {
  return added({ type: 'text_delta', text }, index);
}

export function thinkingDelta(thinking: unknown): string {
  return added({ type: 'thinking_delta', thinking });
}

export function messageDelta(reason: unknown, usage: unknown = { output_tokens: 12 }): string {
  return sent('message_delta', { delta: { stop_reason: reason, stop_sequence: null }, usage });
}

export const messageStop = sent('message_stop');
export const ping = sent('ping');

/** A whole stream that says these pieces. */
export function saying(...pieces: readonly string[]): readonly string[] {
  return [
    messageStart(),
    blockStart(0, { type: 'text', text: '' }),
    ping,
    ...pieces.map((piece) => textDelta(piece)),
    sent('content_block_stop', { index: 0 }),
    messageDelta('end_turn'),
    messageStop,
  ];
}

/** An error as it stands in the body of an answer. */
export function refusal(status: number, type: string, message: string, headers = {}): RawAnswer {
  const body = JSON.stringify({ type: 'error', error: { details: null, type, message }, request_id: 'req_1' });
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: [body] };
}

/** A server on 127.0.0.1 that speaks Anthropic's messages, and says what it is told to. */
export async function startMessagesServer(): Promise<MessagesServer> {
  const calls: MessagesCall[] = [];
  const server = createServer({ keepAliveTimeout: 300_000 }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>;
      const call = { url: request.url ?? '', headers: request.headers, body, number: calls.length + 1 };
      calls.push(call);
      const {
        status = 200,
        headers = { 'content-type': 'text/event-stream' },
        body: pieces = [],
        gapMs = 0,
        end,
      } = started.answer(call);
      response.writeHead(status, headers);
      response.flushHeaders();
      void (async () => {
        for (const piece of pieces) {
          if (gapMs > 0) await delay(gapMs);
          await new Promise((resolve) => response.write(piece, resolve));
        }
        if (end === 'hang') return;
        if (end === 'reset') response.destroy();
        else response.end();
      })();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const started: MessagesServer = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    answer: () => ({ body: saying('Rain ', 'falls.') }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return started;
}
