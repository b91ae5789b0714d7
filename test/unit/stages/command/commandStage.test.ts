import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { CommandStage } from '../../../../src/flow/pipeline.ts';
import { commandStage, type CommandTools } from '../../../../src/stages/command/commandStage.ts';
import { shellCall } from '../../../../src/stages/command/shellLine.ts';
import { programCall } from '../../../../src/stages/command/programArguments.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import { common, resultOf, saidBy, scopeOf, taskOf } from '../../../support/stages/task.ts';

const node = process.execPath;
/** Shows its arguments as JSON. */
const show = ['-e', 'process.stdout.write(JSON.stringify(process.argv.slice(1)))', '--'];

function program(list: readonly string[], more: Partial<CommandStage> = {}): CommandStage {
  return { ...common, kind: 'command', command: { kind: 'program', arguments: list }, result: 'text', ...more };
}

function shell(line: string, more: Partial<CommandStage> = {}): CommandStage {
  return { ...common, kind: 'command', command: { kind: 'shell', line }, result: 'text', ...more };
}

/** Without NUL, which no argument can hold. */
const anyText = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.replaceAll('\0', '').toWellFormed());
const nasty = fc.oneof(
  anyText,
  fc.constantFrom(
    '$(touch x)',
    '`id`',
    "'; rm -rf / #",
    '"',
    "\\'",
    '\n',
    '$HOME',
    '*',
    '~',
    '-n',
    '',
    ' a  b ',
    '!!',
    '\\',
  ),
);

describe('a command', function () {
  this.timeout(30_000);
  const folder = useScratchFolder();
  const run = (stage: CommandStage, record: Record<string, unknown> = {}, tools: Partial<CommandTools> = {}) =>
    commandStage(stage, { folder: folder(), ...tools })(taskOf(record));

  it('gets each argument as one, whatever its value', async () => {
    const record = { x: 'a b; $(c) "d"\n', y: '' };
    const { text } = resultOf(await run(program([node, ...show, '{{ x }}', '{{ y }}', '-o={{ x }}']), record));
    assert.deepEqual(JSON.parse(text), [record.x, '', `-o=${record.x}`]);
  });

  it('keeps every value one argument', () => {
    fc.assert(
      fc.property(fc.array(nasty, { maxLength: 5 }), (values) => {
        const record = { v: values };
        const list = ['p', '--', ...values.map((_, place) => `{{ v[${place}] }}`)];
        const call = programCall(list, scopeOf(record));
        assert.deepEqual(call, { ok: true, value: { program: 'p', arguments: ['--', ...values] } });
      }),
    );
  });

  it('is not started with a value that would be an option', async () => {
    const said = saidBy(await run(program(['p', '{{ x }}']), { x: '--output=/etc/passwd' }));
    assert.match(said, /^bad-request: The stage "it" cannot start: Argument 1 comes out as "--output=\/etc\/passwd"/);
    assert.match(said, /put "--" before it/);
    assert.ok(!programCall(['p', '{{ e }}{{ x }}'], scopeOf({ e: '', x: '-x' })).ok);
    assert.ok(programCall(['p', '-{{ x }}'], scopeOf({ x: '-x' })).ok);
  });

  it('is not chosen by a record', async () => {
    assert.match(saidBy(await run(program(['{{ x }}']), { x: 'sh' })), /a record must not decide what runs/);
    assert.match(saidBy(await run(program([]), {})), /names no program/);
  });

  it('reads its standard input, and starts in the folder of the pipeline', async () => {
    const stage = program([node, '-e', 'process.stdin.pipe(process.stdout); console.error(process.cwd())'], {
      stdin: 'Grüße, {{ x }}',
    });
    assert.deepEqual(resultOf(await run(stage, { x: '世界' })), { text: 'Grüße, 世界', format: 'text' });
    writeFileSync(join(folder(), 'here.txt'), 'found\n');
    assert.equal(resultOf(await run(shell('cat here.txt'))).text, 'found');
    assert.equal(resultOf(await run(program([node, '-e', 'process.stdin.pipe(process.stdout)']))).text, '');
  });

  it('does not fail when it leaves its standard input unread', async () => {
    assert.equal(resultOf(await run(shell('echo ok', { stdin: 'x'.repeat(2_000_000) }))).text, 'ok');
  });

  it('sees no key', async () => {
    const environment = {
      PATH: process.env.PATH,
      OPENAI_API_KEY: 'sk-1',
      GH_TOKEN: 't',
      LC_ALL: 'C',
      LC_SECRET_KEY: 'k',
    };
    const { text } = resultOf(
      await run(program([node, '-p', 'Object.keys(process.env).sort().join()']), {}, { environment }),
    );
    assert.equal(text, 'LC_ALL,PATH');
  });

  it('gives JSON', async () => {
    const stage = (code: string) => program([node, '-e', code], { result: 'json' });
    assert.deepEqual(resultOf(await run(stage('console.log("{\\"a\\":1}")'))), { text: '{"a":1}', format: 'json' });
    assert.match(saidBy(await run(stage('console.log("oh")'))), /^invalid-output: .*wrote "oh", which is no JSON/);
    assert.match(saidBy(await run(stage(''))), /wrote nothing, which is no JSON/);
  });

  it('fails in one sentence, with the last line of its errors and no secret', async () => {
    const stage = program([node, '-e', 'console.error("first\\nno entry for canary-4f9a8b7c."); process.exit(3)']);
    const said = saidBy(await run(stage, {}, { secrets: ['canary-4f9a8b7c'] }));
    assert.equal(said, `program-failed: The command "${node}" failed (3): no entry for [redacted].`);
    assert.match(
      saidBy(await run(shell('exit 1'))),
      /^program-failed: The shell line failed \(1\), and said nothing\.$/,
    );
    assert.match(saidBy(await run(shell('kill -9 $$'))), /was ended by SIGKILL/);
  });

  it('is told when it is not there, cannot run or gets too much', async () => {
    assert.match(saidBy(await run(program(['no-such-program-4f9a']))), /there is no such program: install it/);
    writeFileSync(join(folder(), 'plain'), 'x');
    assert.match(saidBy(await run(program(['./plain']))), /cannot be started/);
    assert.match(
      saidBy(await run(program([node, 'x{{ x }}']), { x: 'y'.repeat(3_000_000) })),
      /arguments are too long/,
    );
    assert.match(saidBy(await run(program([node, '--', '{{ x }}']), { x: 'a\0b' })), /Argument 2 has a NUL/);
    assert.match(saidBy(await run(program([node, '{{ nope }}']))), /no value for \{\{ nope \}\}/);
  });

  it('is ended when it writes too much, or no text', async () => {
    assert.match(saidBy(await run(shell('yes'), {}, { mostBytes: 100_000 })), /^too-long: .*more than 100000 bytes/);
    assert.match(saidBy(await run(shell("printf '\\377'"))), /^invalid-output: .*no UTF-8/);
  });

  it('is ended when its time is over, with all that it has started', async function () {
    if (process.platform === 'win32') this.skip();
    const stage = shell('sleep 1000 & echo $! > pid; trap "" TERM; sleep 1000; sleep 1000', { timeoutMs: 300 });
    assert.match(saidBy(await run(stage, {}, { graceMs: 100 })), /^timeout: .*within 0\.3 s/);
    const pid = Number(readFileSync(join(folder(), 'pid'), 'utf8'));
    await gone(pid);
  });

  it('is ended when it is cancelled, and may still tidy up', async function () {
    if (process.platform === 'win32') this.skip();
    const abort = new AbortController();
    const stage = shell('trap "echo > tidied; exit 1" TERM; echo > ready; while :; do sleep 0.05; done');
    const running = commandStage(stage, { folder: folder() })(taskOf({}, abort.signal));
    await until(() => existsSync(join(folder(), 'ready')));
    abort.abort();
    assert.equal(saidBy(await running), 'cancelled: Cancelled.');
    await until(() => existsSync(join(folder(), 'tidied')));
    assert.equal(
      saidBy(await commandStage(stage, { folder: folder() })(taskOf({}, abort.signal))),
      'cancelled: Cancelled.',
    );
  });

  it('does not hang on a child that has left its group and holds the output', async function () {
    if (process.platform !== 'linux') this.skip();
    const stage = shell('setsid sleep 1000 & echo $! > pid; echo done');
    try {
      assert.equal(resultOf(await run(stage)).text, 'done');
    } finally {
      const pid = Number(readFileSync(join(folder(), 'pid'), 'utf8'));
      // Its group was left, so it may still be there.
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It is not.
      }
    }
  });

  const script = (code: string): string[] => [node, '-e', code];

  it('says in one sentence what it wrote in place of text or JSON', async () => {
    const asJson = { result: 'json' } as const;
    const cases: readonly (readonly [string, object, RegExp])[] = [
      [
        'process.stdout.write(Buffer.from([0xff, 0xfe, 0x00]))',
        {},
        /^invalid-output: .* no UTF-8: let it write text\.$/,
      ],
      ['console.log(`{"a":1}\\nDone.`)', asJson, /^invalid-output: .* wrote "{"a":1} Done\.", which is no JSON/],
      ['console.log(`Reading\\n{"a":1}`)', asJson, /^invalid-output: .* wrote "Reading {"a":1}", which is no JSON/],
      ['', asJson, /^invalid-output: .* wrote nothing, which is no JSON/],
      ['console.log("{\\"a\\":NaN}")', asJson, /^invalid-output: .* which is no JSON/],
    ];
    for (const [code, more, expected] of cases) {
      const said = saidBy(await run({ ...program(script(code)), ...more }));
      assert.match(said, expected);
      assert.ok(!said.includes('\n'), said);
    }
    assert.equal(resultOf(await run({ ...program(script('console.log("\\ufeff[1]")')), ...asJson })).text, '[1]');
  });

  it('says by which signal it was ended', async () => {
    const said = saidBy(await run(program(script('process.kill(process.pid, "SIGKILL")'))));
    assert.match(said, /^program-failed: .* was ended by SIGKILL, and said nothing\.$/);
  });

  it('may say far more than it writes, of which the last line is told', async () => {
    const noise =
      'const line = "x".repeat(9999); for (let at = 0; at < 20000; at++) console.error(line); console.error("the end");';
    assert.equal(resultOf(await run(program(script(`${noise} console.log("made")`)))).text, 'made');
    const said = saidBy(await run(program(script(`${noise} process.exitCode = 3`))));
    assert.match(said, /^program-failed: .* failed \(3\): the end\.$/);
  });

  it('is ended when it listens to no signal', async () => {
    const code = 'process.on("SIGTERM", () => {}); process.on("SIGINT", () => {}); setInterval(() => {}, 1000);';
    const said = saidBy(await run({ ...program(script(code)), timeoutMs: 700 }, {}, { graceMs: 200 }));
    assert.match(said, /^timeout: .* did not end within 0\.7 s and was ended/);
  });

  it('closes its standard input before it has read all, and ends well', async () => {
    const code = 'process.stdin.once("data", () => { process.stdin.destroy(); console.log("enough"); });';
    const outcome = await run({ ...program(script(code)), stdin: '{{ long }}' }, { long: 'x'.repeat(5_000_000) });
    assert.equal(resultOf(outcome).text, 'enough');
  });

  it('leaves nothing in the background', async function () {
    if (process.platform === 'win32') this.skip();
    assert.equal(resultOf(await run(shell('sleep 1000 & echo $! > pid; echo done'))).text, 'done');
    await gone(Number(readFileSync(join(folder(), 'pid'), 'utf8')));
  });

  it('finds a program of the folder', async () => {
    writeFileSync(join(folder(), 'own.sh'), '#!/bin/sh\necho own\n');
    chmodSync(join(folder(), 'own.sh'), 0o755);
    assert.equal(resultOf(await run(program(['./own.sh']))).text, 'own');
  });
});

describe('a shell line', () => {
  function words(line: string, record: Record<string, unknown>): string {
    const call = shellCall(line, scopeOf(record));
    assert.ok(call.ok, call.ok ? '' : call.failure);
    return execFileSync(call.value.program, call.value.arguments, {
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    });
  }

  it('makes one word of every value', function () {
    this.timeout(60_000);
    fc.assert(
      fc.property(nasty, nasty, (a, b) => {
        const line = `printf '%s\\000' {{ a }} x{{ b }} "q {{ a }} q" '{{ b }}' "$(printf '%s|' {{ a }})"`;
        assert.deepEqual(words(line, { a, b }).split('\0'), [a, `x${b}`, `q ${a} q`, b, `${a}|`, '']);
      }),
      { numRuns: 150 },
    );
  });

  it('never lets a value be read by the shell', () => {
    const evil = `"; echo pwned; $(echo pwned) \`echo pwned\` '; echo pwned #`;
    for (const line of [
      'echo {{ x }}',
      'echo "{{ x }}"',
      `echo '{{ x }}'`,
      'echo ${y:-{{ x }}}',
      'x={{ x }}; echo "$x"',
    ]) {
      assert.equal(words(line, { x: evil }), `${evil}\n`, line);
    }
  });

  it('refuses values where they could not be quoted', () => {
    const refusal = (line: string): string => {
      const call = shellCall(line, scopeOf({ x: 'v' }));
      return call.ok ? '' : call.failure;
    };
    assert.match(refusal(`sh -c 'echo {{ x }}'`), /within single quotes/);
    assert.match(refusal('echo `echo {{ x }}`'), /within backticks/);
    assert.match(refusal('echo \\{{ x }}'), /backslash stands before/);
    assert.match(refusal('echo $((1 + {{ x }}))'), /would compute with it/);
    assert.equal(refusal('echo $(echo (a) ) {{ x }} \\\\{{ x }}'), '');
  });
});

/** Waits for what another process does. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function gone(pid: number): Promise<void> {
  await until(() => {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    // A process that nobody waits for stays in the table.
    return process.platform === 'linux' && readFileSync(`/proc/${pid}/stat`, 'utf8').includes(' Z ');
  });
}
