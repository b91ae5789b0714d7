import assert from 'node:assert/strict';
import fc from 'fast-check';
import { diagnose } from '../../../src/prompts/diagnose.ts';
import { inputEdit } from '../../../src/prompts/inputEdit.ts';
import { parsePromptFile } from '../../../src/prompts/parse.ts';
import type { Mend, Problem } from '../../../src/prompts/promptFile.ts';
import type { TextEdit } from '../../../src/base/textEdit.ts';

const path = 'a.prompt.md';

function applied(text: string, edits: readonly TextEdit[]): string {
  let changed = text;
  for (const { from, to, text: replacement } of [...edits].sort((a, b) => b.from - a.from)) {
    changed = changed.slice(0, from) + replacement + changed.slice(to);
  }
  return changed;
}

function marked(text: string, { line, column, endColumn }: Problem): string {
  return (text.split(/\r\n?|\n/)[line! - 1] ?? '').slice(
    (column ?? 1) - 1,
    endColumn === undefined ? undefined : endColumn - 1,
  );
}

/** The texts after each mend, by its title. */
function mended(text: string, mends: readonly Mend[] = []): Record<string, string> {
  return Object.fromEntries(mends.map(({ title, edits }) => [title, applied(text, edits)]));
}

const head = '---\ninputs: { product: Mug }\n---\n';

describe('what is found while a prompt is written', () => {
  it('is a name without a value, with its columns and mends', () => {
    for (const [eol, begin] of [
      ['\n', ''],
      ['\r\n', ''],
    ] as const) {
      const text = `${begin}${head}system: s\nuser: for {{ prodct | upcase }}\n`.replace(/\n/g, eol);
      const { problems, hints } = diagnose(path, text);
      assert.deepEqual(hints, []);
      assert.deepEqual(
        problems.map((problem) => marked(text, problem)),
        ['prodct'],
      );
      assert.deepEqual(mended(text, problems[0]!.mends), {
        'Change to {{ product }}': text.replace('prodct', 'product'),
        'Add input "prodct"': text.replace('{ product', '{ prodct: { description: prodct }, product'),
        'Mark as literal with {% raw %}': text.replace(
          '{{ prodct | upcase }}',
          '{% raw %}{{ prodct | upcase }}{% endraw %}',
        ),
      });
    }
  });

  it('is found behind a byte order mark', () => {
    const text = '\ufeff{{ a }}';
    const [problem] = diagnose(path, text).problems;
    assert.equal(problem!.column, 4);
    assert.equal(mended(text, problem!.mends)['Mark as literal with {% raw %}'], '\ufeff{% raw %}{{ a }}{% endraw %}');
  });

  it('says nothing of names that may be missing, of what the template names itself, and of other data', () => {
    for (const text of [
      '{% if tone %}{{ tone }}{% endif %}',
      '{{ tone | default: "warm" }}',
      '{% assign a = 1 %}{{ a }}{% for i in (1..3) %}{{ i }} {{ forloop.index }}{% endfor %}',
      '${input:name} ${file}',
    ]) {
      assert.deepEqual(diagnose(path, text), { problems: [], hints: [] }, text);
    }
    assert.deepEqual(diagnose(path, '{{ sku }} `{{ sku }}`', ['sku']), { problems: [], hints: [] });
  });

  it('is every name of every branch', () => {
    const text = 'x {% for i in list %}{{ i }}{{ j }}{% endfor %}{% if true %}a{% else %}{{ k }}{% endif %}';
    assert.deepEqual(
      diagnose(path, text).problems.map((problem) => marked(text, problem)),
      ['list', 'j', 'k'],
    );
  });

  it('is what is wrong in the front matter', () => {
    assert.deepEqual(
      diagnose(path, '---\ncandidates: { count: 0 }\n---\nx').problems.map(({ line }) => line),
      [2],
    );
  });

  it('is a hint where text only looks like a template, with mends', () => {
    const text = `${head}user: run \`{{ prodct }}\` and {% set x = 1 %}\n`;
    const { problems, hints } = diagnose(path, text);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      hints.map((hint) => marked(text, hint)),
      ['{{ prodct }}', '{% set x = 1 %}'],
    );
    assert.equal(mended(text, hints[0]!.mends)['Change to {{ product }}'], text.replace('prodct', 'product'));
    assert.equal(mended(text, hints[1]!.mends)['Change to {% assign x = 1 %}'], text.replace('set', 'assign'));
  });

  it('is nothing in a text that is too long to be read at every keystroke', () => {
    assert.deepEqual(diagnose(path, '{{ a }}'.padEnd(100_001)), { problems: [], hints: [] });
  });

  it('can be mended: every mend of a problem takes the problem away, but for what it leaves to say', () => {
    const piece = fc.constantFrom(
      '{{ prodct }}',
      '{{ zebra }}',
      'text',
      '`{{ x }}`',
      '\n',
      '\r\n',
      '{{ product }}',
      'user: ',
    );
    fc.assert(
      fc.property(fc.boolean(), fc.array(piece, { minLength: 1, maxLength: 8 }), (hasHead, pieces) => {
        const text = (hasHead ? head : '') + pieces.join('');
        const before = diagnose(path, text);
        for (const { mends = [] } of before.problems) {
          for (const { title, edits } of mends) {
            if (title.startsWith('Add input')) continue;
            const after = diagnose(path, applied(text, edits));
            assert.equal(after.problems.length, before.problems.length - 1, title);
          }
        }
      }),
    );
  });

  it('never throws', () => {
    const piece = fc.constantFrom(
      '---',
      '\n',
      '{{',
      '}}',
      '{%',
      '%}',
      'a',
      ' ',
      '`',
      '${input:',
      '}',
      'inputs:',
      '"',
      '#file:a',
      '|',
      '\ufeff',
      '\r',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        for (const { mends = [] } of diagnose(path, text).problems) for (const { edits } of mends) applied(text, edits);
      }),
    );
  });
});

describe('adding an input', () => {
  for (const [text, expected] of [
    ['Write.\n', '---\ninputs:\n  a: { description: a }\n---\nWrite.\n'],
    ['\ufeffWrite.\r\n', '\ufeff---\r\ninputs:\r\n  a: { description: a }\r\n---\r\nWrite.\r\n'],
    ['---\nname: x\n---\n', '---\ninputs:\n  a: { description: a }\nname: x\n---\n'],
    ['---\ninputs:\n  b: 1\n---\n', '---\ninputs:\n  a: { description: a }\n  b: 1\n---\n'],
    ['---\ninputs: {}\n---\n', '---\ninputs: { a: { description: a } }\n---\n'],
    ['---\ninputs: { b: 1 }\n---\n', '---\ninputs: { a: { description: a }, b: 1 }\n---\n'],
    ['---\ninputs:\nname: x\n---\n', '---\ninputs:\n  a: { description: a }\nname: x\n---\n'],
  ] as const) {
    it(`is done in ${JSON.stringify(text)}`, () => {
      const edit = inputEdit(text, 'a');
      assert.ok(edit);
      assert.equal(applied(text, [edit]), expected);
    });
  }

  it('is left where inputs are a list, or the front matter is broken', () => {
    for (const text of ['---\ninputs: [a]\n---\n', '---\ninputs: x\n---\n', '---\na: [\n---\n', '---\n']) {
      assert.equal(inputEdit(text, 'b'), undefined, text);
    }
  });

  it('keeps the file readable, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        const text = '---\ninputs:\n  b: 1\n---\nWrite.';
        const edit = inputEdit(text, name);
        assert.ok(edit);
        const parsed = parsePromptFile(path, applied(text, [edit]));
        assert.ok(parsed.ok || name === 'b', JSON.stringify(parsed));
      }),
    );
  });
});
