import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { ClientMessages, type Refused } from '../../../../src/terminal/mcp/clientMessages.ts';

async function passed(chunks: readonly (Buffer | string)[]): Promise<{ lines: string; refused: Refused[] }> {
  const refused: Refused[] = [];
  const messages = new ClientMessages((each) => refused.push(each));
  const lines = await text(Readable.from(chunks.map((chunk) => Buffer.from(chunk))).pipe(messages));
  return { lines, refused };
}

const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

describe('messages of an agent', () => {
  it('are passed on as they are, however they come in pieces', async () => {
    const all = `${ping}\n\n{"jsonrpc":"2.0","method":"notifications/ä","params":{}}\n{"jsonrpc":"2.0","id":2,"result":{}}\n`;
    const bytes = Buffer.from(all);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 5 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
        assert.deepEqual(await passed(chunks), { lines: all.replace('\n\n', '\n'), refused: [] });
      }),
    );
  });

  it('that are none are answered, and those behind them are served', async () => {
    for (const [line, code, id] of [
      ['{not json', -32700, null],
      ['\xff\xfe', -32700, null],
      ['[]', -32600, null],
      ['null', -32600, null],
      ['"x"', -32600, null],
      ['{"jsonrpc":"1.0","id":7,"method":"ping"}', -32600, 7],
      ['{"jsonrpc":"2.0","id":"a"}', -32600, 'a'],
      ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600, null],
      ['{"jsonrpc":"2.0","id":8,"method":"tools/call","params":[1]}', -32600, 8],
      ['{"jsonrpc":"2.0","id":9,"method":5}', -32600, 9],
    ] as const) {
      const { lines, refused } = await passed([`${line}\n${ping}\n`]);
      assert.equal(lines, `${ping}\n`, line);
      assert.deepEqual([refused.length, refused[0]?.error.code, refused[0]?.id], [1, code, id], line);
      assert.match(refused[0]?.error.message ?? '', /^[^\n]+\.$/);
    }
  });

  it('that are too long are answered once and never held', async () => {
    const piece = Buffer.alloc(1024 * 1024, 'x');
    const { lines, refused } = await passed([...Array.from({ length: 40 }, () => piece), `\n${ping}\n`]);
    assert.equal(lines, `${ping}\n`);
    assert.deepEqual(
      refused.map(({ error }) => error.message),
      ['A message has more than 4 MB: send less.'],
    );
  });
});
