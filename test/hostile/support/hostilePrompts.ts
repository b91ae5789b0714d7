/** A prompt file that means to keep us busy, and what its templates are filled in with. */
export interface HostileInput {
  readonly text: string;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly variables?: Readonly<Record<string, string>>;
}

interface Hostile {
  /** Of about `size` characters. */
  readonly make: (size: number) => string | HostileInput;
  /** Of the first problem at the largest size; absent: it may be run. */
  readonly refused?: RegExp;
}

function repeated(piece: string, size: number): string {
  return piece.repeat(Math.ceil(size / piece.length));
}

function numbered(size: number, line: (number: number) => string, end = '\n'): string {
  const count = Math.ceil(size / (line(10_000).length + end.length));
  return Array.from({ length: count }, (_, number) => line(number) + end).join('');
}

function settings(yaml: string): string {
  return `---\n${yaml}\n---\nWrite.`;
}

/** A body that begins with it, and the same within a message. */
const body = (piece: string, end = ''): Hostile['make'] => {
  return (size) => `system: Obey.\nuser: ${repeated(piece, size)}${end}`;
};
const yaml = (piece: string, start = 'a: ', end = ''): Hostile['make'] => {
  return (size) => settings(start + repeated(piece, size - 50) + end);
};
const wrapped = (open: string, close: string): Hostile['make'] => {
  return (size) => {
    const count = Math.ceil(size / (open.length + close.length));
    return `user: ${open.repeat(count)}x${close.repeat(count)}`;
  };
};
/** Templates whose work, not whose length, is the matter. */
const fixed = (text: string, values?: HostileInput['values']): Hostile['make'] => {
  return () => ({ text, ...(values && { values }) });
};
const loop = (inner: string, count = 60): string => `{% for i in (1..${count}) %}${inner}{% endfor %}`;

const tooLong = /^The prompt file has more than 1,000,000 characters: make it shorter\.$/;
const tooManyTags = /^The prompt has more than 10,000 Liquid tags: make it shorter\.$/;
const runsAway = /^This makes too much text or takes too long/;
const tooDeep = /within each other|lies too deep/;
const tooManyValues = /^The front matter has more than 10,000 keys and list entries: make it smaller\.$/;
const notLiquid = /^This is not valid Liquid/;
const notYaml = /^The front matter is not valid YAML/;

export const hostilePrompts: Readonly<Record<string, Hostile>> = {
  // Delimiters that are never closed.
  '{{': { make: body('{{'), refused: tooManyTags },
  '{%': { make: body('{%'), refused: tooManyTags },
  '{{ {%': { make: body('{{ {% '), refused: tooManyTags },
  '{': { make: body('{'), refused: tooManyTags },
  '{{-': { make: body('{{- a -}} '), refused: tooManyTags },
  '${': { make: body('${') },
  '${a': { make: body('${a') },
  '${ with one long name': { make: (size) => `user: \${${repeated('a', size)}` },
  '${selection} with a long value': {
    make: (size) => ({ text: `user: ${repeated('${selection}', size)}`, variables: { selection: 'x'.repeat(size) } }),
    refused: runsAway,
  },
  '{{ x }}': { make: body('{{ 1 }}'), refused: tooManyTags },
  'one output with quotes': { make: (size) => `user: x {{ ${repeated('"', size)} }}` },
  'one output with an open quote': { make: (size) => `user: {{ "${repeated('\\', size)} }}`, refused: notLiquid },
  'one output with brackets': { make: (size) => `user: {{ ${repeated('a[', size)} }}`, refused: tooDeep },
  'one output with parentheses': { make: (size) => `user: {{ ${repeated('(', size)} }}`, refused: tooDeep },
  'one output with operators': { make: (size) => `user: {{ ${repeated('1 or ', size)} 1 }}` },
  'one output with filters': { make: (size) => `user: {{ 'a' ${repeated('| upcase ', size)} }}` },
  'an unknown filter with a long name': {
    make: (size) => `user: {{ 1 | ${repeated('a', size)} }}`,
    refused: /no filter/,
  },
  'an unknown tag with a long name': { make: (size) => `user: {% ${repeated('a', size)} %}`, refused: notLiquid },
  'a variable with a long name': { make: (size) => `user: {{ ${repeated('a', size)} }}`, refused: /has no value/ },
  'raw that never ends': { make: (size) => `user: {% raw %}${repeated('{% endraw ', size)}`, refused: tooManyTags },
  'comments in comments': { make: body('{% comment %}'), refused: tooManyTags },
  'blocks in blocks': { make: wrapped('{% if true %}', '{% endif %}'), refused: tooManyTags },
  'blocks in blocks, fewer than tags may be': {
    make: (size) => wrapped('{% if true %}', '{% endif %}')(Math.min(size, 100_000)),
    refused: tooDeep,
  },
  elsif: { make: (size) => `user: {% if a %}${repeated('{% elsif a %}', size)}{% endif %}`, refused: tooManyTags },
  'a liquid tag of many lines': {
    make: (size) => `user: {% liquid\n${repeated('assign a = 1\n', size)}%}`,
    refused: tooManyTags,
  },
  'a liquid tag of liquid tags': { make: (size) => `user: {% ${repeated('liquid ', size)}%}`, refused: tooDeep },
  'a case of many values': { make: (size) => `user: a{% case 1 %}{% when ${repeated('2, ', size)} %}{% endcase %}` },

  // What only looks like a template.
  backticks: { make: body('` ') },
  'runs of backticks of every length': {
    make: (size) => `user: ${Array.from({ length: Math.sqrt(2 * size) }, (_, at) => '`'.repeat(at + 1)).join(' ')}`,
  },
  'code in fences': {
    make: (size) => `user: x\n\`\`\`\n${repeated('{{ a }} {% for i in b %}{% endfor %}', Math.min(size, 80_000))}`,
  },
  'raw in inline code': {
    make: (size) => `user: ${repeated('`{% raw %}` {% endraw ', Math.min(size, 80_000))}{% endraw %}`,
    refused: notLiquid,
  },
  'comments in inline code': {
    make: (size) => `user: ${repeated('`{% comment %}` {% end', Math.min(size, 80_000))}{% endcomment %}`,
    refused: /./,
  },
  'outputs in outputs with quotes': { make: (size) => `user: ${repeated('{{ "', Math.min(size, 30_000))}}}` },
  'one open output in a long text': { make: (size) => `user: {{ ( ${repeated('x ', size)}` },
  '#file:': { make: body('#file:a ') },
  brackets: { make: body('![') },
  links: { make: body('[a](b.md) ') },
  'links that do not end': { make: body('](') },
  '${input:': { make: body('${input:a:b ') },
  'blocks of Handlebars': { make: (size) => `user: ${repeated('{{#a}}', Math.min(size, 50_000))}` },

  // Templates that are short and run away.
  'loops in loops': { make: fixed(`user: ${loop(loop(loop('', 1000), 1000), 1000)}x`), refused: runsAway },
  'a range without end': { make: fixed(`user: ${loop('x', 1e12)}`), refused: runsAway },
  'loops that miss variables': {
    make: fixed(`user: ${Array.from({ length: 30 }, (_, at) => loop('', 1e6) + `{{ a${at} }}`).join('')}`),
    refused: /^The variable "a0" has no value/,
  },
  'many messages that run away': {
    make: (size) => repeated(`user: ${loop(loop('', 1000), 1000)}\n`, Math.min(size, 40_000)),
    refused: runsAway,
  },
  'a text appended to itself': {
    make: fixed(`user: {% assign a = "x" %}${loop('{% assign a = a | append: a %}')}{{ a }}`),
    refused: runsAway,
  },
  'a capture of itself': {
    make: fixed(`user: {% assign a = "x" %}${loop('{% capture a %}{{ a }}{{ a }}{% endcapture %}')}{{ a }}`),
    refused: runsAway,
  },
  'a list that holds itself': {
    make: fixed(`user: {% assign a = "x" | split: "" %}${loop('{% assign a = a | push: a %}')}{{ a }}`),
    refused: runsAway,
  },
  'lists that hold themselves, compared': {
    make: fixed(
      `user: {% assign a = "x" | split: "" %}{% assign b = "x" | split: "" %}` +
        `${loop('{% assign a = a | unshift: a %}{% assign b = b | unshift: b %}')}{% if a == b %}x{% endif %}`,
    ),
    refused: runsAway,
  },
  'groups of groups': {
    make: fixed(
      `user: ${loop('{% assign a = a | concat: a | group_by: "name" %}{% assign a = a | concat: a %}')}{{ a }}`,
      {
        a: [{ name: 'x' }],
      },
    ),
    refused: runsAway,
  },
  'a replacement of every character': {
    make: (size) => ({
      text: 'user: {{ long | replace: "a", long | replace: "a", long }}',
      values: { long: repeated('a', size) },
    }),
    refused: runsAway,
  },
  'a long format of a date': {
    make: (size) => `user: {{ "now" | date: "${repeated('%c', size)}" }}`,
    refused: runsAway,
  },
  'a wide format of a date': { make: fixed('user: {{ "now" | date: "%999999999d" }}'), refused: runsAway },
  'a long list, sorted': { make: fixed('user: {% assign a = (1..9000000) | sort %}x'), refused: runsAway },
  'a long list, asked with a long expression': {
    make: (size) => `user: {% assign a = (1..1000000) | where_exp: "i", "${repeated('1 or ', size)} 1" %}x`,
    refused: runsAway,
  },
  'a long list, mapped to a long name': {
    make: (size) => `user: {% assign a = (1..1000000) | map: "${repeated('a.', size)}" %}x`,
    refused: runsAway,
  },
  'much text in much text': {
    make: (size) => `user: ${loop(repeated('x', size), 1_000_000)}`,
    refused: runsAway,
  },
  'values with long rows of spaces': {
    make: (size) => ({
      text: 'user: {{ a | rstrip | squish | strip_html | strip | truncatewords: 3 }}{{ a }}',
      values: { a: `x${repeated(' ', size)}x` },
    }),
  },
  'values with open brackets': {
    make: (size) => ({ text: 'user: {{ a | strip_html | escape_once }}', values: { a: repeated('<', size) } }),
  },

  // Roles, fences and blank lines.
  'markers without text': { make: (size) => `${repeated('user:\n', size)}user: x` },
  messages: { make: (size) => repeated('user: x\n', size), refused: /^The prompt has more than 1,000 messages/ },
  fences: { make: body('\n```') },
  'a long fence': { make: (size) => `${repeated('`', size)}x\`` },
  'blank lines': { make: (size) => `${repeated('\n', size)}x${repeated('\n', size / 2)}` },
  'blank lines that Liquid makes': { make: (size) => `user: {{ "" }}${repeated('\n', size)}x` },
  spaces: { make: (size) => `a${repeated(' ', size)}x` },
  'spaces of many kinds': { make: (size) => `a.${repeated(' \u00a0\t', size)}Xx` },
  capitals: { make: body('X ') },
  returns: { make: body('\r') },
  'a front matter that never ends': { make: (size) => `---\n${repeated('---x\n', size)}`, refused: /has no end/ },
  'a file that is too long': { make: () => 'x'.repeat(1_000_001), refused: tooLong },
  'a front matter that is too long': {
    make: () => settings(`# ${'x'.repeat(256_000)}`),
    refused: /^The front matter has more than 256,000 characters: make it smaller\.$/,
  },

  // YAML.
  keys: { make: (size) => settings(numbered(size, (at) => `k${at}: 1`)), refused: tooManyValues },
  'keys in braces': {
    make: (size) => settings(`a: {${numbered(size, (at) => `k${at}: 1`, ',')}}`),
    refused: tooManyValues,
  },
  'keys that are as many as may be': {
    make: (size) => settings(numbered(Math.min(size, 100_000), (at) => `k${at}: 1`)),
  },
  'the same key': { make: (size) => settings(repeated('k: 1\n', Math.min(size, 40_000))), refused: notYaml },
  entries: { make: yaml('- a\n', ''), refused: tooManyValues },
  'empty entries': { make: yaml(',', 'a: [', ']'), refused: /./ },
  'open braces': { make: yaml('{'), refused: tooDeep },
  'open brackets': { make: yaml('['), refused: tooDeep },
  'open braces and brackets': { make: yaml('[{'), refused: tooDeep },
  'braces in braces': {
    make: (size) => settings(`a: ${'{a: '.repeat(size / 8)}1${'}'.repeat(size / 8)}`),
    refused: tooDeep,
  },
  'many deep braces': {
    make: yaml(`${'{'.repeat(95)}${'}'.repeat(95)},`, 'a: [', ']'),
    refused: tooManyValues,
  },
  'many deep braces that never close': { make: yaml(`- ${'['.repeat(95)}\n`, ''), refused: /./ },
  'lists in lists': { make: yaml('- ', 'a:\n '), refused: tooDeep },
  'question marks': { make: yaml('? ', ''), refused: tooDeep },
  colons: { make: yaml(': ', ''), refused: /./ },
  'blocks in indented blocks': {
    make: (size) => settings(Array.from({ length: Math.sqrt(2 * size) }, (_, at) => `${' '.repeat(at)}a:`).join('\n')),
    refused: tooDeep,
  },
  quotes: { make: yaml('"'), refused: /./ },
  'wrong escapes': { make: yaml('\\q', 'a: "', '"'), refused: notYaml },
  'a text in quotes of many lines': { make: yaml(' \n', 'a: "', ' x"') },
  'a text of many lines': { make: yaml(' c\n', 'a: b\n') },
  'a block of text': { make: yaml('  x\n\n', 'a: >\n') },
  comments: { make: yaml(' #\n', 'a: 1\n') },
  tags: { make: yaml('!x ', 'a: '), refused: notYaml },
  'one tag with a long name': { make: yaml('x', 'a: !', ' 1') },
  anchors: { make: yaml('&a ', 'a: '), refused: /./ },
  'references to one': { make: yaml('*a,', 'a: &a x\nb: [', ']'), refused: tooManyValues },
  'references to each': {
    make: (size) => settings(numbered(Math.min(size, 100_000), (at) => `k${at}: &a${at} x\nj${at}: *a${at}`)),
    refused: /^The front matter has more than 1,000 references: make it smaller\.$/,
  },
  'references to a long text': {
    make: (size) => settings(`a: &a ${repeated('x', size / 2)}\nb: [${'*a,'.repeat(900)}]`),
    refused: /references repeat/,
  },
  'references that multiply': {
    make: () =>
      settings(
        `a0: &a0 [x]\n${Array.from({ length: 60 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`).join('\n')}`,
      ),
    refused: /references repeat/,
  },
  'a reference to what it lies in': { make: fixed(settings('a: &a [*a]')), refused: notYaml },
  directives: { make: yaml('%TAG ! x\n', ''), refused: /./ },
  documents: { make: yaml('...\na: 1\n', ''), refused: tooManyValues },
  'a number of many digits': { make: yaml('1') },
  models: {
    make: (size) => settings(`candidates: { models: [${numbered(Math.min(size, 60_000), (at) => `m${at}`, ',')}] }`),
    refused: /^"candidates\.models" may have at most 100 models\.$/,
  },

  // Patterns of paths.
  'an output of ${': {
    make: yaml('${', 'candidates:\n  output: "', '"'),
    refused: /^"candidates\.output" has more than 1000 characters: make it shorter\.$/,
  },
  'an output of dots': { make: yaml('. ', 'candidates:\n  output: "', 'x"'), refused: /more than 1000/ },
  'an output of unknown variables': {
    make: (size) => settings(`candidates:\n  output: "${numbered(Math.min(size, 900), (at) => `\${${at}}`, '')}"`),
    refused: /unknown variable/,
  },
};
