import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModuleStage } from '../../../../src/flow/pipeline.ts';
import { success } from '../../../../src/base/outcome.ts';
import { moduleStage, type ModuleTools } from '../../../../src/stages/module/moduleStage.ts';
import { whyNotPlain } from '../../../../src/stages/module/plainValue.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import { common, resultOf, saidBy, taskOf } from '../../../support/stages/task.ts';
import { useThreads } from '../../../support/stages/threads.ts';

describe('a module of the workspace', function () {
  this.timeout(30_000);
  const folder = useScratchFolder();
  const threads = useThreads();

  const tools = (): ModuleTools => ({
    threads,
    folder: folder(),
    resolveModule: (module) => Promise.resolve(success(join(folder(), module))),
    readFile: (path) => {
      const file = join(folder(), path);
      return Promise.resolve(
        existsSync(file) ? success(readFileSync(file)) : { ok: false, failure: `There is no "${path}".` },
      );
    },
  });

  function run(
    code: string,
    record: Record<string, unknown> = {},
    more: Partial<ModuleStage> = {},
    signal?: AbortSignal,
  ) {
    writeFileSync(join(folder(), 'm.mjs'), code);
    const stage: ModuleStage = { ...common, kind: 'module', module: './m.mjs', with: {}, ...more };
    return moduleStage(stage, tools())(taskOf(record, signal));
  }

  it('makes something of a record', async () => {
    const code = 'export default async (record, { with: w }) => ({ sum: record.a + w.n, said: w.said })';
    const { text, format } = resultOf(await run(code, { a: 1, x: 'v' }, { with: { n: 2, said: '{{ x }}!' } }));
    assert.deepEqual([JSON.parse(text), format], [{ sum: 3, said: 'v!' }, 'json']);
    assert.deepEqual(resultOf(await run('export default (r) => r.a.toUpperCase()', { a: 'ä' })), {
      text: 'Ä',
      format: 'text',
    });
  });

  it('is read anew when it has changed', async () => {
    assert.equal(resultOf(await run('export default () => "one"')).text, 'one');
    assert.equal(resultOf(await run('export default () => "two"')).text, 'two');
  });

  it('reads files through the gate', async () => {
    writeFileSync(join(folder(), 'a.txt'), 'hello');
    const code = 'export default async (r, { file }) => Buffer.from(await file(r.f)).toString()';
    assert.equal(resultOf(await run(code, { f: 'a.txt' })).text, 'hello');
    assert.match(
      saidBy(await run(code, { f: 'b.txt' })),
      /^program-failed: The module "\.\/m\.mjs" threw "Error: There is no "b\.txt""\.$/,
    );
  });

  it('sees nothing of the environment', async () => {
    assert.equal(resultOf(await run('export default () => Object.keys(process.env).join()')).text, '');
  });

  it('fails in one sentence', async () => {
    const said = async (code: string, more: Partial<ModuleStage> = {}) => saidBy(await run(code, {}, more));
    assert.match(await said('export default () => { throw new Error("oh\\nno."); }'), /threw "Error: oh no"\.$/);
    assert.match(await said('export default () => Promise.reject("plain")'), /threw "plain"\.$/);
    assert.match(await said('export default () => process.exit(3)'), /threw "Error: process\.exit\(3\)"\.$/);
    assert.match(await said('export const x = 1'), /^bad-request: .* has no function as its default export\.$/);
    assert.match(await said('export default ('), /^program-failed: .* threw "SyntaxError/);
    assert.match(await said('export default () => {}'), /^invalid-output: .* returned nothing\.$/);
    assert.match(await said('export default () => ({ a: 1n })'), /returned a bigint, which JSON cannot hold\.$/);
    assert.match(await said('export default () => new Map()'), /returned a Map, which JSON cannot hold\.$/);
    assert.match(
      await said('const a = {}; a.a = a; export default () => a'),
      /more than 200 levels deep, or in itself\.$/,
    );
    assert.match(
      await said('export default () => new Promise(() => setTimeout(() => { throw new Error("late"); }))'),
      /threw "Error: late"\.$/,
    );
    assert.match(await said('export default () => "x".repeat(30_000_000)'), /^too-long: /);
  });

  it('is ended when it loops for ever, or takes too long', async () => {
    assert.match(
      saidBy(await run('export default () => { for (;;); }', {}, { timeoutMs: 300 })),
      /^timeout: .*within 0\.3 s/,
    );
    assert.match(
      saidBy(await run('export default () => new Promise(() => setInterval(() => 0, 1e6))', {}, { timeoutMs: 300 })),
      /^timeout/,
    );
    assert.equal(resultOf(await run('export default () => "next"')).text, 'next');
  });

  it('is ended when it takes all memory', async () => {
    const code = 'const all = []; export default () => { for (;;) all.push(new Array(100_000).fill({})); }';
    assert.match(saidBy(await run(code)), /^too-long: .*more memory/);
    assert.equal(resultOf(await run('export default () => "next"')).text, 'next');
  });

  it('is ended when it takes all memory outside of its heap', async () => {
    // Ends by itself, so that a failure here fills no machine.
    const code =
      'export default () => { const all = []; for (;;) if (all.push(Buffer.alloc(2e7, 1)) > 200) return "all"; }';
    const slow =
      'const all = []; const wait = () => new Promise((go) => setTimeout(go, 5)); export default async () => { while (all.length < 200) { all.push(Buffer.alloc(2e7, 1)); await wait(); } return "all"; }';
    for (const each of [code, slow]) assert.match(saidBy(await run(each)), /^too-long: .*more memory/);
    assert.equal(resultOf(await run('export default () => "next"')).text, 'next');
  });

  it('is told when it is cancelled, and ended when it does not listen', async () => {
    for (const code of [
      'export default (r, { signal }) => new Promise((done) => signal.addEventListener("abort", () => done("tidy")))',
      'export default () => { for (;;); }',
    ]) {
      const abort = new AbortController();
      const running = run(code, {}, {}, abort.signal);
      setImmediate(() => abort.abort());
      assert.equal(saidBy(await running), 'cancelled: Cancelled.');
    }
  });

  it('hurts no other item by what it leaves behind', async () => {
    const leaves = `export default (r) => {
      setTimeout(() => { throw new Error('stray'); }, 5);
      setTimeout(() => process.exit(1), 10);
      Promise.reject(new Error('nobody waits'));
      return 'left ' + r.n;
    }`;
    const waits = 'export default (r) => new Promise((done) => setTimeout(() => done("kept " + r.n), 30))';
    for (let n = 0; n < 6; n++) {
      const outcome = await run(n % 2 === 0 ? leaves : waits, { n });
      assert.equal(resultOf(outcome).text, n % 2 === 0 ? `left ${n}` : `kept ${n}`);
    }
  });

  it('prints nothing into the results of the program', async () => {
    const written: unknown[] = [];
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (text: unknown) => {
      written.push(text);
      return true;
    };
    try {
      const code =
        'export default () => { console.log("noise"); process.stdout.write("noise"); console.error("noise"); return "ok" }';
      assert.equal(resultOf(await run(code)).text, 'ok');
      assert.equal(resultOf(await run('export default () => "again"')).text, 'again');
    } finally {
      process.stdout.write = write;
    }
    assert.ok(!written.join('').includes('noise'));
  });

  it('is not run when the gate does not let it through', async () => {
    const stage: ModuleStage = { ...common, kind: 'module', module: './m.mjs', with: {} };
    const shut = {
      ...tools(),
      resolveModule: () => Promise.resolve({ ok: false, failure: 'It lies outside.' } as const),
    };
    assert.equal(saidBy(await moduleStage(stage, shut)(taskOf({}))), 'bad-request: It lies outside.');
    assert.match(
      saidBy(await moduleStage(stage, tools())(taskOf({}))),
      /^bad-request: The module "\.\/m\.mjs" cannot be read/,
    );
    const broken = { ...stage, with: { a: '{{ gone }}' } };
    assert.match(saidBy(await moduleStage(broken, tools())(taskOf({}))), /no value for \{\{ gone \}\}/);
  });

  /** What a module does, and what is said of it. */
  const oddities: Readonly<Record<string, readonly [string, RegExp]>> = {
    'throws a text': ['throw "no luck";', /^program-failed: .* threw "no luck"\.$/],
    'throws nothing': ['throw undefined;', /^program-failed: .* threw "undefined"\.$/],
    'throws null': ['throw null;', /^program-failed: .* threw "null"\.$/],
    'throws an object': ['throw { code: 7 };', /^program-failed: .* threw .*code.*7/],
    'throws a symbol': ['throw Symbol("s");', /^program-failed: .* threw .*Symbol\(s\)/],
    'throws what cannot be shown': [
      'throw { toString() { throw new Error("no"); }, get message() { throw new Error("no"); } };',
      /^program-failed: .* threw /,
    ],
    'throws an error without words': ['throw new Error();', /^program-failed: .* threw "?Error/],
    'rejects with an error of several lines': ['return Promise.reject(new Error("a\\nb"));', /threw "Error: a b"/],
    'returns nothing': ['', /^invalid-output: .* returned nothing/],
    'returns a large number': ['return { a: 1n };', /^invalid-output: .* returned a bigint, which JSON cannot hold/],
    'returns a value that lies in itself': [
      'const a = {}; a.a = a; return a;',
      /returned a value that lies more than 200 levels deep, or in itself/,
    ],
    'returns a Map': ['return { a: new Map([[1, 2]]) };', /returned a Map, which JSON cannot hold/],
    'returns a buffer': ['return Buffer.from("a");', /returned a Buffer, which JSON cannot hold/],
    'returns a moment that is none': [
      'return { at: new Date(NaN) };',
      /returned a Date without a moment, which JSON cannot hold/,
    ],
    'returns what makes nothing of itself': [
      'return new (class { toJSON() {} })();',
      /returned nothing that JSON can hold/,
    ],
    'returns what makes something odd of itself': ['return { toJSON: () => 1n };', /^\S+: .*(?:returned|threw) /],
    'returns an object of nobody': [
      'return Object.create(Object.create(Object.create(null)));',
      /returned an object of a class of its own, which JSON cannot hold/,
    ],
    'returns a proxy that is gone': [
      'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return { proxy };',
      /^program-failed: .* threw /,
    ],
  };
  for (const [name, [body, expected]] of Object.entries(oddities)) {
    it(`is told in one sentence when it ${name}`, async () => {
      const said = saidBy(await run(`export default async () => { ${body} };`));
      assert.match(said, expected);
      assert.ok(said.length < 500 && !said.includes('\n'), said);
    });
  }

  it('returns moments as texts', async () => {
    assert.equal(
      resultOf(await run('export default () => ({ at: new Date(0) });')).text,
      '{"at":"1970-01-01T00:00:00.000Z"}',
    );
  });

  it('is told in one sentence when it exports something else', async () => {
    for (const code of [
      '',
      'export const run = () => 1;',
      'export default 7;',
      'export default null;',
      'export default { run() {} };',
    ]) {
      assert.match(saidBy(await run(code)), /^bad-request: .* has no function as its default export/, code);
    }
    assert.match(
      saidBy(await run('export default class {}')),
      /^program-failed: .* threw "TypeError: Class constructor/,
    );
    assert.match(saidBy(await run('export default (')), /^program-failed: .* threw "/);
    assert.match(
      saidBy(await run('import "./gone.mjs"; export default () => 1;')),
      /^program-failed: .* threw ".*Cannot find module/,
    );
  });

  it('is ended when what it returns never comes', async () => {
    for (const body of ['new Promise(() => {})', '({ then() {} })']) {
      const said = saidBy(await run(`export default () => ${body};`, {}, { timeoutMs: 500 }));
      assert.match(said, /^timeout: .*raise the stage's "timeout"/);
    }
  });

  it('may return only what JSON gives back', () => {
    for (const value of [1, 'a', null, [undefined], { a: { b: [true] } }, new Date(0), Object.create(null)]) {
      assert.equal(whyNotPlain(value), undefined);
    }
    for (const value of [NaN, [Infinity], { a: Symbol('x') }, new Set(), { a: () => 1 }]) assert.ok(whyNotPlain(value));
  });
});
