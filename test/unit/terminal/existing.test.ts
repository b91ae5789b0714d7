import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { JsonReport } from '../../../src/terminal/report.ts';
import { useWorkbench } from '../../support/terminalHarness.ts';

describe('parallel-candidates generate --existing', function () {
  this.timeout(60_000);
  const bench = useWorkbench();

  async function generate(...args: readonly string[]): Promise<JsonReport> {
    const { code, stdout, stderr } = await bench().generating('--json', ...args).result;
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as JsonReport;
  }
  const names = (folder = 'candidates/a'): readonly string[] =>
    readdirSync(bench().seen(folder))
      .filter((name) => name.endsWith('.md'))
      .sort();
  const text = (name: string): string => readFileSync(bench().seen(`candidates/a/${name}`), 'utf8');

  beforeEach(async () => {
    bench().prompt(3);
    await generate();
    bench().server.ledger.reset();
  });

  it('missing makes only what is not there, under its own number', async () => {
    assert.equal((await generate('--existing', 'missing')).items, 0);
    rmSync(bench().seen('candidates/a/02.md'));
    const report = await generate('--existing', 'missing', '--candidates', '5');
    assert.deepEqual([report.written, bench().called()], [3, [2, 4, 5]]);
    assert.deepEqual(names(), ['01.md', '02.md', '03.md', '04.md', '05.md']);
  });

  it('missing knows candidates by their numbers where the manifest is gone', async () => {
    rmSync(bench().seen('candidates/a/manifest.json'));
    assert.equal((await generate('--existing', 'missing', '--candidates', '4')).written, 1);
  });

  it('missing makes each model its own', async () => {
    assert.equal((await generate('--existing', 'missing', '--model', 'one,two')).written, 6);
    assert.equal((await generate('--existing', 'missing', '--model', 'one,three')).written, 3);
  });

  it('add goes on after them', async () => {
    assert.equal((await generate('--existing', 'add', '--candidates', '1')).written, 1);
    assert.deepEqual(names(), ['01.md', '02.md', '03.md', '04.md']);
  });

  it('replace moves them to the archive first, whatever a person made of them', async () => {
    writeFileSync(bench().seen('candidates/a/02.md'), 'Mine.\n');
    const before = text('01.md');
    assert.equal((await generate('--existing', 'replace', '--candidates', '2')).written, 2);
    assert.deepEqual(
      [names(), names('candidates/a/archive')],
      [
        ['01.md', '02.md'],
        ['01.md', '02.md', '03.md'],
      ],
    );
    assert.equal(text('archive/01.md'), before);
    assert.equal(text('archive/02.md'), 'Mine.\n');
    assert.notEqual(text('02.md'), 'Mine.\n');
  });

  it('says which modes there are', async () => {
    const { code, stderr } = await bench().generating('--existing', 'all').result;
    assert.equal(code, 2);
    assert.match(stderr, /--existing must be add, missing, replace, not "all"\./);
  });
});
