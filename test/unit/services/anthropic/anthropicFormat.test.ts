import assert from 'node:assert/strict';
import fc from 'fast-check';
import { anthropicFormat } from '../../../../src/services/anthropic/anthropicFormat.ts';
import { type Answer, AnswerReader } from '../../../../src/services/reading/answerReader.ts';
import {
  blockStart,
  messageDelta,
  messageStart,
  messageStop,
  ping,
  saying,
  sent,
  textDelta,
  thinkingDelta,
} from '../../../support/server/messages.ts';

interface Read {
  readonly answer: Answer;
  readonly reader: AnswerReader;
}

function read(pieces: readonly Uint8Array[], { isWhole = true, maxBytes = 1_000_000 } = {}): Read {
  const reader = new AnswerReader(anthropicFormat(), { count: 1, maxBytes });
  for (const piece of pieces) reader.push(piece);
  return { answer: reader.end(isWhole), reader };
}

function inPieces(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const ends = [...new Set([...at.filter((end) => end < bytes.length), bytes.length])].sort((a, b) => a - b);
  return ends.map((end, place) => bytes.subarray(ends[place - 1] ?? 0, end));
}

describe('anthropic format', () => {
  it('is read byte by byte as in one piece', () => {
    const bytes = Buffer.from(saying('Zürich, ', 'rain 😀.').join(''));
    const { answer } = read([...bytes].map((byte) => Uint8Array.of(byte)));
    assert.deepEqual(answer, read([bytes]).answer);
    assert.equal(answer.kind === 'ended' && answer.choices[0]!.text, 'Zürich, rain 😀.');
  });

  for (const [what, events, usage] of [
    ['said twice', [messageStart({ input_tokens: 3 }), messageDelta('end_turn', { input_tokens: 3 })], { input: 3 }],
    [
      'corrected at the end',
      [
        messageStart({ input_tokens: 0, output_tokens: 1 }),
        messageDelta('end_turn', { input_tokens: 40, output_tokens: 5 }),
      ],
      { input: 40, output: 5 },
    ],
    [
      'in parts that come apart',
      [
        messageStart({ input_tokens: 3, cache_creation_input_tokens: 10 }),
        messageDelta('end_turn', { cache_read_input_tokens: 20 }),
      ],
      { input: 33, cached: 20 },
    ],
    ['beyond any call', [messageStart({ input_tokens: 9e8, cache_read_input_tokens: 9e8 })], { cached: 9e8 }],
    ['absent', [messageStart(null), messageDelta('end_turn', 'many')], {}],
  ] as const) {
    it(`has a usage that is ${what}`, () => {
      assert.deepEqual(read([Buffer.from(events.join(''))]).reader.usage, usage);
    });
  }

  describe('whatever comes', () => {
    const name = fc.constantFrom(
      ...['type', 'message', 'content', 'text', 'delta', 'content_block', 'thinking', 'stop_reason', 'usage', 'index'],
      ...['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens', 'model', 'error'],
      ...['output_tokens_details', 'thinking_tokens', 'code', 'status', 'detail', '__proto__'],
    );
    const leaf = fc.oneof(
      fc.constantFrom<unknown>(
        ...[
          'message',
          'message_start',
          'message_delta',
          'message_stop',
          'content_block_delta',
          'error',
          'text',
          'ping',
        ],
        ...['text_delta', 'thinking', 'end_turn', 'max_tokens', 'refusal', '', null, true, 0, 1, -1, 1e300],
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.double(),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(name, tie('value'), { maxKeys: 5 }),
      ),
    }));
    const anyEvent = fc.oneof(
      value.map((each) => `data: ${JSON.stringify(each)}\n\n`),
      value.map((usage) => messageStart(usage)),
      fc.tuple(leaf, value).map(([reason, usage]) => messageDelta(reason, usage)),
      value.map((block) => blockStart(0, block)),
      leaf.map((text) => textDelta(text)),
      leaf.map((thinking) => thinkingDelta(thinking)),
      value.map((error) => sent('error', { error })),
      fc.constantFrom(
        messageStop,
        ping,
        'event: error\n',
        'data:',
        '\r',
        '\uFEFF',
        '{"type":"message",',
        '<html>',
        '\n\n',
      ),
      fc.string({ unit: 'binary', maxLength: 30 }),
    );
    const body = fc.oneof(
      { weight: 4, arbitrary: fc.array(anyEvent, { maxLength: 8 }).map((events) => Buffer.from(events.join(''))) },
      { weight: 1, arbitrary: value.map((each) => Buffer.from(JSON.stringify(each))) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    );
    const cuts = fc.array(fc.nat(400), { maxLength: 12 });

    it('it neither throws nor gives a figure that is no number, and pieces change nothing', () => {
      fc.assert(
        fc.property(body, cuts, fc.boolean(), (bytes, at, isWhole) => {
          const { answer, reader } = read(inPieces(bytes, at), { isWhole, maxBytes: 500 });
          for (const figure of Object.values(reader.usage) as number[]) {
            assert.ok(Number.isSafeInteger(figure) && figure >= 0 && figure <= 1e9);
          }
          if (answer.kind === 'ended') {
            const [{ text, reasoning } = assert.fail()] = answer.choices;
            assert.ok(typeof text === 'string' && typeof reasoning === 'string');
            assert.ok(!/\p{Surrogate}/u.test(text + reasoning));
          }
          const again = read([bytes], { isWhole, maxBytes: 500 }).answer;
          // Where the pieces end decides at most how early the reader stops.
          if (answer.kind !== 'too-long' && again.kind !== 'too-long') assert.deepEqual(answer, again);
        }),
        { numRuns: 5000 },
      );
    });

    it('half of a text is never whole', () => {
      const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), {
        minLength: 1,
        maxLength: 6,
      });
      fc.assert(
        fc.property(words, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (all, share, isWhole) => {
          const events = [messageStart(), ...all.map((text) => textDelta(text)), messageDelta('end_turn'), messageStop];
          const bytes = Buffer.from(events.join(''));
          const end = Math.floor(share * bytes.length);
          const { answer } = read([bytes.subarray(0, end)], { isWhole });
          // Only what carries the reason, to its last brace, is an end.
          const reasonEnds = bytes.length - Buffer.byteLength(`\n\n${messageStop}`);
          assert.equal(answer.kind === 'ended', end >= reasonEnds);
          if (answer.kind === 'ended' && !/^\s*<think>|^[ \t]*<\/think>/m.test(all.join(''))) {
            assert.equal(answer.choices[0]!.text, all.join(''));
          }
        }),
        { numRuns: 1000 },
      );
    });
  });
});
