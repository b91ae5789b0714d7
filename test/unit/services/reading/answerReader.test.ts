import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openAiFormat } from '../../../../src/services/openai/openAiFormat.ts';
import { type Answer, AnswerReader, type ReadChoice } from '../../../../src/services/reading/answerReader.ts';
import { chunk, event } from '../../../support/server/habits.ts';

const done = event('[DONE]');

interface Read {
  readonly answer: Answer;
  readonly reader: AnswerReader;
}

function read(
  body: string | Uint8Array | readonly (string | Uint8Array)[],
  { count = 1, maxBytes = 1_000_000, isWhole = true } = {},
): Read {
  const reader = new AnswerReader(openAiFormat, { count, maxBytes });
  const pieces = typeof body === 'string' || body instanceof Uint8Array ? [body] : body;
  for (const piece of pieces) reader.push(typeof piece === 'string' ? Buffer.from(piece) : piece);
  return { answer: reader.end(isWhole), reader };
}

function choicesOf({ answer }: Read): readonly ReadChoice[] {
  assert.equal(answer.kind, 'ended', JSON.stringify(answer));
  return answer.choices;
}

function textOf(...body: readonly (string | readonly string[])[]): string {
  return choicesOf(read(body.flat()))[0]!.text;
}

describe('answer reader', () => {
  const whole = 'Rain falls.';
  const ends: Readonly<Record<string, readonly string[]>> = {
    'a finish_reason': [chunk({ content: whole }, 'stop')],
    'a finish_reason on its own': [chunk({ content: whole }), chunk({}, 'end_turn')],
    '[DONE] without a reason': [chunk({ content: whole }), done],
    '[DONE] without a blank line': [chunk({ content: whole }), 'data: [DONE]'],
    'content as parts': [chunk({ content: [{ type: 'text', text: 'Rain ' }, 'falls.', { type: 'image_url' }] }), done],
    'content as one part': [chunk({ content: { type: 'output_text', text: { value: whole } } }), done],
    'chunks without anything': [
      event({ choices: [{ delta: { content: 'Rain ' } }] }),
      event({}),
      event({ choices: [{}] }),
      event({ choices: [null] }),
      event({ choices: null, usage: null, error: null }),
      event({ choices: [{ index: null, delta: { content: 'falls.', tool_calls: null }, finish_reason: null }] }),
      event({ choices: [{ delta: null, finish_reason: 'stop' }] }),
    ],
    'an index as a string': [event({ choices: [{ index: '0', delta: { content: whole } }] }), done],
    'a message in place of a delta': [event({ choices: [{ message: { content: whole }, finish_reason: 'stop' }] })],
    'a message that repeats the text': [
      chunk({ content: 'Rain ' }),
      chunk({ content: 'falls.' }),
      event({ choices: [{ index: 0, message: { content: whole }, finish_reason: 'stop' }] }),
    ],
    'text beside no delta': [event({ choices: [{ text: whole, finish_reason: 'stop' }] })],
    'one choice that is no list': [event({ choices: { delta: { content: whole }, finish_reason: 'stop' } })],
    'a whole answer': [JSON.stringify({ choices: [{ message: { content: whole } }] })],
    'a whole answer in pieces, after blanks': [
      '  \n',
      '{"choices":[{"mess',
      'age":{"content":"Rain falls."}}]}',
      ' \n',
    ],
    'a list of chunks': [JSON.stringify([{ choices: [{ delta: { content: whole }, finish_reason: 'stop' }] }])],
    'chunks as lines': [
      '{"choices":[{"delta":{"content":"Rain "}}]}\n',
      '{"choices":[{"delta":{"content":"falls."},"finish_reason":"stop"}]}\n',
    ],
    'events that no blank line parts': [
      'data: {"choices":[{"delta":{"content":"Rain "}}]}\ndata: {"choices":[{"delta":{"content":"falls."}}]}\n',
      'data: [DONE]\n\n',
    ],
    'NaN in JSON': [`data: {"choices":[{"delta":{"content":"${whole}"},"logprob":-Infinity,"p":NaN}]}\n\n`, done],
    'a byte order mark, CRLF, comments and lines of data': [
      '\uFEFF: hi\r\n\r\nevent: x\r\nid: 1\r\nretry: 5\r\ndata: {"choices":[{"delta":\r\ndata:{"content":"Rain falls."}}]}\r',
      '\n\r\n: ping\r\r',
      'data: [DONE]\r\r',
    ],
  };
  for (const [what, body] of Object.entries(ends)) {
    it(`takes a text with ${what} as whole, whatever its pieces are`, () => {
      assert.equal(textOf(...body), whole);
      const bytes = Buffer.from(body.join(''));
      assert.equal(choicesOf(read([...bytes].map((byte) => Uint8Array.of(byte))))[0]!.text, whole);
    });
  }

  const cuts: Readonly<Record<string, readonly string[]>> = {
    'an empty reason': [chunk({ content: 'Half' }, ''), chunk({ content: ' a' }, '')],
    'no end': [chunk({ content: 'Half' })],
    'a last event that breaks off': [chunk({ content: 'Half' }), 'data: {"choices":[{"delta":{"content":" a text."}'],
    'the word null as a reason': [chunk({ content: 'Half' }, 'null')],
    'nothing at all': [],
    'only comments': [': ping\n\n', ': ping\n\n'],
    'lines of JSON that end early': ['{"choices":[{"delta":{"content":"Half"}}]}\n{"choi'],
  };
  for (const [what, body] of Object.entries(cuts)) {
    it(`never takes a text with ${what} for whole`, () => {
      assert.notEqual(read(body).answer.kind, 'ended');
    });
  }

  it('never leaves out what it cannot read', () => {
    for (const body of [
      [chunk({ content: 'Rain ' }), 'data: {"choices":[{\n\n', chunk({ content: 'falls.' }, 'stop')],
      ['{"choices":[{"delta":{"content":"Rain "}}]}\n{"cho\n{"choices":[{"delta":{},"finish_reason":"stop"}]}\n'],
      ['Service temporarily in maintenance.\n'],
      ['{"choices":[{"message":'],
      ['{"answer":"Rain falls."}'],
      [event({ choices: [{ index: 1e8, delta: { content: 'x' }, finish_reason: 'stop' }] })],
    ]) {
      assert.equal(read(body).answer.kind, 'unreadable', body.join(''));
    }
  });

  it('wants an end for every text of several, when the body broke off', () => {
    const first = event({ choices: [{ index: 0, delta: { content: 'One.' }, finish_reason: 'stop' }] });
    const second = event({ choices: [{ index: 1, delta: { content: 'Tw' } }] });
    assert.equal(read([first, second], { count: 2 }).answer.kind, 'cut');
    assert.equal(read([first], { count: 2, isWhole: false }).answer.kind, 'cut');
    const texts = choicesOf(read([first], { count: 2 })).map(({ text }) => text);
    assert.deepEqual(texts, ['One.', '']);
  });

  it('takes an error wherever it stands for one', () => {
    for (const body of [
      [chunk({ content: 'Half' }), event({ error: { code: 429 } })],
      [event({ error: 'overloaded' })],
      [event({ error: [{ message: 'x' }] })],
      [event({ choices: [], error: 503 })],
      [event({ choices: [{ delta: {}, finish_reason: 'error', error: { code: 502, message: 'x' } }] })],
      ['event: error\ndata: overloaded\n\n'],
      ['event: error\ndata: {"message":"x"}\n\n'],
      [event({ detail: 'not now' })],
      [event({ object: 'error', message: 'x', code: 40303 })],
      [event([{ error: { message: 'x' } }])],
      ['{"detail":[{"msg":"field required"}]}'],
      ['[{"error":{"code":429}}]'],
      ['{"type":"error","error":{"type":"overloaded_error"}}'],
    ]) {
      assert.equal(read(body).answer.kind, 'error', body.join(''));
    }
    assert.equal(textOf(chunk({ content: 'Rain.' }, 'stop', { error: null }), event({ error: {} })), 'Rain.');
  });

  it('takes nothing of a text back for an error after its end, and keeps that', () => {
    const ended = chunk({ content: whole }, 'stop');
    for (const [after, error] of [
      [event({ error: { code: 500 } }), { error: { code: 500 }, choices: undefined, usage: undefined }],
      ['event: error\ndata: overloaded\n\n', 'overloaded'],
      ['event: error\ndata: {"message":"x"}\n\n', { message: 'x' }],
    ] as const) {
      const { answer, reader } = read([ended, after]);
      assert.equal(choicesOf({ answer, reader })[0]?.text, whole);
      assert.deepEqual(reader.lateError, error);
      assert.ok(reader.isOver, 'nothing more is waited for');
      assert.equal(read([chunk({}, 'stop'), after]).answer.kind, 'error', 'there is no text');
      assert.equal(
        read([chunk({ content: whole }, 'error'), after]).answer.kind,
        'error',
        'its end is that of an error',
      );
      assert.equal(read([ended, after], { count: 2 }).answer.kind, 'error', 'one of two has ended');
    }
    assert.equal(
      read([chunk({ content: whole }, 'stop', { error: 'x' })]).answer.kind,
      'error',
      'at once with its end',
    );
  });

  it("reads the lines of Ollama's own API", () => {
    const line = (content: string, end: object): string =>
      `${JSON.stringify({ model: 'llama', message: { role: 'assistant', content }, ...end })}\n`;
    const last = line('', { done: true, done_reason: 'stop', prompt_eval_count: 7, eval_count: 3 });
    const lines = [line('Rain ', { done: false }), line('falls.', { done: false })];
    const { answer, reader } = read([...lines, last]);
    assert.deepEqual(choicesOf({ answer, reader })[0], { text: whole, reasoning: '', refusal: '', finish: 'stop' });
    assert.deepEqual([reader.model, reader.usage], ['llama', { input: 7, output: 3 }]);
    assert.equal(textOf(line(whole, { done: true })), whole, 'all at once');
    assert.equal(textOf('{"response":"Rain ","done":false}\n{"response":"falls.","done":true}\n'), whole);
    assert.equal(choicesOf(read([lines.join(''), last.replace('stop', 'length')]))[0]?.finish, 'length');
    for (const cut of [lines, [lines[0]!], [lines[0]!, last.slice(0, 20)]])
      for (const isWhole of [true, false]) assert.equal(read(cut, { isWhole }).answer.kind, 'cut', cut.join(''));
    assert.equal(read([...lines, '{"error":"out of memory"}\n']).answer.kind, 'error');
  });

  it('knows a web page', () => {
    for (const page of ['<!DOCTYPE html><html>', '\n <html lang="en">', '<HTML><body>']) {
      assert.equal(read(page).answer.kind, 'page');
    }
  });

  describe('thinking', () => {
    const kept: Readonly<Record<string, readonly string[]>> = {
      'in reasoning_content': [chunk({ reasoning_content: 'Hm, rain.', content: '' }), chunk({ content: whole })],
      'in reasoning': [chunk({ reasoning: 'Hm, rain.' }), chunk({ content: whole })],
      'in both': [chunk({ reasoning: 'Hm, rain.', reasoning_content: 'Hm, rain.' }), chunk({ content: whole })],
      'in details': [
        chunk({ reasoning_details: [{ type: 'reasoning.text', text: 'Hm, rain.' }] }),
        chunk({ content: whole }),
      ],
      'in parts': [
        chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm, rain.' }] }] }),
        chunk({ content: [{ type: 'text', text: whole }] }),
      ],
      'in tags': [
        chunk({ content: ' <thi' }),
        chunk({ content: 'nk>\nHm, ra' }),
        chunk({ content: 'in.\n</think>\n\nRain falls.' }),
      ],
      'before a tag that only ends': [chunk({ content: 'Hm, rain.\n</think>\n\nRain falls.' })],
    };
    for (const [where, body] of Object.entries(kept)) {
      it(`${where} is kept apart`, () => {
        const [choice] = choicesOf(read([...body, done]));
        assert.deepEqual([choice!.text, choice!.reasoning], [whole, 'Hm, rain.']);
      });
    }

    it('that does not end is all there is; a tag in the middle is text', () => {
      assert.deepEqual(choicesOf(read([chunk({ content: '<think>Hm' }, 'length')]))[0], {
        text: '',
        reasoning: 'Hm',
        refusal: '',
        finish: 'length',
      });
      for (const text of ['Write <think>x</think> first.', 'a </think> b', 'A\n<think>\nb\n</think>\nC']) {
        assert.equal(textOf(chunk({ content: text }), done), text);
      }
    });
  });

  describe('usage', () => {
    const asked: readonly (readonly [unknown, unknown])[] = [
      [{ prompt_tokens: 3 }, { input: 3 }],
      [
        { input_tokens: 3, output_tokens: 4 },
        { input: 3, output: 4 },
      ],
      [
        { prompt_tokens: 3, total_tokens: 10 },
        { input: 3, output: 7 },
      ],
      [{ prompt_tokens: '3', completion_tokens: -1, total_tokens: null }, {}],
      [{ prompt_tokens: 1e300, completion_tokens: 1e10 }, {}],
      [{ prompt_tokens: [3], completion_tokens: { n: 4 } }, {}],
      ['many', {}],
      [
        {
          prompt_tokens: 3,
          completion_tokens: 9,
          prompt_tokens_details: { cached_tokens: 2 },
          completion_tokens_details: { reasoning_tokens: 5 },
        },
        { input: 3, output: 9, cached: 2, reasoning: 5 },
      ],
      [
        { prompt_cache_hit_tokens: 2, reasoning_tokens: 1 },
        { cached: 2, reasoning: 1 },
      ],
    ];
    for (const [given, expected] of asked) {
      it(`of ${JSON.stringify(given)} is ${JSON.stringify(expected)}`, () => {
        assert.deepEqual(read([event({ choices: [], usage: given })]).reader.usage, expected);
      });
    }

    it('said several times counts once, as it was said last', () => {
      const { reader } = read([
        chunk({ content: 'a' }, null, { usage: { prompt_tokens: 3, completion_tokens: 1 } }),
        chunk({ content: 'b' }, 'stop', { usage: { prompt_tokens: 3, completion_tokens: 2 } }),
        event({ x_groq: { usage: { completion_tokens: 2 } } }),
      ]);
      assert.deepEqual(reader.usage, { input: 3, output: 2 });
    });
  });

  it('reads no more than it may', () => {
    const piece = Buffer.from(chunk({ content: 'x'.repeat(100) }));
    const reader = new AnswerReader(openAiFormat, { count: 1, maxBytes: 1000 });
    let pushed = 0;
    while (!reader.isOver && pushed < 100) {
      reader.push(piece);
      pushed++;
    }
    assert.deepEqual([pushed, reader.end().kind], [11, 'too-long']);
    for (const body of ['data: ' + 'x'.repeat(2000), 'data:\n'.repeat(2000), '{"a":"' + 'x'.repeat(2000)]) {
      assert.equal(read(body, { maxBytes: 1000 }).answer.kind, 'too-long', body.slice(0, 10));
    }
  });

  it('takes time in proportion to the answer, however small its pieces are', () => {
    const started = performance.now();
    const text = 'x'.repeat(400_000);
    assert.equal(textOf((event({ choices: [{ delta: { content: text } }] }) + done).match(/[^]{1,3}/g)!), text);
    assert.equal(textOf(Array<string>(50_000).fill(chunk({ content: 'ab' })), done).length, 100_000);
    assert.ok(performance.now() - started < 3000);
  });

  it('never writes half a character', () => {
    assert.equal(textOf(chunk({ content: '\uD83D' }), chunk({ content: '\uDE00' }), done), '😀');
    assert.equal(textOf(event('{"choices":[{"delta":{"content":"a\\ud83d"}}]}'), done), 'a\uFFFD');
    const bytes = Buffer.from(chunk({ content: 'Zürich' }));
    bytes[bytes.indexOf(0xc3)] = 0xff;
    assert.match(choicesOf(read([bytes, done]))[0]!.text, /^Z\uFFFD+rich$/);
  });

  describe('whatever comes', () => {
    /** Keys that the reader looks for, with values that it does not expect. */
    const name = fc.constantFrom(
      ...['choices', 'delta', 'message', 'content', 'text', 'type', 'index', 'finish_reason', 'usage', 'prompt_tokens'],
      ...[
        'completion_tokens',
        'error',
        'code',
        'status',
        'detail',
        'reasoning',
        'model',
        'x_groq',
        '__proto__',
        'refusal',
      ],
    );
    const leaf = fc.oneof(
      fc.constantFrom(
        null,
        true,
        '',
        'stop',
        'length',
        'text',
        '<think>',
        '[DONE]',
        0,
        1,
        -1,
        1e8,
        1e300,
        Number.MIN_VALUE,
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
    const jsonEvent = value.map((each) => `data: ${JSON.stringify(each)}\n\n`);
    const wellFormedEvent = fc
      .record({ content: leaf, finish: leaf, usage: value })
      .map(({ content, finish, usage }) => chunk({ content }, finish, { usage }));
    const anyEvent = fc.oneof(
      jsonEvent,
      wellFormedEvent,
      fc.constantFrom(
        done,
        ': ping\n\n',
        'event: error\n',
        'data:',
        '\r',
        '\uFEFF',
        '{"choices":[',
        '<html>',
        '[',
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

    function inPieces(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
      const ends = [...new Set([...at.filter((end) => end < bytes.length), bytes.length])].sort((a, b) => a - b);
      return ends.map((end, place) => bytes.subarray(ends[place - 1] ?? 0, end));
    }

    it('it neither throws nor gives a figure that is no number, and pieces change nothing', () => {
      fc.assert(
        fc.property(body, cuts, fc.integer({ min: 1, max: 3 }), fc.boolean(), (bytes, at, count, isWhole) => {
          const { answer, reader } = read(inPieces(bytes, at), { count, isWhole, maxBytes: 500 });
          for (const figure of Object.values(reader.usage) as number[]) {
            assert.ok(Number.isSafeInteger(figure) && figure >= 0 && figure <= 1e9);
          }
          if (answer.kind === 'ended') {
            assert.equal(answer.choices.length, count);
            for (const { text, reasoning } of answer.choices) {
              assert.ok(typeof text === 'string' && typeof reasoning === 'string');
              assert.ok(!/\p{Surrogate}/u.test(text + reasoning));
            }
          }
          const again = read(bytes, { count, isWhole, maxBytes: 500 }).answer;
          // Where the pieces end decides at most how early the reader stops.
          if (answer.kind !== 'too-long' && again.kind !== 'too-long') assert.deepEqual(answer, again);
        }),
        { numRuns: 5000 },
      );
    });

    it('it keeps a byte order mark in the middle when the first piece ends within a character', () => {
      const bytes = Buffer.from('\u0080\uFEFFdata: ""\n\n');
      assert.deepEqual(read(inPieces(bytes, [1])).answer, read(bytes).answer);
    });

    it('half of a text is never whole', () => {
      const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), {
        minLength: 1,
        maxLength: 6,
      });
      fc.assert(
        fc.property(
          words,
          fc.constantFrom('stop', 'length', 'odd'),
          fc.double({ min: 0, max: 1, noNaN: true }),
          (all, reason, share) => {
            const events = [...all.map((content) => chunk({ content })), chunk({}, reason), done].join('');
            const bytes = Buffer.from(events);
            const end = Math.floor(share * bytes.length);
            const { answer } = read(bytes.subarray(0, end));
            // Only what carries the reason, to its last brace, is an end.
            const reasonEnds = Buffer.byteLength(events) - Buffer.byteLength(`\n\n${done}`);
            if (end >= reasonEnds) assert.equal(answer.kind, 'ended');
            else if (end > 'data:'.length) assert.equal(answer.kind, 'cut');
            else assert.notEqual(answer.kind, 'ended');
            if (answer.kind === 'ended' && !/^\s*<think>|^[ \t]*<\/think>/m.test(all.join(''))) {
              assert.equal(answer.choices[0]!.text, all.join(''));
            }
          },
        ),
        { numRuns: 1000 },
      );
    });
  });
});
