import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { useWorkbench } from '../support/terminalHarness.ts';
import { contentsOf } from './support/clone.ts';
import { onlyTheseFailed, runHostile } from './support/hostilePipeline.ts';
import { useServers } from './support/hostileServer.ts';

/** What a record may say where its author meant a name. */
const names: Readonly<Record<string, string>> = {
  good: 'a plain name',
  up: '../../up',
  upTwice: '..',
  root: '/etc/cron.d/x',
  home: '~/.bashrc',
  windows: '..\\..\\x',
  drive: 'C:\\Windows\\x',
  device: 'CON',
  stream: 'a:b',
  encoded: '%2e%2e%2fx',
  wide: '．．／x',
  lines: 'c\nd\r\n',
  long: 'x'.repeat(5000),
  git: '.git/hooks/post-checkout',
  hidden: '.bashrc',
  turned: 'a\u202egpj.exe',
  template: '{{ key }}${HOME}$(id)',
};

describe('records that lead files astray', function () {
  this.timeout(90_000);
  const bench = useWorkbench();
  const servers = useServers();
  const beside = () => dirname(realpathSync(bench().folder));
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(bench().seen(name)), { recursive: true });
    writeFileSync(bench().seen(name), text);
  };
  const rows = Object.entries(names).map(([key, name]) => ({ key, name }));
  /** All that lies beside the folder, and in it at its top. */
  const around = () => [...readdirSync(beside()).filter((name) => name !== 'state'), ...readdirSync(bench().folder)];
  const usual = ['workspace', 'hostile.pipeline.yml', 'rows.json', 'states.csv'];

  it('name files in the folder that its author chose, and nowhere else', async () => {
    const { origin } = await servers.http((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).end('fetched');
    });
    const result = await runHostile(bench(), {
      stages: `  - { name: said, command: [echo, made], output: "said/{{ name }}.txt" }
  - { name: got, http: { url: "${origin}/", accept: text/plain, allowPrivate: true }, output: "got/{{ name }}.txt" }
  - { name: deep, command: [echo, made], output: "deep/{{ name }}/x/{{ key }}.txt" }`,
      rows,
      more: 'deliver: [{ markdown: "told/{{ name }}.md", text: said.text }]\n',
    });
    onlyTheseFailed(result, []);
    assert.deepEqual(around().sort(), [...usual, 'said', 'got', 'deep', 'told'].sort());
    for (const folder of ['said', 'got', 'told']) {
      const files = [...contentsOf(bench().seen(folder)).entries()];
      assert.equal(files.length, rows.length, folder);
      for (const [path] of files) {
        assert.match(path, /^[^./\\][^/\\]*\.(?:txt|md)$/, folder);
        assert.ok(Buffer.byteLength(path) <= 255);
        // eslint-disable-next-line no-control-regex -- what a terminal would obey
        assert.doesNotMatch(path, /[\u0000-\u001f:\u202e]/);
      }
    }
    assert.equal(readdirSync(bench().seen('deep')).length, rows.length);
  });

  it('take the place of nothing that the pipeline reads, runs or makes of all', async () => {
    put('clean.mjs', 'export default () => ({ ok: true });\n');
    put('say.prompt.md', 'Say {{ key }}.\n');
    put('tool.sh', '#!/bin/sh\necho tool\n');
    const own = [
      'hostile.pipeline.yml',
      'rows.json',
      'clean.mjs',
      'say.prompt.md',
      'tool.sh',
      'states.csv',
      'all.jsonl',
    ];
    const guarded = ['package.json', 'Makefile', 'CLAUDE.md'];
    const wanted = [...own, ...own.map((name) => name.toUpperCase()), ...guarded];
    const written = [...wanted, 'good.txt'].map((name, place) => ({ key: `k${place}`, name }));
    const before = own.slice(2, 5).map((name) => readFileSync(bench().seen(name), 'utf8'));
    const result = await runHostile(bench(), {
      stages: `  - { name: clean, module: ./clean.mjs }
  - { name: say, prompt: say.prompt.md }
  - { name: tool, command: [sh, tool.sh] }
  - { name: left, command: [echo, evil], output: "{{ name }}" }`,
      rows: written,
      more: 'deliver: [{ jsonl: all.jsonl }]\n',
    });
    const { good: _good, ...failed } = Object.fromEntries(
      written.map(({ key, name }) => [name === 'good.txt' ? 'good' : name, key]),
    );
    const sentences = onlyTheseFailed(result, Object.values(failed));
    assert.match(sentences[failed['clean.mjs'] ?? ''] ?? '', /clean\.mjs.*belongs to the pipeline/);
    assert.deepEqual(
      own.slice(2, 5).map((name) => readFileSync(bench().seen(name), 'utf8')),
      before,
    );
    assert.equal(readFileSync(bench().seen('good.txt'), 'utf8'), 'evil\n');
    assert.ok(!existsSync(bench().seen('archive')));
    assert.match(readFileSync(bench().seen('all.jsonl'), 'utf8'), /good\.txt/);
  });

  it('write over nothing that another record has left', async () => {
    const result = await runHostile(
      bench(),
      {
        stages: `  - { name: same, command: [echo, made], output: "same/{{ name }}.txt" }
  - { name: other, command: [echo, "{{ key }}"], output: "other/{{ name }}.txt", workers: 1 }`,
        rows: ['a:b', 'a/b', 'A?b', 'c'].map((name, place) => ({ key: `k${place}`, name })),
      },
      '--sequential',
    );
    const sentences = onlyTheseFailed(result, ['k1', 'k2']);
    assert.match(sentences.k1 ?? '', /other\/a-b\.txt was not written: another record .*such as \{\{ key \}\}\.$/);
    assert.equal(readFileSync(bench().seen('other/a-b.txt'), 'utf8'), 'k0\n');
  });

  it('are not written through links that lead out', async () => {
    mkdirSync(join(beside(), 'home'));
    writeFileSync(join(beside(), 'home/notes.csv'), 'mine\n');
    symlinkSync(join(beside(), 'home'), bench().seen('out'));
    symlinkSync(join(beside(), 'home/notes.csv'), bench().seen('linked.jsonl'));
    const result = await runHostile(bench(), {
      stages: '  - { name: said, command: [echo, made], output: "{{ place }}/{{ key }}.txt" }',
      rows: [
        { key: 'a', place: 'out' },
        { key: 'b', place: 'in' },
      ],
      more: 'deliver: [{ jsonl: linked.jsonl }]\n',
    });
    const sentences = onlyTheseFailed(result, ['a']);
    assert.match(sentences.a ?? '', /^write-failed: .*out/);
    assert.deepEqual([...contentsOf(join(beside(), 'home'))], [['notes.csv', 'mine\n']]);
  });

  it('are not read from elsewhere: by attachments, built-ins or modules', async () => {
    mkdirSync(join(beside(), 'home'));
    writeFileSync(join(beside(), 'home/secret.png'), 'canary-secret');
    symlinkSync(join(beside(), 'home/secret.png'), bench().seen('link.png'));
    symlinkSync(join(beside(), 'home'), bench().seen('folder'));
    put('reads.mjs', 'export default async (record, { file }) => Buffer.from(await file(record.path)).toString();\n');
    put('see.prompt.md', '---\ncandidates: { attach: "{{ path }}" }\n---\nWhat is on it?\n');
    const ways = [
      '../home/secret.png',
      join(beside(), 'home/secret.png'),
      'link.png',
      'folder/secret.png',
      'file:///etc/passwd',
      '/dev/zero',
      '/proc/self/environ',
      'http://127.0.0.1/x.png',
      '.',
      'a\0b.png',
    ];
    for (const stage of [
      'prompt: see.prompt.md',
      'module: pdf-text, with: { file: "{{ path }}" }',
      'module: ocr, with: { file: "{{ path }}" }',
      'module: ./reads.mjs',
    ]) {
      bench().server.ledger.reset();
      const result = await runHostile(bench(), {
        stages: `  - { name: read, ${stage} }`,
        rows: ways.map((path, place) => ({ key: `k${place}`, path })),
      });
      const sentences = onlyTheseFailed(
        result,
        ways.map((_, place) => `k${place}`),
      );
      assert.doesNotMatch(Object.values(sentences).join() + result.stderr, /canary|root:/);
      assert.deepEqual(bench().server.ledger.records, []);
    }
  });
});
