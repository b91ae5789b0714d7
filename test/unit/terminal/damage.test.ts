import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { folderFile } from '../../../src/storage/journal/settings.ts';
import { namesTo, said, useWorkbench } from '../../support/terminalHarness.ts';

const repair =
  /^The (?:log of the )?journal \S+ was damaged: .*\. Candidates on disk are untouched; (?:the damaged file|a copy of the damaged files) is now (\S+)\.$/;

describe('a damaged journal, in the terminal', function () {
  this.timeout(30_000);
  const bench = useWorkbench();

  const path = (): string => bench().seenJournal;

  function flip(file: string, share: number, length: number): void {
    const bytes = readFileSync(file);
    const start = Math.floor(bytes.length * share);
    for (let at = start; at < Math.min(bytes.length, start + length); at++) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    writeFileSync(file, bytes);
  }

  /** A run of eight candidates of which six are written, and whose journal is in one file. */
  async function interrupted(): Promise<void> {
    bench().prompt(8);
    bench().server.hold(6);
    const running = bench().generating('--concurrency', '2');
    await bench().eventually(() => bench().visible().length === 6 && bench().called().length === 8);
    running.process.kill('SIGINT');
    await running.until(/Stopping/);
    running.process.kill('SIGINT');
    assert.equal((await running.result).code, 130);
    bench().server.release();
    bench().server.ledger.reset();
  }

  /** Says what happened once, and where the damaged file is. */
  function checkRepair(stderr: string): void {
    const told = said(stderr).filter((line) => repair.test(line));
    assert.equal(told.length, 1, stderr);
    const moved = repair.exec(told[0] ?? '')?.[1] ?? '';
    assert.ok(existsSync(moved) || existsSync(`${moved}-wal`), moved);
    assert.equal(dirname(moved), dirname(bench().journal));
  }

  let template = '';
  after(() => rmSync(template, { recursive: true, force: true }));

  /** The same as `interrupted`, which is asked for once. */
  async function copied(): Promise<ReadonlyMap<string, string>> {
    if (template === '') {
      await interrupted();
      template = mkdtempSync(join(tmpdir(), 'parallel-candidates-template-'));
      cpSync(bench().folder, join(template, 'folder'), { recursive: true });
      cpSync(dirname(path()), join(template, 'journal'), { recursive: true });
    } else {
      cpSync(join(template, 'folder'), bench().folder, { recursive: true });
      cpSync(join(template, 'journal'), dirname(path()), { recursive: true });
    }
    return bench().candidates();
  }

  function checkUntouched(before: ReadonlyMap<string, string>): void {
    for (const [name, text] of before) assert.equal(bench().candidates().get(name), text, name);
  }

  for (const [what, damage] of [
    ['empty', (file) => truncateSync(file, 0)],
    ['cut short', (file) => truncateSync(file, Math.floor(readFileSync(file).length / 2))],
    ['cut in the middle of a page', (file) => truncateSync(file, 5000)],
    ['something else altogether', (file) => writeFileSync(file, 'Dear diary, '.repeat(1000))],
    ['flipped in its header', (file) => flip(file, 0, 60)],
    // Longer than a page, of which a part may hold nothing.
    ['flipped in its first pages', (file) => flip(file, 0.1, 5000)],
    ['flipped in the middle', (file) => flip(file, 0.5, 9000)],
    ['flipped at its end', (file) => flip(file, 0.9, 9000)],
  ] as const satisfies readonly (readonly [string, (file: string) => void])[]) {
    it(`that is ${what}: it is mended, what is on disk is known again, and nothing is overwritten`, async () => {
      const before = await copied();
      damage(path());
      const { code, stderr } = await bench().run('resume', '--json', '--base-url', bench().server.baseUrl);
      assert.equal(code, 0, stderr);
      checkRepair(stderr);
      checkUntouched(before);
      assert.ok(
        bench()
          .called()
          .every((number) => number > 6),
        'what is on disk was not called again',
      );
      const [run] = await bench().runs();
      assert.ok(run !== undefined && run.written >= 6, 'the written ones are known');
      assert.equal(run.left, 0);
    });
  }

  it('whose log is damaged: what was kept before is there', async () => {
    const committed = await bench().killed(8, 4);
    assert.ok(committed.length >= 4);
    const before = bench().candidates();
    flip(`${path()}-wal`, 0.6, 2000);
    const { code, stderr, report } = await bench().resume();
    assert.equal(code, 0, stderr);
    checkRepair(stderr);
    checkUntouched(new Map([...before].filter(([name]) => !name.startsWith('.'))));
    assert.equal(report.failed, 0);
    assert.equal((await bench().runs())[0]?.state ?? 'finished', 'finished');
  });

  it('that came out of a backup: what the manifest knows is not called again', async () => {
    bench().prompt(6);
    bench().server.hold(2);
    const running = bench().generating('--concurrency', '2');
    await bench().eventually(() => bench().visible().length === 2 && bench().called().length === 4);
    running.process.kill('SIGKILL');
    await running.result;
    const backup = join(dirname(bench().folder), 'backup');
    cpSync(dirname(path()), backup, { recursive: true });
    bench().server.release();
    await bench().resume();
    const before = bench().candidates();
    const calls = bench().called().length;
    rmSync(bench().seen('candidates/a/05.md'));
    writeFileSync(bench().seen('candidates/a/06.md'), 'Better.\n');
    rmSync(dirname(path()), { recursive: true });
    cpSync(backup, dirname(path()), { recursive: true });
    const { code, stderr, report } = await bench().resume();
    assert.deepEqual([code, said(stderr), report.written], [0, [], 6]);
    assert.deepEqual(bench().called().slice(calls), [5], 'only what is not there');
    assert.deepEqual(bench().candidates(), new Map([...before, ['06.md', 'Better.\n']]));
    assert.deepEqual(
      bench()
        .manifest()
        .map(({ file }) => file),
      namesTo(6),
    );
  });

  it('that is gone: what is on disk stays, and numbers go on after it', async () => {
    const before = await copied();
    rmSync(dirname(path()), { recursive: true });
    const { code, stderr } = await bench().run('resume');
    assert.deepEqual(
      [code, stderr],
      [2, 'parallel-candidates: There are no runs in this folder: generate something first.\n'],
    );
    await bench().generate('--candidates', '2');
    assert.deepEqual(bench().names(), namesTo(8));
    checkUntouched(before);
    assert.equal(bench().manifest().length, 8);
    assert.ok(readdirSync(dirname(path())).includes(folderFile));
  });
});
