import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

describe('files of stages that are fetched', () => {
  const folder = useScratchFolder();
  const files = (): StageFiles => new StageFiles(new DiskFiles(), folder());
  const names = (): string[] => readdirSync(join(folder(), 'out')).sort();

  async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
    for (const text of texts) yield Buffer.from(await Promise.resolve(text));
  }

  async function received(stage: StageFiles, path: string, text: string) {
    const outcome = await stage.receive(path, pieces(text.slice(0, 2), text.slice(2)));
    if (!outcome.ok) assert.fail(outcome.failure);
    return outcome.value;
  }

  it('come to their place whole, also from what another process has fetched', async () => {
    const left = await received(files(), 'out/a.txt', 'fetched');
    assert.deepEqual([left.file, left.bytes], ['out/a.txt', 7]);
    assert.deepEqual(
      names().filter((name) => !name.startsWith('.')),
      [],
    );
    const later = files();
    assert.deepEqual(await later.put(left, 'item'), { ok: true, value: 'placed' });
    assert.deepEqual(names(), ['a.txt']);
    assert.deepEqual(await later.put(left, 'item'), { ok: true, value: 'placed' }, 'it is there');
  });

  it('are told to be gone where they are nowhere', async () => {
    const stage = files();
    const left = await received(stage, 'out/a.txt', 'fetched');
    for (const name of names()) rmSync(join(folder(), 'out', name));
    assert.deepEqual(await stage.put(left, 'item'), { ok: true, value: 'gone' });
  });

  it('put what a person has changed into the archive, and take the place of what they have left', async () => {
    const stage = files();
    for (const text of ['one', 'two']) await stage.put(await received(stage, 'out/a.txt', text), 'item');
    assert.deepEqual(names(), ['a.txt']);
    writeFileSync(join(folder(), 'out/a.txt'), 'mine');
    await stage.put(await received(stage, 'out/a.txt', 'three'), 'item');
    assert.equal(readFileSync(join(folder(), 'out/archive/a.txt'), 'utf8'), 'mine');
    assert.equal(readFileSync(join(folder(), 'out/a.txt'), 'utf8'), 'three');
  });

  it('leave nothing where they break off, or the name is that of another record', async () => {
    const stage = files();
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield* pieces('half');
      throw new Error('It broke off.');
    };
    await assert.rejects(stage.receive('out/a.txt', broken()), /It broke off/);
    assert.deepEqual(names(), []);
    await stage.put(await received(stage, 'out/a.txt', 'one'), 'item 1');
    const other = await stage.put(await received(stage, 'out/a.txt', 'two'), 'item 2');
    assert.match(other.ok ? '' : other.failure.message, /another record has left one of that name/);
    assert.deepEqual(names(), ['a.txt']);
  });
});
