import assert from 'node:assert/strict';
import fc from 'fast-check';
import { countTokens, encodeChat } from 'gpt-tokenizer/model/gpt-4o';
import type { ChatMessage } from '../../../src/model/message.ts';
import { TokenCounter, Windows } from '../../../src/services/tokenCounter.ts';
import { tokenPieces } from '../../../src/services/tokenPieces.ts';

const script = new URL('../../../src/services/tokenWorker.ts', import.meta.url);
const asText = { disallowedSpecial: new Set<string>() };

const english = `The kettle sings when the water is ready, and nobody in the house has to watch it. She had bought it at a
market in Leeds, for less than the price of two coffees, and it has outlived three kitchens since. `;
const german = `Die Handwerkskammer veröffentlichte gestern ihre Einschätzung zur Auftragslage: Zahlreiche
Betriebsinhaberinnen rechnen mit Lieferschwierigkeiten, die Übergangsregelungen seien unverständlich. `;
const chinese =
  '这只水壶在水烧开时会发出悦耳的声音，家里的人不必一直守在旁边。她是在集市上买到它的，价格还不到两杯咖啡。';
const code = `export function sumOf(values: readonly number[], weight = 1): number {
  return values.reduce((sum, value) => sum + weight * value, 0); // TODO: check for NaN
}\n`;
const json = `{"sku":"KT-1042","price":{"amount":39.9,"currency":"EUR"},"tags":["kitchen","steel"],"stock":17,"id":"9f3c2a"}\n`;
const kinds = { english, german, chinese, code, json };

describe('the count of tokens', function () {
  this.timeout(30_000);
  let counter: TokenCounter;
  beforeEach(() => (counter = new TokenCounter(script)));
  afterEach(() => counter.dispose());

  const request = (...contents: readonly string[]): readonly ChatMessage[] =>
    contents.map((content, place) => ({ role: place === 0 ? 'system' : 'user', content }));
  const within = (found: number, truth: number, share: number, what: string): void =>
    assert.ok(Math.abs(found - truth) <= share * truth, `${what}: ${found} for ${truth}`);

  for (const [kind, text] of Object.entries(kinds)) {
    it(`of one request is what a service counts: ${kind}`, async () => {
      const messages = request('You write.', text.repeat(5));
      const counted = await counter.inputTokens([messages]);
      assert.equal(counted.basis, 'count');
      within(counted.of(messages), encodeChat(messages).length, 0.02, kind);
    });
  }

  it('of a thousand requests of very different lengths and languages is within 10 % of a count of all', async () => {
    const texts = Object.values(kinds);
    const requests = Array.from({ length: 1000 }, (_, row) =>
      request(
        english.repeat(3),
        (texts[row % texts.length] ?? '').repeat(1 + Math.floor(((row * 7919) % 23 ** 2) / 23)),
      ),
    );
    const counted = await counter.inputTokens(requests);
    assert.equal(counted.basis, 'sample');
    const ofContent = new Map<string, number>();
    const truth = (content: string): number => {
      const known = ofContent.get(content) ?? countTokens(content, asText);
      ofContent.set(content, known);
      return known;
    };
    const all = requests.flat().reduce((sum, { content }) => sum + truth(content) + 4, 3 * requests.length);
    const sum = requests.reduce((total, messages) => total + counted.of(messages), 0);
    within(sum, all, 0.1, 'all rows');
  });

  it('of each of several texts is told by itself, and is guessed where the tokenizer cannot be loaded', async () => {
    const texts = ['Hello world', '', 'Hello world. '.repeat(100)];
    const [first = 0, second, third = 0] = await counter.tokensOf(texts);
    assert.deepEqual([first, second], [2, 0]);
    assert.ok(third > 250 && third < 350, String(third));
    const none = new TokenCounter(new URL('none.ts', import.meta.url));
    assert.deepEqual(await none.tokensOf(['Hello world']), [3]);
  });

  it('of one huge text is within 10 %', async () => {
    const messages = request(`${german.repeat(3000)}${chinese.repeat(5000)}`);
    const counted = await counter.inputTokens([messages]);
    assert.equal(counted.basis, 'sample');
    const truth = 3000 * countTokens(german) + 5000 * countTokens(chinese);
    within(counted.of(messages), truth, 0.1, 'huge');
  });

  it('takes what stands for a special token as text, and long runs of anything', async () => {
    const runs = [' ', 'a', '=', '永', '👩‍👩‍👧', '\t'].map((each) => each.repeat(20_000));
    for (const content of ['<|endoftext|><|im_start|>', ...runs]) {
      const messages = request(content);
      const counted = (await counter.inputTokens([messages])).of(messages);
      assert.ok(counted > 7, content.slice(0, 20));
    }
  });

  it('is guessed where the tokenizer cannot be loaded', async () => {
    const broken = new TokenCounter(new URL('./nothing-here.ts', import.meta.url));
    const messages = request('You write.', english);
    const counted = await broken.inputTokens([messages]);
    assert.equal(counted.basis, 'guess');
    assert.ok(counted.of(messages) > 0);
    await broken.dispose();
  });

  it('is there again after it was disposed of', async () => {
    const messages = request(english);
    const first = (await counter.inputTokens([messages])).of(messages);
    await counter.dispose();
    assert.equal((await counter.inputTokens([messages])).of(messages), first);
  });
});

describe('the pieces of a text that is counted', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .array(fc.tuple(fc.constantFrom(' ', 'x', '\n', '永', '😀', '.'), fc.nat(1500)), { maxLength: 6 })
      .map((runs) => runs.map(([each, times]) => each.repeat(times)).join('')),
  );

  it('are the text, with no run longer than 401 and no character divided', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const pieces = tokenPieces(text);
        assert.equal(pieces.join(''), text);
        for (const piece of pieces) {
          assert.ok(!/ {402}|x{402}|\n{402}|\.{402}/.test(piece));
          if (text.isWellFormed()) assert.ok(piece.isWellFormed());
        }
      }),
    );
  });

  it('of a sample lie in the texts, and long texts have most of them', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000), { minLength: 1, maxLength: 50 }), (lengths) => {
        const texts = lengths.map((length, place) => String.fromCharCode(0x4e00 + place).repeat(length));
        const characters = lengths.reduce((sum, length) => sum + length, 0);
        fc.pre(characters > 0);
        const windows = new Windows(characters);
        for (const text of texts) windows.pass(text);
        const { found } = windows;
        assert.ok(Math.abs(found.length - 397) <= 1, String(found.length));
        for (const [place, length] of lengths.entries()) {
          const own = found.filter((each) => each.startsWith(String.fromCharCode(0x4e00 + place))).length;
          assert.ok(Math.abs(own - (397 * length) / characters) <= 1 + 1e-6, `${own} of ${length}`);
        }
      }),
    );
  });
});
