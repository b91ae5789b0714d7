import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { emptyCounts } from '../../src/model/item.ts';
import type { RunEvent, RunSnapshot } from '../../src/model/run.ts';
import { EventStream } from '../../src/runs/board/eventStream.ts';
import type { JsonReport } from '../../src/terminal/report.ts';
import { Progress } from '../../src/terminal/progress.ts';
import type { CliResult } from '../support/cli.ts';
import { event, jsonType } from '../support/server/habits.ts';
import { useWorkbench } from '../support/terminalHarness.ts';

/** What a terminal obeys, an eye misses, or a line ends with. */
const unseen = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029\p{Surrogate}]/u;

/** Clears, sets the title, fills the clipboard (in C0 and C1), turns text around, hides it, forges a line. */
const evil =
  '\u001b[2J\u001b]0;t\u0007\u001b]52;c;cm0gLXJm\u0007\u009d52;c;eA==\u009c\u202egnp\u2066\u200b\r\nforged: 9 written\u2028';
/** Nothing comes due. */
const still = { now: () => 0, schedule: () => () => undefined };

const shown = '␛[2J␛]0;t␇␛]52;c;cm0gLXJm␇⟨U+009D⟩52;c;eA==⟨U+009C⟩⟨U+202E⟩gnp⟨U+2066⟩⟨U+200B⟩';

function assertSeen({ stdout, stderr }: CliResult): void {
  for (const text of [stdout, stderr]) {
    assert.doesNotMatch(text, unseen);
    assert.doesNotMatch(text, /^forged/m);
  }
}

describe('foreign text in a panel', () => {
  const sources = new URL('../../', import.meta.url);
  const textsIn = (folder: string) =>
    readdirSync(new URL(folder, sources), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [file, readFileSync(new URL(`${folder}${file.replaceAll('\\', '/')}`, sources), 'utf8')] as const);

  it('is nothing but text: no source of a page makes elements or code of it', () => {
    const texts = [...textsIn('media/'), ...textsIn('src/editor/views/')];
    assert.ok(texts.length > 15);
    const ways =
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|unsafe(?:HTML|SVG|Static|CSS)|\beval\(|new Function|srcdoc/;
    for (const [file, text] of texts) assert.doesNotMatch(text, ways, file);
  });

  it('meets a policy that loads and runs nothing but what the extension brings', () => {
    const texts = textsIn('src/editor/');
    const pages = texts.filter(([, text]) => text.includes('enableScripts'));
    assert.ok(pages.length > 1);
    for (const [file, text] of pages) {
      assert.match(text, /webview\.html = webviewPage\(/, file);
      assert.match(text, /localResourceRoots: \[\w+\]/, file);
    }
    const makers = texts.filter(([, text]) => text.includes('Content-Security-Policy'));
    assert.deepEqual(
      makers.map(([file]) => file.replaceAll('\\', '/')),
      ['views/webviewPage.ts'],
    );
    const [[, text] = ['', '']] = makers;
    const policy = /const policy = \[([^\]]+)\]/.exec(text)?.[1] ?? '';
    assert.deepEqual(
      [...policy.matchAll(/["`]([^"`]+)["`]/g)].map(([, part]) => part),
      [
        "default-src 'none'",
        "script-src 'nonce-${nonce}'",
        'style-src ${webview.cspSource}',
        'font-src ${webview.cspSource}',
      ],
    );
    assert.match(text, /const nonce = randomBytes\(16\)/);
    assert.match(text, /http-equiv="Content-Security-Policy" content="\$\{policy\}"/);
  });
});

describe('foreign text in the terminal', function () {
  this.timeout(60_000);
  const bench = useWorkbench();

  const generate = (name: string, ...more: readonly string[]): Promise<CliResult> =>
    bench().run('generate', name, '--base-url', bench().server.baseUrl, '--attempts', '1', ...more);

  it('is shown as what it is: messages of a service', async () => {
    bench().prompt(1);
    for (const habit of [
      { status: 400, headers: jsonType, body: [JSON.stringify({ error: { message: `no ${evil} no` } })] },
      { status: 400, body: [`no ${evil} no`] },
      { status: 404, body: [`<html><title>no ${evil} no</title>`] },
      { body: [event({ error: { message: `no ${evil} no`, code: 400 } })] },
    ]) {
      bench().server.configure({ habit });
      const result = await generate('a.prompt.md');
      assert.equal(result.code, 1);
      assert.match(result.stderr, /: no .*cm0gLXJm/);
      assertSeen(result);
    }
  });

  it('is shown as what it is: models, and as it is in JSON', async () => {
    writeFileSync(
      join(bench().folder, 'a.prompt.md'),
      `---\nmodel: ${JSON.stringify(`m${evil}`)}\ncandidates: { count: 1 }\n---\nHi\n`,
    );
    for (const args of [['--dry-run'], []]) {
      const result = await generate('a.prompt.md', ...args);
      assert.equal(result.code, 0, result.stderr);
      assertSeen(result);
      assert.ok(`${result.stdout}${result.stderr}`.includes(shown), result.stdout);
    }
    bench().server.configure({
      habit: { status: 404, headers: jsonType, body: ['{"error":{"code":"model_not_found"}}'] },
    });
    const told = await generate('a.prompt.md');
    assert.match(told.stderr, /does not know the model "m␛/);
    assertSeen(told);
    const { stdout } = await generate('a.prompt.md', '--json');
    assert.doesNotMatch(stdout, unseen);
    assert.ok((JSON.parse(stdout) as JsonReport).errors[0]?.message.includes(`m${evil}`.trim()));
  });

  it('is shown as what it is: names of files and folders', async function () {
    if (process.platform === 'win32') this.skip();
    const name = `p\u001b[2J\u202e\u009b1m\nforged`;
    bench().prompt(1, name);
    const file = `${name}.prompt.md`;
    for (const result of [
      await generate(file, '--dry-run'),
      await generate(file),
      await generate(file, '--out', `out${evil.replaceAll('/', '')}`),
      await bench().run('runs'),
    ]) {
      assert.equal(result.code, 0, result.stderr);
      assertSeen(result);
    }
    writeFileSync(join(bench().folder, file), '---\ncandidates: [\n---\nHi\n');
    const broken = await generate(file);
    assert.match(broken.stderr, /^p␛\[2J⟨U\+202E⟩⟨U\+009B⟩1m␊forged\.prompt\.md:\d+: /m);
    assertSeen(broken);
  });

  it('is shown as what it is: what was typed, and settings', async () => {
    bench().prompt(1);
    for (const args of [
      [evil],
      ['generate', `${evil}.prompt.md`],
      ['generate', 'a.prompt.md', `--${evil}`],
      ['generate', 'a.prompt.md', '--base-url', evil],
      ['generate', 'a.prompt.md', '--service', evil],
      ['generate', 'a.prompt.md', '--rpm', evil],
      ['resume', evil],
      ['discard', evil],
    ]) {
      const result = await bench().run(...args);
      assert.equal(result.code, 2);
      assertSeen(result);
    }
  });

  it('is shown as what it is: variables and front matter', async () => {
    for (const text of [
      `Write of {{ x${evil} }}.`,
      `---\n${evil}: [\n---\nHi`,
      `---\ncandidates: { count: ${JSON.stringify(evil)} }\n---\nHi`,
    ]) {
      writeFileSync(join(bench().folder, 'a.prompt.md'), text);
      assertSeen(await generate('a.prompt.md', '--dry-run'));
    }
  });

  it('leaves the live picture nothing but our own ways to move in it', () => {
    const text = fc.array(fc.oneof(fc.constantFrom(evil, '\u001b', '\n'), fc.string({ unit: 'binary' })), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(text, text, text, ([...label], [...waiting], [...message]) => {
        const written: string[] = [];
        const output = Object.assign(new EventEmitter(), {
          ...{ isTTY: true, columns: 200, rows: 24, write: (piece: string) => written.push(piece) },
        });
        const events = new EventStream(assert.ifError);
        new Progress(events, output as unknown as NodeJS.WriteStream, { NO_COLOR: '1' }, still);
        const run: RunSnapshot = {
          id: 'r',
          label: label.join(''),
          state: 'running',
          total: 1,
          counts: { ...emptyCounts(), running: 1 },
          startedAt: 0,
          perMinute: 0,
          waiting: waiting.join(''),
        };
        const attempt = {
          run: 'r',
          item: 'i',
          label: label.join(''),
          stage: '',
          service: waiting.join(''),
          model: label.join(''),
          attempt: 2,
          durationMs: 1,
          queueWaitMs: 1,
          outcome: 'bad-request' as const,
          message: message.join(''),
        };
        const told: RunEvent[] = [
          { type: 'runStarted', run, items: [] },
          { type: 'attemptFinished', attempt },
        ];
        for (const each of told) events.emit(each);
        output.emit('resize');
        assert.ok(written.length > 0);
        for (const piece of written) {
          // eslint-disable-next-line no-control-regex -- our own
          const foreign = piece.replace(/[\r\n]|\u001b\[\d*[ABJK]/g, '');
          assert.doesNotMatch(foreign, /[\p{Cc}\p{Cf}]/u);
        }
      }),
      { numRuns: 300 },
    );
  });
});
