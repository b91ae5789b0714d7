import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StageFiles } from '../../../../src/runs/pipeline/stageFiles.ts';
import { DiskFiles } from '../../../../src/storage/diskFiles.ts';
import { useScratchFolder } from '../../../support/scratch.ts';

describe('files of stages', () => {
  const folder = useScratchFolder();
  const files = (): StageFiles => new StageFiles(new DiskFiles(), folder());
  const read = (name: string): string => readFileSync(join(folder(), name), 'utf8');

  it('are written again by the item that they are of, and by no other one', async () => {
    const stage = files();
    assert.ok((await stage.writeFor('out/a.txt', 'one', 'item 1')).ok);
    assert.ok((await stage.writeFor('out/a.txt', 'two', 'item 1')).ok);
    assert.ok((await stage.writeFor('out/a.txt', 'two', 'item 2')).ok, 'what is the same harms nobody');
    const other = await stage.writeFor('out/A.txt', 'three', 'item 3');
    assert.match(other.ok ? '' : other.failure.message, /^The file out\/A\.txt was not written: another record/);
    assert.equal(read('out/a.txt'), 'two');
  });

  it('take the place of no file of the pipeline, however its name is written', async () => {
    writeFileSync(join(folder(), 'clean.mjs'), 'mine');
    const stage = files();
    stage.keep(['./clean.mjs', join(folder(), 'prompts/say.prompt.md')]);
    for (const path of ['clean.mjs', 'x/../clean.mjs', 'CLEAN.mjs', 'prompts/say.prompt.md', 'new.pipeline.yml']) {
      const written = await stage.writeFor(path, 'theirs', 'item');
      assert.match(written.ok ? '' : written.failure.message, /belongs to the pipeline/, path);
    }
    assert.equal(read('clean.mjs'), 'mine');
  });
});
