import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { useWorkbench } from '../../support/terminalHarness.ts';

const cli = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

/** A program that gives another one a terminal. */
const script = '/usr/bin/script';

describe('settings of a folder in the terminal', function () {
  this.timeout(60_000);
  const bench = useWorkbench();
  const sentence = () =>
    `The settings in ${bench().seen('.vscode/settings.json')} were left alone, ` +
    'because a folder does not decide which services are called: give --trust to use them.';

  function writeSettings(more: Readonly<Record<string, unknown>> = {}, folder = bench().seen('.vscode')): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'settings.json'), JSON.stringify({ ...servicesOf('mine'), ...more }));
  }

  function servicesOf(name: string): Readonly<Record<string, unknown>> {
    const service = { name, kind: 'openai', baseUrl: bench().server.baseUrl, models: ['m'] };
    return { 'parallelCandidates.services': [service], 'parallelCandidates.defaultService': name };
  }

  const generate = (...args: readonly string[]) => bench().run('generate', 'a.prompt.md', ...args);

  /** Generates where somebody sits who types an answer. @returns what is on the screen */
  function withAnswer(answer: string): Promise<string> {
    const command = `${process.execPath} ${cli} generate a.prompt.md`;
    const child = spawn(script, ['-qec', command, '/dev/null'], {
      cwd: bench().folder,
      env: { ...process.env, ...bench().environment, XDG_CONFIG_HOME: bench().seen('.config'), LC_ALL: 'C' },
    });
    return new Promise((resolve, reject) => {
      let screen = '';
      child.once('error', reject);
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const wasAsked = screen.includes('[y/N]');
        screen += text;
        if (!wasAsked && screen.includes('[y/N]')) child.stdin.write(`${answer}\n`);
      });
      child.once('close', () => resolve(screen));
    });
  }

  beforeEach(() => bench().prompt(1));

  it('are left alone, which one sentence says', async () => {
    writeSettings();
    const { code, stderr } = await generate();
    assert.equal(code, 0, stderr);
    assert.equal(stderr.split(sentence()).length - 1, 1, stderr);
    assert.deepEqual(bench().called(), []);
    assert.deepEqual(bench().visible(), ['01.md']);
    writeFileSync(bench().seen('.vscode/settings.json'), '{ "editor.fontSize": 12 }');
    assert.doesNotMatch((await generate()).stderr, /left alone/);
  });

  it('are asked for where a run needs one of their services', async () => {
    writeSettings();
    const refused = { code: 2, stdout: '', stderr: `parallel-candidates: ${sentence()}\n` };
    assert.deepEqual(await generate('--service', 'mine'), refused);
    bench().prompt(1, 'a', '  models: [mine/m]\n');
    const { code, stderr } = await generate();
    assert.equal(code, 2);
    assert.match(stderr, /left alone/);
    assert.equal(existsSync(bench().seen('candidates')), false);
    const unknown = await generate('--service', 'other');
    assert.match(unknown.stderr, /There is no service "other": choose one of "anthropic", "demo", "openai"/);
  });

  it('are used with --trust, for this call', async () => {
    writeSettings();
    const { code, stderr } = await generate('--trust');
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /left alone/);
    assert.deepEqual(bench().called(), [1]);
    assert.match((await generate()).stderr, /left alone/);
  });

  it('are used after a yes, which is remembered for the folder and its content', async function () {
    if (!existsSync(script)) this.skip();
    writeSettings({ 'parallelCandidates.cache': 'off\u202e\u009b31m' });
    const shown = await withAnswer('n');
    assert.match(shown, /parallelCandidates\.services: .*"name":"mine".*"baseUrl":"http:/);
    assert.match(shown, /off⟨U\+202E⟩⟨U\+009B⟩31m/);
    assert.match(shown, /left alone/);
    assert.deepEqual(bench().called(), []);
    assert.doesNotMatch(await withAnswer('y'), /left alone/);
    assert.deepEqual(bench().called(), [1]);
    const { code, stderr } = await generate();
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /left alone/);
    assert.deepEqual(bench().called(), [1, 1]);
    writeSettings({ 'parallelCandidates.cache': 'on' });
    assert.match((await generate()).stderr, /left alone/);
    assert.equal(bench().called().length, 2);
  });

  it("come after the person's own without trust, and before them with it", async () => {
    writeSettings(servicesOf('own'), bench().seen('.config/parallel-candidates'));
    const { code, stderr } = await generate();
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /left alone/);
    assert.deepEqual(bench().called(), [1]);
    const other = { name: 'own', kind: 'demo', models: ['small'] };
    writeSettings({ 'parallelCandidates.services': [other], 'parallelCandidates.defaultService': 'own' });
    assert.match((await generate()).stderr, /left alone/);
    assert.equal(bench().called().length, 2);
    assert.equal((await generate('--trust')).code, 0);
    assert.equal(bench().called().length, 2);
  });

  it('get no key that the person names for a service of their own', async () => {
    bench().server.configure({ apiKey: 'sk-mine' });
    const env = { MINE: 'sk-mine' };
    const args = ['generate', 'a.prompt.md', '--api-key-env', 'MINE', '--trust'];
    writeSettings(servicesOf('own'), bench().seen('.config/parallel-candidates'));
    const { code, stderr } = await bench().start(args, env).result;
    assert.equal(code, 0, stderr);
    const elsewhere = { name: 'own', kind: 'openai', baseUrl: 'http://127.0.0.1:9/v1', models: ['m'] };
    writeSettings({ 'parallelCandidates.services': [elsewhere], 'parallelCandidates.defaultService': 'own' });
    const refused = await bench().start(args, env).result;
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /The key of --api-key-env is not sent to http:\/\/127\.0\.0\.1:9, which only this folder/,
    );
  });

  it('do not change where a run that was started with them goes on', async () => {
    writeSettings({ ...servicesOf('openai') });
    bench().server.configure({ faults: { every: 1, kind: '400' } });
    assert.equal((await generate('--trust')).code, 1);
    bench().server.configure({ faults: null });
    const { code, stderr } = await bench().run('resume', '--failed');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /left alone/);
    assert.deepEqual(bench().called(), [1, 1]);
  });

  it('are none where a pipe, a link out of the folder or something else stands', async function () {
    if (process.platform === 'win32') this.skip();
    mkdirSync(bench().seen('.vscode'));
    const file = bench().seen('.vscode/settings.json');
    execFileSync('mkfifo', [file]);
    assert.equal((await generate()).code, 0);
    rmSync(file);
    writeSettings({}, bench().seen('../elsewhere'));
    symlinkSync(bench().seen('../elsewhere/settings.json'), file);
    assert.equal((await generate('--trust')).code, 0);
    rmSync(file);
    for (const text of ['['.repeat(200_000), '{', '"text"', `{ "a": "${'x'.repeat(1_000_000)}" }`]) {
      writeFileSync(file, text);
      const { code, stderr } = await generate();
      assert.equal(code, 2);
      assert.match(stderr, /^parallel-candidates: .*settings\.json is [^\n]+\n$/);
    }
    writeFileSync(file, `{ "__proto__": ${JSON.stringify(servicesOf('mine'))} }`);
    const { code, stderr } = await generate('--trust');
    assert.equal(code, 0, stderr);
    assert.deepEqual(bench().called(), []);
  });
});
