import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkSchema } from '../../../../src/candidates/structured/checkSchema.ts';
import { structuredText } from '../../../../src/candidates/structured/structuredText.ts';
import { askedTexts, verbalizedMessages, verbalizedSchema } from '../../../../src/services/verbalized/instruction.ts';
import { splitResponses, splitStructured } from '../../../../src/services/verbalized/splitResponses.ts';

const texts = (answer: string, count = 3, isCut = false): readonly string[] =>
  splitResponses(answer, count, isCut).map(({ text }) => text);

describe('an answer with several responses', () => {
  const same = ['One.', 'Two\nlines.', 'Three.'];
  const forms: Readonly<Record<string, string>> = {
    tags: same
      .map((text) => `<response>\n<text>${text}</text>\n<probability>0.2</probability>\n</response>`)
      .join('\n'),
    'tags in a list': `Here:\n<responses>${same.map((text) => `<response><probability>0.1</probability><text>\n${text}\n</text></response>`).join('')}</responses>`,
    'tags with attributes and no text tag': same.map((text, at) => `<RESPONSE id="${at}">${text}</RESPONSE>`).join(''),
    'tags that are never closed': `<responses>${same.map((text) => `<response><text>${text}`).join('\n')}</responses>`,
    thinking: `<think><response>no</response></think>${same.map((text) => `<response>${text}</response>`).join('')}`,
    'JSON objects': JSON.stringify({ responses: same.map((text) => ({ text, probability: 0.1 })) }),
    'a JSON list in a fence': `Sure!\n\`\`\`json\n${JSON.stringify(same, null, 2)}\n\`\`\`\n`,
    'a numbered list': same.map((text, at) => `${at + 1}. ${text}`).join('\n'),
    'numbered headings': `Of course.\n\n${same.map((text, at) => `### Response ${at + 1}:\n${text}`).join('\n\n')}`,
    'bold numbers': same.map((text, at) => `**${at + 1}.** ${text}`).join('\n\n'),
  };
  for (const [form, answer] of Object.entries(forms)) {
    it(`is split: ${form}`, () => assert.deepEqual(texts(answer), same));
  }

  it('tells how likely each is, where that is a share', () => {
    const block = (said: string): string =>
      `<response><text>${said}</text><probability>${said}</probability></response>`;
    assert.deepEqual(
      splitResponses(['0.25', '7%', '.5', '3', 'high'].map(block).join(''), 5).map(({ probability }) => probability),
      [0.25, 0.07, 0.5, undefined, undefined],
    );
  });

  it('has what tags hold as it is, HTML too', () => {
    const html = '<p class="a">1. One</p>\n<text-block>{"a": [1]}</text-block>';
    assert.deepEqual(texts(`<response><text>${html}</text></response>`), [html]);
  });

  it('is one response in any other form, with its own numbers and JSON', () => {
    for (const whole of [
      'Just a text.',
      '1. One\n2. Two\n3. Three\n4. Four',
      '{"a": [1, 2]}',
      'See [1] and [2].',
      '[1, 2',
    ]) {
      assert.deepEqual(texts(whole), [whole]);
    }
  });

  it('has none twice, none empty and none half', () => {
    assert.deepEqual(texts('<response>A</response><response> A </response><response></response>'), ['A']);
    assert.deepEqual(texts('<response>A</response><response><text>B is', 2, true), ['A']);
    assert.deepEqual(texts('<response>A is', 2, true), []);
    assert.deepEqual(texts('A is', 2, true), []);
    assert.deepEqual(texts('  '), []);
  });

  it('comes out as it went in, whatever it holds', () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc
            .string({ unit: 'binary' })
            .map((text) => text.replaceAll('<', '(').trim())
            .filter(Boolean),
        ),
        (given) => {
          const answer = given.map((text) => `<response><text>${text}</text><probability>0.1</probability></response>`);
          fc.pre(given.length > 0);
          assert.deepEqual(texts(answer.join('\n'), given.length), given);
        },
      ),
    ));

  it('is split in time, whatever it is', () => {
    for (const piece of [
      '<response',
      '<response>',
      '<text>',
      '<probability>',
      '[',
      '{"a":',
      '1. ',
      '#',
      '**1',
      '</text',
    ]) {
      assert.ok(splitResponses(piece.repeat(100_000), 5).length <= 100_000);
    }
    fc.assert(fc.property(fc.string(), fc.boolean(), (answer, isCut) => void splitResponses(answer, 3, isCut)));
  });
});

describe('messages that ask for several responses', () => {
  it('are those of the prompt with an instruction, which is found again', () => {
    const messages = [
      { role: 'system', content: 'S' },
      { role: 'user', content: 'Write.\n\nNow.' },
    ] as const;
    const asked = verbalizedMessages(messages, 4, false);
    assert.match(asked[1]?.content ?? '', /^Write\.\n\nNow\.\n\nGenerate 4 different responses[^]*<probability>/);
    assert.deepEqual(askedTexts(asked), { count: 4, messages });
    assert.equal(askedTexts(messages), undefined);
    const open = [...messages, { role: 'assistant', content: 'Yes:' }] as const;
    assert.deepEqual(askedTexts(verbalizedMessages(open, 4, false)), { count: 4, messages: open });
  });
});

describe('JSON that is asked for several times', () => {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { name: { $ref: '#/$defs/name' }, parts: { type: 'array', items: { $ref: '#' } } },
    required: ['name'],
    $defs: { name: { type: 'string' } },
  };

  it('has a schema of its own, in which references lead where they did', async () => {
    const wrapped = verbalizedSchema(schema, 2);
    assert.deepEqual(checkSchema(wrapped), []);
    const answer = (name: unknown): string =>
      JSON.stringify({
        responses: ['A', 'B'].map((each) => ({
          response: { name: each, parts: [{ name, parts: [] }] },
          probability: 0.1,
        })),
      });
    assert.equal((await structuredText(answer('C'), wrapped)).kind, 'valid');
    assert.equal((await structuredText(answer(3), wrapped)).kind, 'invalid');
    assert.deepEqual(
      splitStructured(`\`\`\`json\n${answer('C')}\n\`\`\``).map(({ text }) => JSON.parse(text) as unknown),
      ['A', 'B'].map((name) => ({ name, parts: [{ name: 'C', parts: [] }] })),
    );
  });

  it('is taken without what is around it, each once; and none of what is no JSON', () => {
    assert.deepEqual(splitStructured('{"responses": [{"a": 1}, {"a": 1}, 2]}'), [{ text: '{"a":1}' }, { text: '2' }]);
    assert.deepEqual(splitStructured('{"responses": [{"respon'), []);
    assert.deepEqual(splitStructured('{"a": 1}'), []);
  });
});
