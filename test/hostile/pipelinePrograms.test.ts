import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { useWorkbench } from '../support/terminalHarness.ts';
import { onlyTheseFailed, runHostile } from './support/hostilePipeline.ts';
import { pdfBomb, pngOf } from './support/bombs.ts';

/** What a shell would obey, were it not a value. */
const shellValues: Readonly<Record<string, string>> = {
  semicolon: '; touch owned; ',
  and: '&& touch owned',
  pipe: '| touch owned',
  background: '& touch owned &',
  dollar: '$(touch owned)',
  backtick: '`touch owned`',
  quote: '"; touch owned; "',
  single: "'; touch owned; '",
  both: `'"; touch owned #`,
  line: 'a\ntouch owned\n',
  redirect: '> owned',
  glob: '*',
  variable: '${HOME} $PATH',
  arithmetic: '$((1+1))',
  history: '!!',
  end: '\\',
  blank: '',
  template: '{{ key }}{% raw %}',
};

describe('values that programs are run with', function () {
  this.timeout(90_000);
  const bench = useWorkbench();

  it('are values to a program and to a shell, whatever is in them', async () => {
    const rows = Object.entries(shellValues).map(([key, value]) => ({ key, value }));
    const result = await runHostile(bench(), {
      stages: `  - { name: list, command: [printf, "%s|", "{{ value }}"] }
  - { name: plain, shell: true, command: 'printf "%s|" {{ value }} end' }
  - { name: quoted, shell: true, command: 'printf "%s|" "<{{ value }}>" end' }
  - { name: single, shell: true, command: "printf '%s|' '{{ value }}'" }
  - { name: nested, shell: true, command: 'printf "%s|" "$(printf "%s" "{{ value }}" | cat)"' }
  - { name: read, command: [cat], stdin: "{{ value }}" }`,
      rows,
      more: 'deliver: [{ jsonl: out.jsonl }]\n',
    });
    onlyTheseFailed(result, []);
    assert.ok(!existsSync(bench().seen('owned')));
    const lines = readFileSync(bench().seen('out.jsonl'), 'utf8').trim().split('\n');
    const texts = lines.map((line) => JSON.parse(line) as Record<string, { readonly text: string } & string>);
    assert.equal(texts.length, rows.length);
    for (const { key, value = '', ...stages } of texts) {
      const said = ['list', 'plain', 'quoted', 'single', 'nested'].map((stage) => stages[stage]?.text);
      const inner = value.replace(/\n+$/, '');
      assert.deepEqual(said, [`${value}|`, `${value}|end|`, `<${value}>|end|`, `${value}|`, `${inner}|`], String(key));
      assert.equal(stages.read?.text, value.replace(/\n$/, ''));
    }
  });

  it('never become an option, and no value chooses what runs', async () => {
    const result = await runHostile(bench(), {
      stages: '  - { name: sort, command: [sort, "{{ value }}"] }',
      rows: [
        { key: 'option', value: '--output=rows.json' },
        { key: 'good', value: '/dev/null' },
      ],
    });
    const sentences = onlyTheseFailed(result, ['option']);
    assert.match(sentences.option ?? '', /would take for an option: put "--" before it/);
  });
});

describe('programs of a pipeline', function () {
  this.timeout(120_000);
  const bench = useWorkbench();

  it('cost their own record only, however they behave, and leave nobody behind', async () => {
    const lines: Readonly<Record<string, string>> = {
      good: 'echo good',
      loud: 'yes',
      loudErrors: 'yes >&2',
      hangs: 'sleep 1000',
      stubborn: 'trap "" TERM INT HUP; while :; do sleep 1; done',
      forks: 'for each in 1 2 3; do (trap "" TERM; sleep 1000) & done; sleep 1000',
      leaves: 'sleep 1000 & echo left',
      killed: 'kill -9 $$',
      silent: 'exit 3',
      binary: 'printf "\\377\\376"',
      forged: 'printf "\\033[2Jgone\\n\\r" >&2; exit 1',
      eats: 'cat /dev/zero',
    };
    mkdirSync(bench().seen('bin'));
    for (const [key, line] of Object.entries(lines)) {
      writeFileSync(bench().seen(`bin/${key}.sh`), `echo $$ > pid.${key}\n${line}\n`);
    }
    const result = await runHostile(bench(), {
      stages: '  - { name: run, command: [sh, "bin/{{ key }}.sh"], timeout: 3, workers: 12 }',
      rows: Object.keys(lines).map((key) => ({ key })),
      env: { NODE_OPTIONS: '--max-old-space-size=128' },
    });
    const { good: _good, leaves: _leaves, ...bad } = lines;
    const sentences = onlyTheseFailed(result, Object.keys(bad));
    for (const key of ['loudErrors', 'hangs', 'stubborn', 'forks'])
      assert.match(sentences[key] ?? '', /^timeout: .*3 s/);
    for (const key of ['loud', 'eats']) assert.match(sentences[key] ?? '', /^too-long: .*20000000 bytes/);
    for (const key of Object.keys(lines)) {
      const group = Number(readFileSync(bench().seen(`pid.${key}`), 'utf8'));
      // Whoever was asked to end may take a moment.
      for (let tries = 0; isThere(group) && tries < 100; tries++) await delay(50);
      assert.ok(!isThere(group), `${key} has left somebody`);
    }
  });

  it('end with the run that is interrupted, and are run again when it goes on', async () => {
    writeFileSync(
      bench().seen('a.pipeline.yml'),
      'stages:\n  - { name: long, shell: true, command: "echo $$ > pid; test -e go || sleep 1000; echo done" }\n',
    );
    const running = bench().start(['run', 'a.pipeline.yml', '--json']);
    await bench().eventually(() => existsSync(bench().seen('pid')) && readFileSync(bench().seen('pid')).length > 0);
    const group = Number(readFileSync(bench().seen('pid'), 'utf8'));
    running.process.kill('SIGINT');
    running.process.kill('SIGINT');
    const { code } = await running.result;
    assert.equal(code, 130);
    await bench().eventually(() => !isThere(group));
    writeFileSync(bench().seen('go'), '');
    const resumed = await bench().run('resume', '--json');
    assert.equal(resumed.code, 0, resumed.stderr);
  });
});

function isThere(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

describe('modules of a pipeline', function () {
  this.timeout(120_000);
  const bench = useWorkbench();
  const put = (name: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(bench().seen(name)), { recursive: true });
    writeFileSync(bench().seen(name), content);
  };

  it('cost their own record only, however they behave', async () => {
    put(
      'acts.mjs',
      `const acts = {
  good: () => ({ ok: true }),
  loops: () => { for (;;); },
  waits: () => new Promise(() => setInterval(() => 0, 1000)),
  grows: () => { const all = []; for (;;) all.push(new Array(100_000).fill({})); },
  swells: async () => { const all = []; for (;;) { all.push(Buffer.alloc(50_000_000, 1)); await new Promise((next) => setTimeout(next, 1)); } },
  swellsAtOnce: () => { const all = []; for (;;) all.push(new Uint8Array(50_000_000).fill(1)); },
  exits: () => process.exit(3),
  leaves: () => process.reallyExit(3),
  aborts: () => process.abort(),
  throws: () => { throw new Error('a\\u001b[2Jb\\nc'); },
  throwsNothing: () => { throw undefined; },
  later: () => new Promise(() => setTimeout(() => { throw new Error('later'); }, 10)),
  circle: () => { const a = {}; a.a = a; return a; },
  proxy: () => new Proxy({}, { ownKeys() { throw new Error('trap'); } }),
  getter: () => ({ get a() { throw new Error('trap'); } }),
  json: () => ({ toJSON() { throw new Error('trap'); } }),
  large: () => 'x'.repeat(30_000_000),
  recursion: () => { const go = () => go() + 1; return go(); },
};
export default ({ key }) => acts[key]();
`,
    );
    const acts = [...readFileSync(bench().seen('acts.mjs'), 'utf8').matchAll(/^ {2}(\w+): /gm)];
    const keys = acts.map(([, key = '']) => key);
    assert.ok(keys.length > 10);
    const result = await runHostile(bench(), {
      stages: '  - { name: act, module: ./acts.mjs, timeout: 8, workers: 2 }',
      rows: keys.map((key) => ({ key })),
    });
    const sentences = onlyTheseFailed(
      result,
      keys.filter((key) => key !== 'good'),
    );
    for (const key of ['loops', 'waits']) assert.match(sentences[key] ?? '', /^timeout: .*8 s/);
    assert.match(sentences.grows ?? '', /^(?:too-long|timeout): /);
    for (const key of ['swells', 'swellsAtOnce']) assert.match(sentences[key] ?? '', /^too-long: .*memory/);
  });
});

describe('files that are made to break their reader', function () {
  this.timeout(180_000);
  const bench = useWorkbench();

  it('cost their own record only', async () => {
    const files: Readonly<Record<string, Uint8Array>> = {
      'empty.pdf': new Uint8Array(),
      'text.pdf': Buffer.from('no pdf at all'),
      'head.pdf': Buffer.from('%PDF-1.7\n'),
      'torn.pdf': pdfBomb(1000).subarray(0, 300),
      'bomb.pdf': pdfBomb(1_500_000_000),
      'nested.pdf': pdfBomb(60_000_000, 2),
      'random.pdf': Buffer.concat([
        Buffer.from('%PDF-1.7\n'),
        Buffer.from(Array.from({ length: 50_000 }, (_, at) => (at * 7919) % 256)),
      ]),
    };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(bench().seen(name), bytes);
    const result = await runHostile(bench(), {
      stages: '  - { name: text, module: pdf-text, with: { file: "{{ key }}" }, timeout: 20, workers: 2 }',
      rows: Object.keys(files).map((key) => ({ key })),
    });
    const sentences = onlyTheseFailed(result, Object.keys(files));
    assert.match(sentences['bomb.pdf'] ?? '', /^too-long: .*more memory|^timeout: /);
  });

  it('cost their own record only, as pictures of pages', async () => {
    const files: Readonly<Record<string, Uint8Array>> = {
      'empty.png': new Uint8Array(),
      'text.png': Buffer.from('no picture'),
      'head.png': pngOf(100, 100).subarray(0, 20),
      'torn.png': pngOf(1000, 1000).subarray(0, 60),
      'huge.png': pngOf(100_000, 100_000, 10),
      'bomb.png': pngOf(14_000, 14_000),
      'lies.png': pngOf(500, 500, 2),
    };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(bench().seen(name), bytes);
    const result = await runHostile(bench(), {
      stages: '  - { name: text, module: ocr, with: { file: "{{ key }}" }, timeout: 30, workers: 1 }',
      rows: Object.keys(files).map((key) => ({ key })),
    });
    onlyTheseFailed(result, Object.keys(files));
  });
});
