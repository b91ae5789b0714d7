import { mergeManifest, readManifest } from '../../../src/candidates/manifest.ts';
import { visible, visibleJson } from '../../../src/base/visible.ts';
import { parseRetryAfter } from '../../../src/services/durations.ts';
import { readErrorText, waitAsked } from '../../../src/services/errorBody.ts';
import { refusalOf } from '../../../src/services/httpFailures.ts';
import { openAiFormat } from '../../../src/services/openai/openAiFormat.ts';
import { AnswerReader } from '../../../src/services/reading/answerReader.ts';
import { builtInServices } from '../../../src/services/kinds.ts';
import { parseRateLimitHeaders } from '../../../src/services/rateLimitHeaders.ts';
import { readServices } from '../../../src/services/serviceConfiguration.ts';
import { manifestEntry } from '../../support/manifestEntry.ts';
import { chunk, event } from '../../support/server/habits.ts';

const megabyte = 1024 * 1024;
const maxBytes = 16 * megabyte;
/** What a network gives at once. */
const packet = 64 * 1024;

/** What an answer comes to when it arrives in pieces of so many bytes. */
function answer(text: string, size = packet): string {
  const bytes = Buffer.from(text);
  const reader = new AnswerReader(openAiFormat, { count: 1, maxBytes });
  for (let at = 0; at < bytes.length && !reader.isOver; at += size) reader.push(bytes.subarray(at, at + size));
  return reader.end().kind;
}

/** What comes of an answer that begins so and goes on byte by byte. */
function drops(start: string, bytes: number): string {
  const reader = new AnswerReader(openAiFormat, { count: 1, maxBytes });
  reader.push(Buffer.from(start));
  const drop = Buffer.from('x');
  for (let at = 0; at < bytes; at++) reader.push(drop);
  return reader.end().kind;
}

function refusal(body: string): string {
  const address = 'http://127.0.0.1:9/v1';
  const subject = { service: 's', model: 'm', baseUrl: address, address, credential: undefined };
  return refusalOf(readErrorText(body, 0), 400, subject).reason;
}

function headers(...named: readonly (readonly [string, string])[]): string {
  const given = new Headers(named.map(([name, value]) => [name, value]));
  return typeof [parseRetryAfter(given, 0), parseRateLimitHeaders(given, 0), waitAsked(given, undefined, 0)];
}

function nested(open: string, close: string, depth: number, inner = ''): string {
  return open.repeat(depth) + inner + close.repeat(depth);
}

function numbered(count: number, make: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => make(at)).join('');
}

interface ForeignData {
  readonly read: () => string;
  readonly comesTo: string;
}

/**
 * Data of others, so much of it that whatever reads it in time that grows with its square takes minutes, and whatever
 * keeps it piece by piece does not fit into memory.
 */
export const foreignData: Readonly<Record<string, ForeignData>> = {
  'messages that are whole, again and again': {
    read: () =>
      answer(numbered(100_000, (at) => event({ choices: [{ message: { content: `${at} ${'x'.repeat(100)}` } }] }))),
    comesTo: 'cut',
  },
  'strings that never end beside a NaN': {
    read: () => answer(`data: NaN${'\\"'.repeat(megabyte)}\n\n`),
    comesTo: 'unreadable',
  },
  'a document of them': { read: () => answer(`{NaN${'\\"'.repeat(megabyte)}\\`), comesTo: 'unreadable' },
  'numbers that JSON does not have': {
    read: () => answer(`[${'NaN,-Infinity,'.repeat(100_000)}0]`),
    comesTo: 'unreadable',
  },
  'a line that drips': { read: () => drops('data: ', 5 * megabyte), comesTo: 'cut' },
  'a document that drips': { read: () => drops('{"a":"', 5 * megabyte), comesTo: 'unreadable' },
  'a line of 16 MB': { read: () => answer(`data: ${'x'.repeat(maxBytes - 6)}`), comesTo: 'cut' },
  'lists in lists': { read: () => answer(nested('[', ']', megabyte)), comesTo: 'unreadable' },
  'completions in completions': { read: () => answer(event(nested('{"choices":', '}', 100_000, '1'))), comesTo: 'cut' },
  'errors in errors': { read: () => answer(event(nested('{"error":', '}', 100_000, '1'))), comesTo: 'error' },
  'content in content': {
    read: () => answer(event(`{"choices":[{"delta":{"content":${nested('[', ']', 100_000)}}}]}`)),
    comesTo: 'cut',
  },
  'choices that nobody asked for': {
    read: () => answer(event({ choices: Array(100_000).fill({ index: 5, delta: { content: 'x' } }) })),
    comesTo: 'unreadable',
  },
  thoughts: { read: () => answer(chunk({ content: '<think></think>'.repeat(500_000) }, 'stop')), comesTo: 'ended' },
  'thoughts that may end': {
    read: () => answer(chunk({ content: '\t</think>x\n'.repeat(500_000) }, 'stop')),
    comesTo: 'ended',
  },
  'lines of an event': { read: () => answer('data: 1\n'.repeat(500_000)), comesTo: 'cut' },
  'lines that are no events': { read: () => answer(`x${'abc\n'.repeat(megabyte)}`), comesTo: 'unreadable' },
  'lines of JSON': { read: () => answer('{"a":1}\n'.repeat(200_000)), comesTo: 'cut' },
  'a reason without an end': {
    read: () => answer(chunk({ content: 'x' }, 'e'.repeat(4 * megabyte))),
    comesTo: 'ended',
  },
  'an error that is nested': { read: () => refusal(nested('{"error":', '}', 100_000, '"no"')), comesTo: 'bad-request' },
  'an error of many': {
    read: () => refusal(`[${'{"message":"try again in 3"},'.repeat(20_000)}0]`),
    comesTo: 'bad-request',
  },
  'headers of garbage': {
    read: () =>
      headers(
        ['retry-after', `${'1'.repeat(megabyte)}x`],
        ['retry-after-ms', `1${'.1'.repeat(megabyte)}`],
        ['date', '('.repeat(megabyte)],
        ['x-rate-limit-limit', '5'],
        ['x-rate-limit-interval', `${'1s'.repeat(megabyte)}x`],
        ['x-ratelimit-limit-requests', ','.repeat(megabyte)],
        ['x-ratelimit-reset-requests', '1 '.repeat(megabyte)],
      ),
    comesTo: 'object',
  },
  'a manifest of many': {
    read: () => {
      const entries = Array.from({ length: 20_000 }, (_, at) => manifestEntry(`${at}.md`));
      const first = mergeManifest(undefined, entries);
      const second = mergeManifest(first.isReadable ? first.text : '', [manifestEntry('a.md')]);
      return String(readManifest(second.isReadable ? second.text : '').length);
    },
    comesTo: '20001',
  },
  'a manifest that is nested': {
    read: () => {
      const text = `{"version":1,"candidates":[],"more":[${Array(50)
        .fill(nested('[', ']', 5000))
        .join()}]}`;
      return String(mergeManifest(text, [manifestEntry('a.md')]).isReadable);
    },
    comesTo: 'false',
  },
  'settings of services': {
    read: () => String(readServices(Array(50_000).fill({ name: 'a/b', kind: 'openai' })).services.length),
    comesTo: String(builtInServices.length),
  },
  'controls and marks': {
    read: () =>
      String(visible('\u202e\u001b'.repeat(megabyte)).length + visibleJson('"\u202e"'.repeat(megabyte)).length),
    comesTo: String(9 * megabyte + 8 * megabyte),
  },
};
