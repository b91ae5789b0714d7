import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { JsonReport } from '../../../src/terminal/report.ts';
import { useWorkbench } from '../../support/terminalHarness.ts';

interface DryRun {
  readonly items: number;
  readonly requests: number;
  readonly cached: number;
  readonly tokens: { readonly input: number; readonly output: number };
  readonly cost: { readonly low: number; readonly high: number } | null;
  readonly eta: { readonly low: number; readonly high: number } | null;
  readonly files: readonly string[];
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly problems: readonly { readonly file: string; readonly line?: number; readonly message: string }[];
}

describe('parallel-candidates generate, for rows and from other tools’ files', function () {
  this.timeout(60_000);
  const bench = useWorkbench();
  const put = (name: string, text: string): void => writeFileSync(bench().seen(name), text);
  const args = (...more: readonly string[]): readonly string[] => ['--base-url', bench().server.baseUrl, ...more];

  async function written(...given: readonly string[]): Promise<JsonReport> {
    const { code, stdout, stderr } = await bench().run('generate', ...args('--json', ...given));
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as JsonReport;
  }

  async function planned(...given: readonly string[]): Promise<DryRun & { readonly code: number | null }> {
    const { code, stdout } = await bench().run('generate', ...args('--dry-run', '--json', ...given));
    return { code, ...(JSON.parse(stdout) as DryRun) };
  }

  beforeEach(() => {
    put('products.csv', 'sku,product,type,price\na1,Mug,brand,12\na2,Tea,product,9\na3,Cup,brand,8\n');
    put('page.prompt.md', '---\ncandidates:\n  count: 1\n  data: products.csv\n---\nWrite about {{ product }}.\n');
  });

  it('makes candidates of each row, in a folder of its key', async () => {
    assert.equal((await written('page.prompt.md')).written, 3);
    assert.deepEqual(readdirSync(bench().seen('candidates/page')).sort(), ['a1', 'a2', 'a3']);
    assert.deepEqual(
      bench()
        .manifest('candidates/page/a2')
        .map(({ row, file }) => [row, file]),
      [['a2', '01.md']],
    );
  });

  it('makes only the calls of rows that have come, whatever their order', async () => {
    await written('page.prompt.md');
    bench().server.ledger.reset();
    appendFileSync(bench().seen('products.csv'), 'a0,Pot,brand,30\na4,Can,brand,7\n');
    assert.equal((await written('page.prompt.md', '--existing', 'missing')).written, 2);
    assert.equal(bench().server.ledger.records.length, 2);
  });

  it('takes other data, a filter, a limit and values from flags', async () => {
    put(
      'more.json',
      JSON.stringify([
        { id: 'x', product: 'Jar', price: 3 },
        { id: 'y', product: 'Lid', price: 20 },
      ]),
    );
    const filtered = await planned('page.prompt.md', '--filter', 'type == "brand" and price > 10');
    assert.deepEqual([filtered.items, filtered.messages], [1, [{ role: 'user', content: 'Write about Mug.' }]]);
    assert.equal((await planned('page.prompt.md', '--limit', '2')).items, 2);
    assert.equal(
      (await planned('page.prompt.md', '--data', 'more.json', '--filter', 'price > 10')).messages[0]?.content,
      'Write about Lid.',
    );
    put('ask.prompt.md', 'Write for ${input:who:whom?} in {{ tone }}.\n');
    put('values.json', '\ufeff{ "tone": "blue", "who": "nobody" }');
    const filled = await planned('ask.prompt.md', '--vars', 'values.json', '--var', 'who=them = all');
    assert.equal(filled.messages[0]?.content, 'Write for them = all in blue.');
  });

  it('tells what lacks before anything is spent, as JSON too, and exits with 2', async () => {
    put('ask.prompt.md', 'Write for ${input:who}.\n');
    const asked = await planned('ask.prompt.md');
    assert.deepEqual([asked.code, asked.items, asked.cost], [2, 0, null]);
    assert.deepEqual(
      asked.problems.map(({ file, line }) => [file, line]),
      [['ask.prompt.md', 1]],
    );
    const filter = await planned('page.prompt.md', '--filter', 'color == "red"');
    assert.match(filter.problems[0]?.message ?? '', /"color", which the data does not have: use "sku", "product"/);
    const values = await planned('ask.prompt.md', '--vars', 'nothing.json');
    assert.deepEqual(
      values.problems.map(({ file, message }) => [file, message]),
      [['nothing.json', 'There is no file nothing.json: correct --vars.']],
    );
    const unmet = await planned('page.prompt.md', '--filter', 'price > 100');
    assert.deepEqual(unmet.problems[0], {
      file: 'page.prompt.md',
      line: 1,
      message: 'None of the 3 rows passes the filter: correct --filter.',
    });
    const missing = await planned('page.prompt.md', '--data', 'nothing.csv');
    assert.equal(missing.problems[0]?.message, 'There is no file "nothing.csv": correct --data.');
    const none = await planned('ask.prompt.md', '--var', 'who=you', '--limit', '1');
    assert.match(none.problems[0]?.message ?? '', /no data to filter or limit/);
    put('twice.csv', 'sku,product\na,b\na,c\n');
    put('key.prompt.md', '---\ncandidates: { data: { file: twice.csv, key: sku } }\n---\nWrite about {{ product }}.\n');
    assert.match((await planned('key.prompt.md')).problems[0]?.message ?? '', /Rows 1 and 2 have the same key/);
    assert.equal(bench().server.ledger.records.length, 0);
  });

  it('takes for an input only what it offers', async () => {
    put('ask.prompt.md', '---\ninputs: { tone: { choices: [warm, dry, 5] } }\n---\nWrite in a {{ tone }} tone.\n');
    const lacking = await planned('ask.prompt.md');
    assert.match(
      lacking.problems[0]?.message ?? '',
      /^The input "tone" has no value: choose "warm", "dry" or "5" with --var tone=…/,
    );
    const other = await planned('ask.prompt.md', '--var', 'tone=cold');
    assert.deepEqual(
      [other.code, other.problems.map(({ message }) => message)],
      [2, ['The input "tone" cannot be "cold": choose "warm", "dry" or "5".']],
    );
    const misspelt = await bench().run(
      'generate',
      ...args('--dry-run', 'ask.prompt.md', '--var', 'tone=dry', '--var', 'tonne=dry'),
    );
    assert.match(misspelt.stderr, /^A value was given for "tonne", which no prompt asks for/m);
    put('values.json', '{ "tone": 5 }');
    const good = await planned('ask.prompt.md', '--vars', 'values.json');
    assert.deepEqual([good.code, good.messages[0]?.content], [0, 'Write in a 5 tone.']);
  });

  it('estimates what a plan takes', async () => {
    const plan = await planned('page.prompt.md', '--candidates', '2');
    assert.deepEqual([plan.items, plan.requests, plan.cached, plan.cost, plan.files.length], [6, 6, 0, null, 6]);
    assert.ok(plan.tokens.input > 0 && plan.tokens.output > 0);
    assert.ok(plan.eta && plan.eta.low <= plan.eta.high);
    assert.match(plan.files[0] ?? '', /candidates\/page\/a1\/01\.md$/);
  });

  it('plans a call for several candidates where they are asked for at once', async () => {
    put(
      'page.prompt.md',
      '---\ncandidates: { count: 7, data: products.csv, diversity: verbalized }\n---\nOn {{ product }}.\n',
    );
    const plan = await planned('page.prompt.md');
    assert.deepEqual([plan.items, plan.requests, plan.files.length], [21, 6, 21]);
    assert.match(plan.messages[0]?.content ?? '', /^On Mug\.\n\nGenerate 5 different responses/);
  });

  it('lets a column choose the prompt of each row', async () => {
    put('page.prompt.md', '---\ncandidates: { count: 1, data: products.csv, promptBy: type }\n---\nNever sent.\n');
    put('brand.prompt.md', '---\ncandidates: { count: 2 }\n---\nThe brand {{ product }}.\n');
    put('product.prompt.md', '---\ncandidates: { count: 1 }\n---\nThe product {{ product }}.\n');
    const plan = await planned('page.prompt.md');
    assert.deepEqual([plan.items, plan.messages[0]?.content], [5, 'The brand Mug.']);
    put('kind.prompt.md', '---\ncandidates: { count: 1, data: products.csv, promptBy: kind }\n---\nNever sent.\n');
    assert.equal(
      (await planned('kind.prompt.md')).problems[0]?.message,
      'No row has the column "kind", which "candidates.promptBy" names: use one of "sku", "product", "type" and "price".',
    );
    put('products.csv', 'sku,product,type\na,b,missing\n');
    assert.match(
      (await planned('page.prompt.md')).problems[0]?.message ?? '',
      /missing\.prompt\.md, which a row names in "type", is not there/,
    );
    put('products.csv', 'sku,product,type\na,b,brand\nc,d,missing\n');
    const { problems } = await planned('page.prompt.md');
    assert.deepEqual(
      problems.map(({ file, line, message }) => [file, line, message.split(': ')[1]]),
      [['products.csv', 3, 'correct the row "c" or add the file.']],
    );
  });

  it('tells what the prompt file with the data says in vain, and of rows that are two in one', async () => {
    put(
      'all.prompt.md',
      '---\ncandidates: { count: 3, temperature: 1, data: products.csv, promptBy: type }\n---\nNo.\n',
    );
    put('brand.prompt.md', '---\ncandidates: { count: 2 }\n---\nThe brand {{ product }}.\n');
    put('product.prompt.md', 'The product {{ product }}.\n');
    const { stderr } = await bench().run('generate', 'all.prompt.md', '--service', 'demo', '--dry-run');
    assert.match(stderr, /"count" is for rows that name no prompt file in "type", .* product\.prompt\.md does not say/);
    assert.match(stderr, /"temperature" is for rows .* brand\.prompt\.md does not say its own\./);
    put('more.csv', 'sku,product,type\na1,Another mug,brand\n');
    put('more.prompt.md', '---\ncandidates: { count: 1, data: more.csv, promptBy: type }\n---\nNo.\n');
    const both = await planned('all.prompt.md', 'more.prompt.md');
    assert.deepEqual(
      both.problems.map(({ file, message }) => [file, message]),
      [
        [
          'brand.prompt.md',
          'Two rows with the key "a1" go to this prompt file, from several files with data: give them other keys, or generate one after the other.',
        ],
      ],
    );
  });

  it('spreads angles over the candidates and tells them in the manifest', async () => {
    put(
      'vary.prompt.md',
      '---\ncandidates:\n  count: 4\n  vary: { angle: [price, comfort] }\n---\nAbout {{ angle }}.\n',
    );
    await written('vary.prompt.md');
    assert.deepEqual(
      bench()
        .manifest('candidates/vary')
        .map(({ vary }) => vary?.angle),
      ['price', 'comfort', 'price', 'comfort'],
    );
  });

  it('asks for JSON and keeps what matches, as .json', async () => {
    put(
      'page.schema.json',
      '{ "type": "object", "properties": { "title": { "type": "string" } }, "required": ["title"] }',
    );
    put('json.prompt.md', '---\ncandidates: { count: 2, schema: page.schema.json }\n---\nWrite.\n');
    const { code, stdout } = await bench().run('generate', 'json.prompt.md', '--service', 'demo', '--json');
    assert.equal(code, 0);
    const { files } = JSON.parse(stdout) as JsonReport;
    assert.deepEqual(readdirSync(bench().seen('candidates/json')).sort(), ['01.json', '02.json', 'manifest.json']);
    for (const file of files)
      assert.equal(typeof (JSON.parse(readFileSync(file, 'utf8')) as { title: unknown }).title, 'string');
  });

  it('takes in files that a prompt names, and none from elsewhere', async () => {
    put('tone.md', 'Warm {{ braces }}.\n');
    put('inc.prompt.md', 'Write as here:\n\n#file:tone.md\n');
    assert.match(
      (await planned('inc.prompt.md')).messages[0]?.content ?? '',
      /Write as here:\n\nWarm \{\{ braces \}\}\./,
    );
    put('out.prompt.md', 'Write as here:\n\n#file:../../../etc/hostname\n');
    const out = await planned('out.prompt.md');
    assert.equal(out.code, 2);
    assert.match(out.problems[0]?.message ?? '', /cannot be taken in|outside/);
  });

  it('reads the prompt files of other tools, folders, patterns and standard input', async () => {
    mkdirSync(bench().seen('others/skill'), { recursive: true });
    put('others/a.prompty', '---\nname: A\nmodel: { api: chat, configuration: { type: openai } }\n---\nuser:\nHi A\n');
    put('others/b.prompt.yml', 'messages:\n  - { role: user, content: "Hi {{x}}" }\ntestData: [{ x: B }, { x: C }]\n');
    put('others/skill/SKILL.md', '---\nname: skill\ndescription: d\n---\nHi S\n');
    put('others/notes.txt', 'Hi N\n');
    const each = ['--candidates', '1'];
    assert.equal((await planned('others', ...each)).items, 4);
    assert.equal((await planned('others/*.prompty', 'others/notes.txt', ...each)).items, 2);
    assert.equal((await planned('others/notes.txt', '--format', 'prompt', ...each)).messages[0]?.content, 'Hi N');
    const wrong = await planned('products.csv');
    assert.equal(wrong.code, 2);
    assert.match(wrong.problems[0]?.message ?? '', /This is no prompt file that can be read/);
    bench().within = (command, cwd) => ['sh', '-c', 'cd "$0" && echo Hi from a pipe | "$@"', cwd, ...command];
    assert.equal((await bench().run('generate', '-', ...args('--json', ...each))).code, 0);
    assert.deepEqual(readdirSync(bench().seen('candidates/stdin')).sort(), ['01.md', 'manifest.json']);
  });

  it('takes values and texts of a .prompty from files of its folder, and tells of those that are not there', async () => {
    put('values.json', '{ "who": "Ada", "n": 3 }');
    put('tone.md', 'Warm {{ braces }}.\n');
    const head = 'sample: ${file:values.json}\ninputs: { tone: { default: "${file:tone.md}" }, n: 1 }';
    put('a.prompty', `---\n${head}\n---\nsystem:\nTalk so: \${file:tone.md} End.\nuser:\n{{who}} {{n}} {{tone}}\n`);
    assert.deepEqual(
      (await planned('a.prompty', '--var', 'n=4')).messages.map(({ content }) => content),
      ['Talk so: Warm {{ braces }}. End.', 'Ada 4 Warm {{ braces }}.'],
    );
    put('b.prompty', '---\nsample: ${file:../out.json}\n---\nuser:\n{{who}}\n');
    const { code, stderr } = await bench().run(
      'generate',
      'b.prompty',
      '--dry-run',
      '--service',
      'demo',
      '--var',
      'who=Bo',
    );
    assert.equal(code, 0);
    assert.match(stderr, /b\.prompty:2: The file "\.\.\/out\.json" gives no values, because it is not there/);
    assert.match((await planned('b.prompty')).problems[0]?.message ?? '', /"who" has no value/);
  });

  it('refuses bytes that are no text, with their place', async () => {
    writeFileSync(bench().seen('bad.prompt.md'), Buffer.from([0x61, 0xe9, 0x62]));
    const { code, stderr } = await bench().run('generate', 'bad.prompt.md');
    assert.deepEqual(
      [code, stderr],
      [2, 'parallel-candidates: bad.prompt.md is no UTF-8 text at byte 2: save it as UTF-8.\n'],
    );
  });

  it('stops at the budget of a prompt file', async () => {
    put('b.prompt.md', '---\ncandidates: { count: 5, budget: { requests: 2 } }\n---\nWrite.\n');
    const { code, stdout } = await bench().run('generate', 'b.prompt.md', ...args('--json'));
    const report = JSON.parse(stdout) as JsonReport;
    assert.deepEqual([code, report.stopped, report.written, bench().server.ledger.records.length], [1, 'budget', 2, 2]);
  });
});
