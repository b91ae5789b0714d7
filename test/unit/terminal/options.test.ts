import assert from 'node:assert/strict';
import { StrictCommand } from '../../../src/terminal/command.ts';
import { generateOptions } from '../../../src/terminal/commands/generate.ts';
import { chosen, resumeOptions } from '../../../src/terminal/commands/resume.ts';
import { addOptions, readOptions, type GivenOptions, type OptionTable } from '../../../src/terminal/options.ts';
import { UsageError } from '../../../src/terminal/usage.ts';

describe('options of the terminal', () => {
  const environment = { ...process.env };

  function clearVariables(): void {
    for (const name of Object.keys(process.env)) {
      if (name.startsWith('PARALLEL_CANDIDATES_')) Reflect.deleteProperty(process.env, name);
    }
  }

  afterEach(() => {
    clearVariables();
    Object.assign(process.env, environment);
  });

  /** @param variables by their names without PARALLEL_CANDIDATES_ */
  function given<Table extends OptionTable>(
    table: Table,
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
  ): GivenOptions<Table> {
    clearVariables();
    for (const [name, value] of Object.entries(variables)) process.env[`PARALLEL_CANDIDATES_${name}`] = value;
    const command = new StrictCommand('test').argument('[args...]').exitOverride();
    addOptions(command, table);
    command.parse(args, { from: 'user' });
    return readOptions(command, table);
  }

  function values<Table extends OptionTable>(options: GivenOptions<Table>): Readonly<Record<string, unknown>> {
    const { nameOf: _nameOf, ...rest } = options;
    return Object.fromEntries(
      Object.entries(rest).filter(
        ([, value]) => value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0),
      ),
    );
  }

  const refusal = (message: RegExp | string) => (error: unknown) => {
    assert.ok(error instanceof UsageError, String(error));
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  };

  const every = {
    CANDIDATES: '8',
    MODEL: 'one, two,',
    OUT: 'drafts',
    EXISTING: 'missing',
    FORMAT: 'text',
    DATA: 'rows.csv',
    FILTER: 'a == 1',
    LIMIT: '9',
    VAR: 'a=b=c',
    VARS: 'values.json',
    CACHE: 'refresh',
    DRY_RUN: 'true',
    SERVICE: 'openai',
    TRUST: 'on',
    BASE_URL: 'http://127.0.0.1:1/v1',
    API_KEY_ENV: 'MY_KEY',
    CONCURRENCY: 'auto',
    RPM: '60',
    TPM: '0.5',
    SAFETY: '0.9',
    ATTEMPTS: '7',
    RETRY_BASE: '0',
    SEQUENTIAL: '1',
    JSON: 'Yes',
  };
  const meant = {
    candidates: 8,
    models: ['one', 'two'],
    out: 'drafts',
    existing: 'missing',
    format: 'text',
    data: 'rows.csv',
    filter: 'a == 1',
    limit: 9,
    values: { a: 'b=c' },
    valuesFile: 'values.json',
    cache: 'refresh',
    dryRun: true,
    service: 'openai',
    trust: true,
    baseUrl: 'http://127.0.0.1:1/v1',
    apiKeyEnv: 'MY_KEY',
    concurrency: 'auto',
    requestsPerMinute: 60,
    tokensPerMinute: 0.5,
    safetyFactor: 0.9,
    attempts: 7,
    retryBaseMs: 0,
    sequential: true,
    json: true,
  };

  it('are absent when nothing is given', () => {
    assert.deepEqual(values(given(generateOptions, [])), {});
    assert.deepEqual(values(given(resumeOptions, ['run'])), {});
  });

  it('come from flags, each of them', () => {
    const args = Object.entries(every).flatMap(([name, value]) => {
      const flag = `--${name.toLowerCase().replaceAll('_', '-')}`;
      return ['DRY_RUN', 'TRUST', 'SEQUENTIAL', 'JSON'].includes(name) ? [flag] : [flag, value];
    });
    assert.deepEqual(values(given(generateOptions, args)), meant);
  });

  it('come from the environment, each of them', () => {
    const options = given(generateOptions, [], every);
    assert.deepEqual(values(options), meant);
    assert.deepEqual(values(given(resumeOptions, [], { ...every, FAILED: 'on', ITEM: 'a,b' })), {
      ...Object.fromEntries(Object.entries(meant).filter(([key]) => key in given(resumeOptions, []))),
      failed: true,
      items: ['a', 'b'],
    });
  });

  it('say where they come from', () => {
    const { nameOf } = given(generateOptions, ['--rpm', '5'], { RPM: '6', TPM: '7', OUT: '' });
    assert.deepEqual((['requestsPerMinute', 'tokensPerMinute', 'out', 'retryBaseMs', 'json'] as const).map(nameOf), [
      '--rpm',
      'PARALLEL_CANDIDATES_TPM',
      '--out',
      '--retry-base',
      '--json',
    ]);
  });

  it('a flag wins over the environment, also over what could not be used', () => {
    const options = given(
      generateOptions,
      ['--model', 'mine', '--rpm', '5', '--no-sequential', '--cache=off', '--json'],
      { MODEL: 'one,two', RPM: 'fast', SEQUENTIAL: 'true', CACHE: 'sometimes', JSON: 'false' },
    );
    assert.deepEqual(values(options), { models: ['mine'], requestsPerMinute: 5, cache: 'off', json: true });
  });

  it('an empty variable is none', () => {
    assert.deepEqual(
      values(given(generateOptions, [], Object.fromEntries(Object.keys(every).map((name) => [name, ''])))),
      {},
    );
  });

  for (const word of ['false', 'FALSE', '0', 'no', 'off']) {
    it(`a variable that says ${word} turns nothing on`, () => {
      assert.equal(given(generateOptions, [], { SEQUENTIAL: word }).sequential, false);
    });
  }

  it('lists are split at commas, and flags given again go on with them', () => {
    const { models } = given(generateOptions, ['--model', 'a,b', 'file', '--model= c ,,local/d']);
    assert.deepEqual(models, ['a', 'b', 'c', 'local/d']);
  });

  it('of several values of one flag the last counts', () => {
    assert.equal(given(generateOptions, ['--rpm', 'fast', '--rpm', '3']).requestsPerMinute, 3);
  });

  for (const [variable, flag, value, message] of [
    ['RPM', '--rpm', 'fast', 'must be a number of at least 0.001, not "fast".'],
    ['RPM', '--rpm', ' ', 'must be a number of at least 0.001, not " ".'],
    ['TPM', '--tpm', '0', 'must be a number of at least 0.001, not "0".'],
    ['SAFETY', '--safety', '1.1', 'must be a number from 0.001 to 1, not "1.1".'],
    ['CONCURRENCY', '--concurrency', '2.5', 'must be a whole number from 1 to 1000, not "2.5".'],
    ['ATTEMPTS', '--attempts', '101', 'must be a whole number from 1 to 100, not "101".'],
    ['RETRY_BASE', '--retry-base', '-1', 'must be a number of at least 0, not "-1".'],
    ['CANDIDATES', '--candidates', 'many', 'must be a whole number from 1 to 1000, not "many".'],
    ['CACHE', '--cache', 'sometimes', 'must be off, on, refresh, not "sometimes".'],
    ['MODEL', '--model', ' , ', 'names nothing: leave it out, or name some.'],
    ['BASE_URL', '--base-url', 'here', 'must be an address such as https://api.openai.com/v1, not "here".'],
  ] as const) {
    it(`a bad value is told by its name: ${variable} "${value}"`, () => {
      assert.throws(() => given(generateOptions, [flag, value]), refusal(`${flag} ${message}`));
      assert.throws(
        () => given(generateOptions, [], { [variable]: value }),
        refusal(`PARALLEL_CANDIDATES_${variable} ${message}`),
      );
    });
  }

  it('a switch takes only yes or no from the environment', () => {
    assert.throws(
      () => given(resumeOptions, [], { JSON: 'maybe' }),
      refusal('PARALLEL_CANDIDATES_JSON must be true or false, not "maybe".'),
    );
  });

  it('a flag is not taken for the value of the one before, unless it is meant', () => {
    assert.throws(
      () => given(generateOptions, ['--out', '--json']),
      refusal('--out needs a value: write --out=--json if "--json" is meant.'),
    );
    assert.equal(given(generateOptions, ['--out=--json']).out, '--json');
    assert.equal(given(generateOptions, ['--out=a', '--', '--out', '--json']).out, 'a');
    assert.throws(() => given(generateOptions, ['--candidates', '-5']), refusal(/not "-5"\.$/));
  });

  it('a list that names nothing is told where it was typed', () => {
    const nothing = refusal('--item names nothing: leave it out, or name some.');
    assert.throws(() => given(resumeOptions, ['--item', '']), nothing);
    assert.throws(() => given(resumeOptions, ['--item', ''], { ITEM: 'a' }), nothing);
    assert.deepEqual(given(resumeOptions, [], { ITEM: '' }).items, []);
  });

  describe('--failed and --item', () => {
    const kept = (args: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
      chosen(given(resumeOptions, args, variables));

    it('do not go together', () => {
      assert.throws(() => kept(['--failed', '--item', 'a']), refusal('--failed and --item do not go together.'));
      assert.throws(
        () => kept([], { FAILED: 'true', ITEM: 'a' }),
        refusal('PARALLEL_CANDIDATES_FAILED and PARALLEL_CANDIDATES_ITEM do not go together.'),
      );
    });

    it('the one that was typed wins over the other in the environment', () => {
      assert.deepEqual(kept(['--item', 'a'], { FAILED: 'true' }), { failed: false, items: ['a'] });
      assert.deepEqual(kept(['--failed'], { ITEM: 'a' }), { failed: true, items: [] });
    });
  });
});
