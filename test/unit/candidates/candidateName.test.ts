import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  candidateFolder,
  candidateNumberReader,
  candidatePath,
  candidateSeries,
  checkOutput,
  missingColumns,
  type CandidatePlace,
} from '../../../src/candidates/candidateName.ts';
import { emptyRow } from '../../../src/model/row.ts';
import { safeName } from '../../../src/candidates/safeName.ts';

const plain: CandidatePlace = { row: emptyRow, model: 'local/llama', severalModels: false };
const mug: CandidatePlace = {
  ...plain,
  row: { key: '7', label: 'Mug: red', values: { sku: 'M/7', size: 3, note: null } },
};

function assertSafe(name: string) {
  assert.ok(name.length >= 1 && name.length <= 100, name);
  assert.ok(Buffer.byteLength(name) <= 200, name);
  assert.equal(name, name.normalize('NFC'));
  assert.equal(Buffer.from(name).toString(), name, 'no half characters');
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(name, /[/\\:*?"<>|\x00-\x1f\x7f]/);
  assert.doesNotMatch(name, /^\s|[\s.]$/);
  assert.doesNotMatch(name, /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i);
}

const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '\\',
        ':',
        '..',
        '.',
        ' ',
        '\0',
        '\n',
        'con',
        'COM1',
        '.md',
        '-2',
        '01',
        'é',
        'e\u0301',
        '\u0301',
        '😀',
        '漢字',
        '\ud800',
        '\u202e',
        '~',
        '*',
      ),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('a'.repeat(90), '漢'.repeat(70), '.b'.repeat(60)),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(''));

function pathOf(prompt: Parameters<typeof candidateSeries>[0], place: CandidatePlace, number: number): string {
  return candidatePath(candidateSeries(prompt, place), number);
}

function candidateNumber(
  prompt: Parameters<typeof candidateSeries>[0],
  place: CandidatePlace,
  path: string,
): number | undefined {
  return candidateNumberReader(candidateSeries(prompt, place))(path);
}

describe('safe names', () => {
  it('keep what is safe and replace what is not', () => {
    assert.equal(safeName('Product page v1.2'), 'Product page v1.2');
    assert.equal(safeName('local/llama:8b'), 'local-llama-8b');
    assert.equal(safeName(' a?. '), 'a-');
    assert.equal(safeName('Cafe\u0301'), 'Café');
    assert.equal(safeName('con'), '_con');
    assert.equal(safeName('Lpt1.txt'), '_Lpt1.txt');
    assert.equal(safeName('..'), '_');
    assert.equal(safeName(''), '_');
  });

  it('keep long names apart that begin alike', () => {
    const long = 'x'.repeat(150);
    assert.notEqual(safeName(`${long}1`), safeName(`${long}2`));
    assert.match(safeName(long), /^x{91}-[0-9a-f]{8}$/);
  });

  it('are always safe, and stay as they are', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const name = safeName(text);
        assertSafe(name);
        assert.equal(safeName(name), name);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the path of a candidate', () => {
  const tagline = { name: 'tagline' };

  it('is by default a number in a folder named after the prompt', () => {
    assert.equal(pathOf(tagline, plain, 1), 'candidates/tagline/01.md');
    assert.equal(pathOf(tagline, plain, 99), 'candidates/tagline/99.md');
    assert.equal(pathOf(tagline, plain, 100), 'candidates/tagline/100.md');
    assert.equal(pathOf(tagline, { ...plain, severalModels: true }, 2), 'candidates/tagline/02.local-llama.md');
    assert.equal(pathOf(tagline, mug, 3), 'candidates/tagline/Mug- red/03.md');
  });

  it('follows a pattern', () => {
    const path = (output: string, number = 1) => pathOf({ name: 'tagline', output }, mug, number);
    assert.equal(path('out/${row.sku}/${promptName}-${index}.txt', 4), 'out/M-7/tagline-04.txt');
    assert.equal(path('./a\\b/./${model} ${row.size}${row.note}/${index}.md'), 'a/b/local-llama 3/01.md');
    assert.equal(path('${index}/page.md', 2), '02/page.md');
    assert.equal(path('${row.note}/${index}.md'), '_/01.md');
    assert.equal(path('${index}/${index}.md', 2), '02/02.md');
  });

  it('numbers a pattern without ${index} from the second candidate on', () => {
    const prompt = { name: 'tagline', output: 'out/${promptName}.md' };
    assert.deepEqual(
      [1, 2, 12].map((number) => pathOf(prompt, plain, number)),
      ['out/tagline.md', 'out/tagline-2.md', 'out/tagline-12.md'],
    );
    assert.deepEqual(
      ['out/tagline.md', 'out/tagline-12.md', 'out/tagline-1.md', 'out/tagline-2-2.md', 'tagline.md'].map((path) =>
        candidateNumber(prompt, plain, path),
      ),
      [1, 12, undefined, undefined, undefined],
    );
  });

  it('lets no data make hidden folders or leave the folder', () => {
    const at = (value: string) =>
      pathOf(
        { name: 'x', output: '${row.a}/${index}' },
        { ...plain, row: { key: '', label: '', values: { a: value } } },
        1,
      );
    assert.equal(at('.git'), '_.git/01');
    assert.equal(at('..'), '_/01');
    assert.equal(at('../../etc'), '_..-..-etc/01');
    assert.equal(at('/etc'), '-etc/01');
  });

  it('is found again among existing files', () => {
    const models = { ...plain, severalModels: true };
    assert.equal(candidateNumber(tagline, plain, 'candidates/tagline/07.md'), 7);
    assert.equal(candidateNumber(tagline, plain, 'candidates/tagline/7.MD'), 7);
    assert.equal(candidateNumber(tagline, models, 'candidates/tagline/07.local-llama.md'), 7);
    for (const other of ['07.md.bak', 'x07.md', '07.local-llama.md', '00.md', 'manifest.json', '07.md/08.md']) {
      assert.equal(candidateNumber(tagline, plain, `candidates/tagline/${other}`), undefined, other);
    }
    const folders = { name: 'tagline', output: 'out/${index}/page.md' };
    assert.equal(candidateFolder(candidateSeries(folders, plain)), 'out');
    assert.equal(candidateNumber(folders, plain, 'out/03'), 3);
    assert.equal(candidateNumber(folders, plain, 'out/03/other.md'), 3);
    assert.equal(candidateFolder(candidateSeries({ name: 'x', output: '${index}.md' }, plain)), '.');
    assert.equal(candidateNumber({ name: 'x', output: '${index}.md' }, plain, './04.md'), 4);
  });

  it('belongs to a series that says what shares its numbers', () => {
    assert.deepEqual(candidateSeries(tagline, plain), { series: 'candidates/tagline/*.md', firstNumbered: true });
    const shared = { name: 'tagline', output: 'out/${index}.md' };
    assert.deepEqual(candidateSeries(shared, plain), candidateSeries(shared, mug));
    const several = { ...plain, severalModels: true };
    assert.notDeepEqual(candidateSeries(tagline, several), candidateSeries(tagline, { ...several, model: 'b' }));
  });

  const pattern = fc
    .array(
      fc
        .array(
          fc.constantFrom(
            '${promptName}',
            '${model}',
            '${row}',
            '${row.a}',
            '${index}',
            'con',
            'a',
            '.',
            ' ',
            '-',
            '.md',
            '?',
            '(',
            '+',
            '\0',
          ),
          {
            minLength: 1,
            maxLength: 5,
          },
        )
        .map((pieces) => pieces.join('')),
      { minLength: 1, maxLength: 3 },
    )
    .map((names) => names.join('/'))
    .filter((text) => checkOutput(text).length === 0);

  const scene = fc.record({
    output: fc.option(pattern, { nil: undefined }),
    name: nasty,
    model: nasty,
    label: nasty,
    a: nasty,
    severalModels: fc.boolean(),
  });

  it('is always safe, below the folder, and the inverse of its number', () => {
    fc.assert(
      fc.property(
        scene,
        fc.integer({ min: 1, max: 100_000 }),
        ({ output, name, model, label, a, severalModels }, number) => {
          const prompt = output === undefined ? { name } : { name, output };
          const place = { row: { key: label, label, values: { a } }, model, severalModels };
          const path = pathOf(prompt, place, number);
          for (const segment of path.split('/')) assertSafe(segment);
          assert.equal(candidateNumber(prompt, place, path), number);
          const folder = candidateFolder(candidateSeries(prompt, place));
          assert.ok(folder === '.' || path.startsWith(`${folder}/`));
          assert.notEqual(pathOf(prompt, place, number + 1), path);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a pattern of paths', () => {
  it('is fine', () => {
    for (const pattern of [
      'a.md',
      './a/${index}.md',
      'candidates/${promptName}/${row.Product name}/${model}.${index}.md',
      '..a/b',
      'a\\b',
    ]) {
      assert.deepEqual(checkOutput(pattern), [], pattern);
    }
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['', /must end in a file name/],
    ['.', /must end in a file name/],
    ['out/', /must end in a file name/],
    ['/tmp/${index}', /must be relative/],
    ['\\\\server\\x', /must be relative/],
    ['C:/x', /must be relative/],
    ['~/x', /must be relative/],
    ['a/../b', /must stay below/],
    ['a\\.. \\b', /must stay below/],
    [
      '${workspaceFolder}/x',
      /unknown variable "\$\{workspaceFolder\}": use \$\{promptName\}, \$\{index\}, \$\{model\} or \$\{row\.<column>\}\.$/,
    ],
    ['${row.}', /unknown variable/],
    ['${index}-${index}.md', /more than once in a name/],
    ['a${index', /"\$\{" without its "\}"/],
    [`${'a'.repeat(51)}/x`, /more than 50 characters/],
  ];
  for (const [pattern, problem] of wrong) {
    it(`must not be ${JSON.stringify(pattern.slice(0, 30))}`, () => {
      const problems = checkOutput(pattern);
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0]!, problem);
    });
  }

  it('needs its columns', () => {
    assert.deepEqual(missingColumns('${row}/${row.sku}/${row.toString}/${index}', mug.row), ['row.toString']);
    assert.deepEqual(missingColumns('${row}/${index}', emptyRow), ['row']);
  });
});
