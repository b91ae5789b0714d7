import assert from 'node:assert/strict';
import { Validator } from '@cfworker/json-schema';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { pipelineKeys, type KeyTable } from '../../../../src/flow/pipelineFile/keys.ts';
import { readPipelineText } from '../../../../src/flow/pipelineFile/parsePipeline.ts';
import { pipelineSchema } from '../../../../src/flow/pipelineFile/pipelineSchema.ts';
import { literature, path, told } from './support.ts';

/** What somebody may write where something else is wanted. */
const anyValue = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      null,
      true,
      false,
      0,
      1,
      -1,
      1.5,
      1e300,
      '',
      ' ',
      'a',
      'a.b',
      '{{ a }}',
      '{{',
      '}}',
      '../x',
      '/x',
      'x.csv',
      '20 MB',
    ],
    ...[
      '2m',
      'GET',
      'all',
      'keep',
      'text',
      'https://a.test/',
      '__proto__',
      'ocr',
      './a.mjs',
      'a.prompt.md',
      'a b',
      [],
      {},
    ],
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.array(fc.oneof(fc.string({ maxLength: 5 }), fc.integer(), fc.constant(null)), { maxLength: 3 }),
  fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(fc.string({ maxLength: 5 }), fc.integer()), { maxKeys: 3 }),
);

/** A block of these keys, most of them as their examples have them. */
function blockOf(table: KeyTable, most: number): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const entries = Object.entries(table).map(([name, { example, inner }]) => {
    const values = [fc.constant((parse(example) as Record<string, unknown>)[name]), anyValue];
    const block = inner && blockOf(inner.table, 4);
    if (inner?.kind === 'block' && block) values.push(block);
    if (inner?.kind === 'list' && block) values.push(fc.array(block, { maxLength: 3 }));
    return fc.tuple(fc.constant(name), fc.oneof(...values));
  });
  const unknown = fc.tuple(fc.string({ maxLength: 8 }), anyValue);
  return fc
    .array(fc.oneof({ arbitrary: fc.oneof(...entries), weight: 12 }, { arbitrary: unknown, weight: 1 }), {
      maxLength: most,
    })
    .map((pairs) => Object.fromEntries(pairs));
}

/** A file that has a chance to be right. */
const file = fc
  .tuple(blockOf(pipelineKeys, 5), fc.uniqueArray(fc.stringMatching(/^[a-z]{3,5}$/), { minLength: 1, maxLength: 3 }))
  .map(([block, names]) => ({ stages: names.map((name) => ({ name, module: 'ocr' })), ...block }));

function sound(text: string): boolean {
  const { file: read, problems, hints } = readPipelineText(path, text);
  assert.equal(read === undefined, problems.length > 0);
  const lines = text.split(/\r\n?|\n/);
  for (const problem of [...problems, ...hints]) {
    told(problem);
    const { line = 0, column = 0, endColumn } = problem;
    assert.ok(line >= 1 && line <= lines.length, `line ${line}`);
    // A byte order mark is in no column.
    assert.ok(column >= 1 && column <= (lines[line - 1]?.length ?? 0) + 1, `column ${column}`);
    if (endColumn !== undefined) assert.ok(endColumn > column && endColumn <= (lines[line - 1]?.length ?? 0) + 1);
  }
  return read !== undefined;
}

describe('foreign texts as pipeline files', () => {
  it('of these keys are read, or told with a line and a column', () => {
    let read = 0;
    fc.assert(
      fc.property(file, fc.boolean(), (value, isFlow) => {
        const text = stringify(value, isFlow ? { collectionStyle: 'flow' } : {});
        if (sound(text)) read += 1;
      }),
      { numRuns: 400 },
    );
    assert.ok(read > 5, `${read} are right`);
  });

  it('that are read are accepted by the JSON Schema too', () => {
    const validator = new Validator(pipelineSchema(), '7');
    fc.assert(
      fc.property(file, (value) => {
        const text = stringify(value);
        if (!readPipelineText(path, text).file) return;
        const { valid, errors } = validator.validate(parse(text));
        assert.ok(valid, JSON.stringify(errors));
      }),
      { numRuns: 200 },
    );
  });

  it('of any kind never throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void sound(text)));
    const piece = fc.constantFrom(
      ...[
        'stages:\n',
        '  - name: a\n',
        '    http:\n',
        '      url: "x"\n',
        '    each: [',
        '{{',
        '}}',
        ']',
        '}',
        '\t',
        '\n',
        ': ',
        '- ',
      ],
      ...[
        '&a ',
        '*a',
        '<<: ',
        '!!binary ',
        '---\n',
        '...\n',
        '# x\n',
        '|\n',
        '>-\n',
        '"',
        "'",
        '\u2028',
        '\ufeff',
        '\r',
        '%YAML 1.1\n',
        '? ',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => void sound(pieces.join(''))),
      { numRuns: 200 },
    );
  });

  it('cut anywhere are read or told', () => {
    for (let end = 0; end < literature.length; end += 3) sound(literature.slice(0, end));
  });

  for (const [what, text] of Object.entries({
    'keys that nobody knows': `stages: [{ name: a, module: ocr }]\n${Array.from({ length: 10_000 }, (_, at) => `workerz${at}: 1\n`).join('')}`,
    'stages that are none': `stages: [${'1, '.repeat(49_000)}]`,
    'braces in braces': `source: { files: '${'{a,'.repeat(300)}' }`,
    'outputs that are not closed': `stages: [{ name: a, module: ocr, output: '${'{{'.repeat(450)}' }]`,
    'long names': `stages: [{ name: ${'a'.repeat(200_000)}, module: ${'b '.repeat(100_000)} }]`,
    dots: `stages: [{ name: a, module: ocr, each: '${'a.'.repeat(200_000)}' }]`,
    'spaces in a duration': `stages: [{ name: a, module: ocr, timeout: '1${' '.repeat(400_000)}x' }]`,
    'quotes on a broken line': `a: ${'"'.repeat(100_001)}{{`,
    'an address of many signs': `stages: [{ name: a, http: { url: 'https://${'a'.repeat(400_000)}' } }]`,
    'references of references': `a: &a [${'1,'.repeat(9)}]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: &d [${'*c,'.repeat(9)}]\ne: &e [${'*d,'.repeat(9)}]\nf: &f [${'*e,'.repeat(9)}]\ng: [${'*f,'.repeat(9)}]`,
  })) {
    it(`end soon with ${what}`, () => {
      sound(text);
    }).timeout(20_000);
  }
});
