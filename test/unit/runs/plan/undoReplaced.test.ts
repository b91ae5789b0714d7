import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { undoReplaced } from '../../../../src/runs/plan/archiveReplaced.ts';
import type { Process } from '../../../support/runsHarness.ts';
import { value } from '../../../support/journal/support.ts';
import { useRunsBench } from '../../../support/runsHarness.ts';

describe('undoing a replacement', function () {
  this.timeout(30_000);
  const bench = useRunsBench();
  const at = (...names: readonly string[]): string => join(bench().folder, 'candidates/a', ...names);
  const text = (...names: readonly string[]): string => readFileSync(at(...names), 'utf8');
  const files = (...names: readonly string[]): readonly string[] =>
    readdirSync(at(...names))
      .filter((name) => name.endsWith('.md'))
      .sort();

  /** Replaces all candidates. @returns what was replaced and what was written */
  async function replace({ runs, workspace }: Process, count: number) {
    const plan = await bench().plan(count, {}, 'Write another.', { existing: 'replace' });
    const { id, replaced, finished } = value(await runs.start(plan, bench().options(), workspace));
    await finished;
    const items = runs.snapshots().items.filter(({ run }) => run === id);
    return { replaced, written: items.flatMap(({ file }) => file ?? []) };
  }

  it('brings candidates and their manifest back, and keeps the new ones in the archive', async () => {
    const process = await bench().process();
    await value(await process.runs.start(await bench().plan(3), bench().options(), process.workspace)).finished;
    const before = files().map((name) => text(name));
    const manifest = text('manifest.json');
    const { replaced, written } = await replace(process, 2);
    assert.deepEqual(
      [files(), files('archive')],
      [
        ['01.md', '02.md'],
        ['01.md', '02.md', '03.md'],
      ],
    );
    const made = files().map((name) => text(name));
    assert.deepEqual(value(await undoReplaced(replaced, written, process.workspace)), { restored: 3, left: [] });
    assert.deepEqual(
      files().map((name) => text(name)),
      before,
    );
    assert.deepEqual(
      files('archive').map((name) => text('archive', name)),
      made,
    );
    assert.equal(text('manifest.json'), manifest);
  });

  it('leaves in the archive what cannot go back, with what is there now', async () => {
    const process = await bench().process();
    await value(await process.runs.start(await bench().plan(2), bench().options(), process.workspace)).finished;
    const { replaced, written } = await replace(process, 2);
    rmSync(at('02.md'));
    writeFileSync(at('02.md'), 'Mine.');
    const kept = written.filter((file) => !file.endsWith('02.md'));
    const { restored, left } = value(await undoReplaced(replaced, kept, process.workspace));
    assert.deepEqual([restored, left.map(({ from }) => from)], [1, [at('02.md')]]);
    assert.equal(text('02.md'), 'Mine.');
  });
});
