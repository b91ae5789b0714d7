import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../../support/cli.ts';
import { useScratchFolder } from '../../support/scratch.ts';

describe('parallel-candidates', () => {
  const folder = useScratchFolder();
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    runCli(args, { cwd: folder(), env });

  it('shows its commands and exit statuses with --help, -h and help', async () => {
    const [help, ...others] = await Promise.all([['help'], ['--help'], ['-h']].map((args) => run(args)));
    assert.deepEqual([help?.code, help?.stderr], [0, '']);
    for (const command of ['generate', 'resume', 'runs', 'discard', 'clear', 'clear-cache', 'help']) {
      assert.match(help?.stdout ?? '', new RegExp(`^  ${command} `, 'm'));
    }
    assert.match(help?.stdout ?? '', /^Exit status: 0 .*; 2 bad usage or input,\n.*; 130 interrupted\.$/m);
    for (const other of others) assert.deepEqual(other, help);
  });

  it('shows its help and fails when nothing is asked of it', async () => {
    const { code, stdout, stderr } = await run([]);
    assert.deepEqual([code, stderr], [2, '']);
    assert.equal(stdout, (await run(['help'])).stdout);
  });

  it('shows the options of a command with their variables, whatever the environment says', async () => {
    const bad = { PARALLEL_CANDIDATES_RPM: 'fast' };
    const [named, flagged] = await Promise.all([
      run(['help', 'generate'], bad),
      run(['generate', 'a.prompt.md', '--help'], bad),
    ]);
    assert.deepEqual([named.code, named.stderr], [0, '']);
    assert.deepEqual(flagged, named);
    assert.match(named.stdout, /^Usage: parallel-candidates generate \[options\] <file\.\.\.>$/m);
    const flags = [...named.stdout.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, flag]) => flag ?? '');
    assert.ok(flags.length >= 16, flags.join());
    for (const flag of flags) {
      const variable = `PARALLEL_CANDIDATES_${flag.toUpperCase().replaceAll('-', '_')}`;
      assert.ok(named.stdout.includes(`(env: ${variable})`), variable);
    }
    const headings = [...named.stdout.matchAll(/^(\S.*):$/gm)].map(([, heading]) => heading);
    assert.deepEqual(headings, ['What to generate', 'With what', 'Where', 'How fast', 'How much', 'Output', 'Options']);
    assert.doesNotMatch(named.stdout, /--no-/);
  });

  it('shows its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      readonly version: string;
    };
    for (const flag of ['--version', '-V']) {
      assert.deepEqual(await run([flag]), { code: 0, stdout: `${version}\n`, stderr: '' });
    }
  });

  for (const [args, message] of [
    [['grow'], 'There is no command "grow".'],
    [['help', 'grow'], 'There is no command "grow".'],
    [['generat'], 'There is no command "generat" (did you mean generate?).'],
    [['generate', 'a.prompt.md', '--fast'], "Unknown option '--fast'."],
    [['generate', 'a.prompt.md', '--candidate', '3'], "Unknown option '--candidate' (did you mean --candidates?)."],
    [['generate', 'a.prompt.md', '--rpm'], "Option '--rpm <n>' argument missing."],
    [['resume', 'a', 'b'], 'Name one run at most.'],
    [['runs', 'a'], '"runs" takes no "a".'],
    [['discard'], 'Name the one run to discard.'],
    [['discard', 'a', 'b'], 'Name the one run to discard.'],
    [['clear', 'all'], '"clear" takes no "all".'],
    [['clear-cache', 'all'], '"clear-cache" takes no "all".'],
  ] as const) {
    it(`says in one sentence what is wrong with: ${args.join(' ')}`, async () => {
      assert.deepEqual(await run(args), {
        code: 2,
        stdout: '',
        stderr: `parallel-candidates: ${message} See "parallel-candidates help".\n`,
      });
    });
  }

  it('takes options from the environment and names the variable that it cannot use', async () => {
    writeFileSync(join(folder(), 'a.prompt.md'), 'Write a line.\n');
    const plan = async (env: Readonly<Record<string, string>>, ...args: readonly string[]) => {
      const { code, stdout, stderr } = await run(['generate', 'a.prompt.md', ...args], {
        PARALLEL_CANDIDATES_DRY_RUN: 'true',
        PARALLEL_CANDIDATES_JSON: 'true',
        ...env,
      });
      return { code, stderr, ...(stdout === '' ? {} : (JSON.parse(stdout) as { readonly items: number })) };
    };
    const many = { PARALLEL_CANDIDATES_CANDIDATES: '2', PARALLEL_CANDIDATES_MODEL: 'one,two' };
    assert.equal((await plan(many)).items, 4);
    assert.equal((await plan(many, '--candidates', '3')).items, 6);
    for (const [env, message] of [
      [{ PARALLEL_CANDIDATES_ATTEMPTS: 'all' }, /PARALLEL_CANDIDATES_ATTEMPTS must be a whole number .*, not "all"\./],
      [{ PARALLEL_CANDIDATES_SERVICE: 'x' }, /There is no service "x" of PARALLEL_CANDIDATES_SERVICE: choose one of /],
      [
        { PARALLEL_CANDIDATES_SERVICE: 'demo', PARALLEL_CANDIDATES_BASE_URL: 'http://127.0.0.1:1' },
        /PARALLEL_CANDIDATES_BASE_URL does not go with the service "demo" of PARALLEL_CANDIDATES_SERVICE\./,
      ],
      [
        { PARALLEL_CANDIDATES_SERVICE: 'openai', PARALLEL_CANDIDATES_API_KEY_ENV: 'NO_SUCH_KEY' },
        /PARALLEL_CANDIDATES_API_KEY_ENV names NO_SUCH_KEY, but that variable is not set\./,
      ],
    ] as const) {
      const { code, stderr } = await plan(env);
      assert.equal(code, 2);
      assert.match(stderr, new RegExp(`^parallel-candidates: ${message.source} ?.*\\n$`));
    }
  });
});
