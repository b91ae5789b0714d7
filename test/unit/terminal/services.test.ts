import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { refusing } from '../../support/server/habits.ts';
import { useWorkbench } from '../../support/terminalHarness.ts';

const key = 'sk-canary-terminal-services-1';

describe('parallel-candidates services', function () {
  this.timeout(60_000);
  const bench = useWorkbench();
  const config = () => bench().seen('.config');
  const settingsFile = () => join(config(), 'parallel-candidates', 'settings.json');

  const run = (
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    command: readonly string[] = ['services'],
  ) => {
    const given = { XDG_CONFIG_HOME: config(), ...environment };
    const variables = Object.entries(given).map(([name, value]) => `${name}=${value}`);
    bench().within = (command, cwd) => ['sh', '-c', 'cd "$0" && exec env "$@"', cwd, ...variables, ...command];
    return bench().run(...command, ...args);
  };

  function writeOwn(text: string): void {
    mkdirSync(join(config(), 'parallel-candidates'), { recursive: true });
    writeFileSync(settingsFile(), text);
  }

  it('lists what there is, and says of each whether it has a key', async () => {
    const { code, stdout } = await run([], { OPENAI_API_KEY: key, ANTHROPIC_API_KEY: '' });
    assert.equal(code, 0);
    assert.match(stdout, /^demo {2}demo {2}demo {2}needs no key$/m);
    assert.match(stdout, /^openai {2}https:\/\/api\.openai\.com\/v1 {2}\S+ {2}has a key$/m);
    assert.match(stdout, /^anthropic .* {2}has no key: set ANTHROPIC_API_KEY$/m);
    const json = JSON.parse((await run(['--json'])).stdout) as {
      readonly services: readonly { readonly name: string }[];
    };
    assert.ok(json.services.some(({ name }) => name === 'demo'));
    assert.ok(!stdout.includes(key));
  });

  it('adds a preset to the own settings, and leaves the rest of the file as it is', async () => {
    writeOwn('{\n  // mine\n  "editor.fontSize": 12,\n}\n');
    const added = await run(['add', 'groq', '--model', 'a,b', '--default'], { GROQ_API_KEY: key });
    assert.equal(added.code, 0, added.stderr);
    assert.match(added.stdout, /has the service "groq", which has a key\.$/m);
    const text = readFileSync(settingsFile(), 'utf8');
    assert.match(text, /\/\/ mine/);
    assert.ok(!text.includes(key));
    const listed = JSON.parse((await run(['list', '--json'], { GROQ_API_KEY: key })).stdout) as {
      readonly services: readonly { readonly name: string; readonly models: readonly string[]; readonly key: string }[];
    };
    const groq = listed.services.find(({ name }) => name === 'groq');
    assert.deepEqual([groq?.models, groq?.key], [['a', 'b'], 'has a key']);
    assert.match(text, /"parallelCandidates.defaultService": "groq"/);
    const again = await run(['add', 'groq']);
    assert.deepEqual([again.code, readFileSync(settingsFile(), 'utf8')], [2, text]);
    assert.match(again.stderr, /give --replace, or another name with --as\./);
    assert.equal((await run(['add', 'groq', '--as', 'other'])).code, 0);
    assert.match(readFileSync(settingsFile(), 'utf8'), /"name": "other"/);
  });

  it('takes the key of a service from the variable that was named when it was added', async () => {
    const { server } = bench();
    server.configure({ apiKey: key });
    const where = ['--base-url', server.baseUrl, '--model', 'm'];
    const added = await run(['add', 'openai', ...where, '--as', 'mine', '--api-key-env', 'MY_KEY'], { MY_KEY: '' });
    assert.match(added.stdout, /has the service "mine", which needs no key here\.$/m, added.stderr);
    assert.equal((await run(['test', 'mine'], { MY_KEY: key })).code, 0);
    assert.match((await run([], { MY_KEY: key })).stdout, /^mine .* {2}has a key$/m);
    // What else has a key is not asked for it, and the service's variable is nobody else's.
    assert.equal((await run(['test', 'mine'], { OPENAI_API_KEY: key, MY_KEY: '' })).code, 1);
    mkdirSync(bench().seen('.vscode'), { recursive: true });
    const theirs = {
      name: 'mine',
      kind: 'openai',
      baseUrl: 'http://127.0.0.1:9/v1',
      models: ['m'],
      apiKeyEnv: 'MY_KEY',
    };
    writeFileSync(bench().seen('.vscode/settings.json'), JSON.stringify({ 'parallelCandidates.services': [theirs] }));
    const listed = await run(['list', '--trust'], { MY_KEY: key });
    assert.match(listed.stdout, /^mine {2}http:\/\/127\.0\.0\.1:9\/v1 .* {2}needs no key here$/m, listed.stderr);
  });

  it('begins a settings file that only the person can read', async () => {
    assert.equal((await run(['add', 'ollama'])).code, 0);
    assert.equal(statSync(settingsFile()).mode & 0o077, 0);
  });

  it('leaves a file alone that it cannot understand', async () => {
    for (const broken of ['{ "a": ', '[]', '{ "parallelCandidates.services": {} }']) {
      writeOwn(broken);
      const { code, stderr } = await run(['add', 'groq']);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /not valid JSON|must be a list|is no list|left as it was/);
      assert.equal(readFileSync(settingsFile(), 'utf8'), broken);
    }
  });

  it('says which presets there are, and what an address with a gap needs', async () => {
    for (const [args, expected] of [
      [['add'], /Name a preset: choose one of openai, /],
      [['add', 'nobody'], /There is no preset "nobody": choose one of openai, /],
      [['add', 'azure'], /give yours with --base-url/],
      [['sing'], /does not know "sing"/],
    ] as const) {
      const { code, stderr } = await run(args);
      assert.equal(code, 2);
      assert.match(stderr, expected);
    }
    assert.ok(!existsSync(settingsFile()));
  });

  it('tells what runs in the folder have found out of the parameters of models', async () => {
    const service = { name: 'mine', kind: 'openai', baseUrl: bench().server.baseUrl, models: ['m'] };
    writeOwn(JSON.stringify({ 'parallelCandidates.services': [service] }));
    writeFileSync(bench().seen('a.prompt.md'), '---\ncandidates:\n  count: 1\n  temperature: 1\n---\nWrite.\n');
    bench().server.configure({ habit: refusing({ temperature: null }) });
    const generated = await run([], {}, ['generate', 'a.prompt.md', '--service', 'mine']);
    assert.equal(generated.code, 0, generated.stderr);
    const { stdout } = await run([]);
    assert.match(stdout, /^mine .*\n {2}mine\/m: temperature is left out$/m);
  });

  it('lists the models of a service, and makes a test call', async () => {
    bench().server.configure({ apiKey: key, models: ['one', 'two'] });
    const where = ['--base-url', bench().server.baseUrl, '--api-key-env', 'MY_KEY'];
    const models = await run(['models', ...where], { MY_KEY: key });
    assert.deepEqual([models.code, models.stdout], [0, 'one\ntwo\n'], models.stderr);
    const tested = await run(['test', '--model', 'one', ...where], { MY_KEY: key });
    assert.equal(tested.code, 0, tested.stderr);
    assert.match(tested.stdout, /\/one answered in \d+ ms: \d+ in \+ \d+ out tokens$/m);
    const wrong = await run(['test', '--model', 'one', ...where], { MY_KEY: 'sk-wrong-key-of-somebody' });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /refused the API key/);
    assert.ok(!wrong.stderr.includes('sk-wrong-key-of-somebody'));
  });

  it("sends no key of a customer's host to one that only a folder names", async () => {
    mkdirSync(bench().seen('.vscode'), { recursive: true });
    const service = {
      name: 'theirs',
      kind: 'openai',
      baseUrl: 'https://evil.openai.azure.com/openai/v1',
      models: ['m'],
    };
    writeFileSync(bench().seen('.vscode/settings.json'), JSON.stringify({ 'parallelCandidates.services': [service] }));
    const { stdout } = await run(['--trust'], { AZURE_OPENAI_API_KEY: key, OPENAI_API_KEY: key });
    assert.match(stdout, /^theirs .*has no key/m);
  });
});
