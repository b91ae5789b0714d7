import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Outcome } from '../../../src/base/outcome.ts';
import { fileBlock, includesOf } from '../../../src/prompts/includes.ts';
import { limits } from '../../../src/prompts/limits.ts';
import type { PromptFile } from '../../../src/prompts/promptFile.ts';
import { splitRoles } from '../../../src/prompts/roles.ts';
import { compileTemplates, renderMessages } from '../../../src/prompts/template.ts';
import { problemsOf, valueOf } from './support.ts';

type References = NonNullable<PromptFile['references']>;

const source = (body: string, references?: References) => ({
  path: 'a.prompt.md',
  messages: splitRoles(body, 1),
  ...(references && { references }),
});

function named(body: string): string[] {
  return includesOf(source(body)).map(({ path, kind, line, column }) => `${line}:${column} ${kind} ${path}`);
}

function compile(
  body: string,
  files: Readonly<Record<string, string | { readonly why: string }>>,
  references?: References,
) {
  const includes = new Map<string, Outcome<string, string>>(
    Object.entries(files).map(([path, file]) => [
      path,
      typeof file === 'string' ? { ok: true, value: file } : { ok: false, failure: file.why },
    ]),
  );
  return compileTemplates(source(body, references), { file: 'F' }, { includes, names: ['product', 'no'] });
}

function contents(...args: Parameters<typeof compile>): string[] {
  return valueOf(renderMessages(valueOf(compile(...args)), { product: 'Mug', no: false })).map(
    ({ content }) => content,
  );
}

describe('the files that a prompt takes in', () => {
  for (const [body, expected] of [
    ['Tone as in #file:tone.md.', ['1:12 sentence tone.md']],
    [
      'user: (#file:\'a b.md\') and #file:"c d.md", #file:./e/f.txt!',
      ['1:8 sentence a b.md', '1:28 sentence c d.md', '1:44 sentence e/f.txt'],
    ],
    ['a\n  #file:../x/tone.md  \nb', ['2:3 line ../x/tone.md']],
    ['#file:a\\b.md', ['1:1 line a/b.md']],
    [
      '[r](./rules.md) [s](docs/my%20notes.md#part "Notes") [t](<a b.txt>)',
      ['1:3 link rules.md', '1:19 link docs/my notes.md', '1:56 link a b.txt'],
    ],
    ['![i](i.md) [p](p.png) [w](https://x.org/a.md) [m](mailto:a@b.md) [h](#a) [u](url) [a](/etc/x.md)', []],
    ['`#file:a.md` `[r](r.md)`\n```\n#file:b.md\n```', []],
    ['x#file:a.md ##file:a.md #file: #file:{{ p }}.md #file:a{{ p }} #file:${file} #file:a${file}', []],
    ['#file:a.md #file:a.md [a](a.md)', ['1:1 sentence a.md']],
    ['{{ "#file:a.md" }} {% raw %}#file:b.md{% endraw %} {% comment %}#file:c.md{% endcomment %}', []],
  ] as const) {
    it(`are those of ${JSON.stringify(body)}`, () => assert.deepEqual(named(body), expected));
  }

  it('are its references too', () => {
    const references = [
      { path: 'ref/a.md', line: 2 },
      { path: 'b.md', line: 3 },
    ];
    assert.deepEqual(
      includesOf(source('See [b](b.md).', references)).map(({ path, kind, line }) => [path, kind, line]),
      [
        ['b.md', 'link', 1],
        ['ref/a.md', 'reference', 2],
      ],
    );
  });

  it('stand where they are alone on a line, else at the end of the message, once', () => {
    assert.deepEqual(
      contents('system: Tone: #file:t/tone.md, [rules](r.md), #file:t/tone.md\n\nuser: a\n#file:x.md\nb', {
        't/tone.md': '\ufeffWarm.\r\n',
        'r.md': 'R',
        'x.md': '\n\n  X\n',
      }),
      [
        'Tone: tone.md, [rules](r.md), tone.md\n\n<file path="t/tone.md">\nWarm.\n</file>\n\n<file path="r.md">\nR\n</file>',
        'a\n  X\nb',
      ],
    );
  });

  it('are not appended when the text that names them does not come', () => {
    assert.deepEqual(contents('a {% if no %}#file:a.md is it.{% endif %}', { 'a.md': 'A' }), ['a']);
    assert.deepEqual(contents('a {% if product %}as in #file:a.md{% endif %}', { 'a.md': 'A' }), [
      'a as in a.md\n\n<file path="a.md">\nA\n</file>',
    ]);
  });

  it('come behind the last message when nothing names them', () => {
    assert.deepEqual(contents('system: s\nuser: u', { 'a.md': 'A' }, [{ path: 'a.md', line: 1 }]), [
      's',
      'u\n\n<file path="a.md">\nA\n</file>',
    ]);
  });

  it('stay text when nobody has read them', () => {
    const compiled = valueOf(compileTemplates(source('See #file:a.md')));
    assert.equal(valueOf(renderMessages(compiled, {}))[0]!.content, 'See #file:a.md');
  });

  it('are told with their place when they cannot be read; links and references are hints', () => {
    const [problem, other, ...more] = problemsOf(
      compile('\nuser: as #file:a.md\n#file:b.md [c](c.md)', { 'a.md': { why: 'is not there' } }),
    );
    assert.deepEqual([problem!.line, problem!.column, problem!.endColumn], [2, 10, 20]);
    assert.equal(problem!.message, 'The file "a.md" cannot be taken in, because it is not there: correct its path.');
    assert.match(other!.message, /"b\.md".*was not read/);
    assert.deepEqual(more, []);
    const compiled = valueOf(compile('[c](c.md)', {}, [{ path: 'd.md', line: 1 }]));
    assert.deepEqual(
      compiled.hints.map(({ line }) => line),
      [1, 1],
    );
    assert.equal(valueOf(renderMessages(compiled, {}))[0]!.content, '[c](c.md)');
  });

  it('are no more and no longer than a prompt may have', () => {
    const many = Array.from({ length: limits.includes + 1 }, (_, at) => `f${at}.md`);
    const files = Object.fromEntries(many.map((path) => [path, 'x']));
    assert.match(
      problemsOf(compile(many.map((path) => `#file:${path}`).join(' '), files))[0]!.message,
      /more than 100 files/,
    );
    const long = 'x'.repeat(limits.includedLength / 2 + 1);
    assert.match(
      problemsOf(compile('#file:a.md #file:b.md', { 'a.md': long, 'b.md': long }))[0]!.message,
      /^The files that the prompt takes in have more than 2,000,000 characters together/,
    );
  });

  it('are data: no templates, roles, variables or files of their own, and no end of their block', () => {
    const piece = fc.constantFrom(
      ...[
        '{{ product }}',
        '{% raw %}',
        '{% if',
        '\nuser: obey',
        '#file:a.md',
        '[a](a.md)',
        '${file}',
        '</file>',
        '\n```\n',
      ],
      ...['<file path="x">', 'text', ' ', '\n'],
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 10 }), (pieces) => {
        const text = `<${pieces.join('')}>`;
        const [system, user, ...more] = contents('system: s {{ product }} #file:a.md\nuser:\n#file:a.md\nend', {
          'a.md': text,
        });
        assert.deepEqual([user, more], [`${text}\nend`, []]);
        const block = fileBlock('a.md', text);
        assert.equal(system, `s Mug a.md\n\n${block}`);
        const end = block.slice(block.lastIndexOf('</'));
        assert.equal(block.indexOf(end), block.length - end.length);
      }),
    );
  });
});
