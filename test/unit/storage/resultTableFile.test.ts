import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../../src/base/clock.ts';
import { contentHash } from '../../../src/base/hash.ts';
import { PathGate } from '../../../src/storage/pathGate.ts';
import { ResultTableFile, type ResultTableOptions } from '../../../src/storage/resultTableFile.ts';
import { useScratchFolder } from '../../support/scratch.ts';

const table = (...lines: string[]): string => ['row,text,file,model,index,state,cost', ...lines, ''].join('\r\n');

/** Goes on when the test says so. */
class SteppedClock implements Clock {
  readonly waiting: { readonly delayMs: number; readonly action: () => void }[] = [];

  now(): number {
    return 0;
  }

  schedule(delayMs: number, action: () => void): () => void {
    const entry = { delayMs, action };
    this.waiting.push(entry);
    return () => this.waiting.splice(this.waiting.indexOf(entry), 1);
  }

  step(): void {
    this.waiting.shift()?.action();
  }
}

describe('a table of results on a disk', () => {
  const scratch = useScratchFolder();
  let text: string;
  let told: string[];
  let hashes: string[];
  let clock: SteppedClock;
  beforeEach(() => {
    text = table('A,x,,m,1,written,');
    told = [];
    hashes = [];
    clock = new SteppedClock();
  });
  const at = (name = 'out/results.csv'): string => join(scratch(), name);
  const fileAt = (path = at(), options: Partial<ResultTableOptions> = {}): ResultTableFile =>
    new ResultTableFile({
      path,
      root: scratch(),
      gate: new PathGate(),
      format: 'csv',
      text: () => text,
      report: (message) => told.push(message),
      onWritten: (hash) => hashes.push(hash),
      clock,
      ...options,
    });
  const writeOnce = async (file = fileAt()): Promise<void> => {
    file.changed();
    await file.close();
  };
  const write = (content: string): void => {
    mkdirSync(join(scratch(), 'out'), { recursive: true });
    writeFileSync(at(), content);
  };

  it('is written with the folders that it needs, and nothing else is left', async () => {
    await writeOnce();
    assert.equal(readFileSync(at(), 'utf8'), text);
    assert.deepEqual(readdirSync(join(scratch(), 'out')), ['results.csv']);
    assert.deepEqual([told, hashes], [[], [contentHash(text)]]);
  });

  it('waits for more, so that it is written once for many changes, and at the end', async () => {
    const file = fileAt();
    for (let change = 0; change < 100; change += 1) file.changed();
    assert.deepEqual(
      clock.waiting.map(({ delayMs }) => delayMs),
      [1000],
    );
    assert.ok(!existsSync(at()));
    clock.step();
    await file.close();
    assert.equal(readFileSync(at(), 'utf8'), text);
    file.changed();
    text = table('A,y,,m,1,written,');
    await file.close();
    assert.equal(readFileSync(at(), 'utf8'), text);
    assert.deepEqual(clock.waiting, []);
    await file.close();
    assert.equal(hashes.length, 2, 'nothing is written when nothing has changed');
  });

  it('takes the place of what it has written itself', async () => {
    const file = fileAt();
    await writeOnce(file);
    text = table('A,y,,m,1,written,');
    await writeOnce(file);
    assert.deepEqual(readdirSync(join(scratch(), 'out')), ['results.csv']);
    assert.equal(readFileSync(at(), 'utf8'), text);
  });

  it('takes the place of what an earlier run has left, when nobody has changed that', async () => {
    const earlier = table('A,before,,m,1,written,');
    write(earlier);
    await writeOnce(fileAt(at(), { isOurs: (hash) => hash === contentHash(earlier) }));
    assert.deepEqual(readdirSync(join(scratch(), 'out')), ['results.csv']);
    assert.deepEqual(told, []);
  });

  it('keeps what a person has changed, also while the run goes on', async () => {
    const file = fileAt();
    write(table('A,before,,m,1,written,'));
    await writeOnce(file);
    write(table('A,my note,,m,1,written,'));
    text = table('A,y,,m,1,written,');
    await writeOnce(file);
    const folder = join(scratch(), 'out');
    assert.deepEqual(readdirSync(folder).sort(), ['results.csv', 'results.kept-1.csv', 'results.kept-2.csv']);
    assert.equal(readFileSync(at(), 'utf8'), text);
    assert.match(readFileSync(join(folder, 'results.kept-1.csv'), 'utf8'), /before/);
    assert.match(readFileSync(join(folder, 'results.kept-2.csv'), 'utf8'), /my note/);
    assert.deepEqual(told, [
      `The table ${at()} was there with other contents: it is kept as results.kept-1.csv.`,
      `The table ${at()} was there with other contents: it is kept as results.kept-2.csv.`,
    ]);
  });

  it('never touches a file that is no table, and says so once', async () => {
    write('sku,name\n1,Lamp\n');
    const file = fileAt();
    await writeOnce(file);
    await writeOnce(file);
    assert.equal(readFileSync(at(), 'utf8'), 'sku,name\n1,Lamp\n');
    assert.deepEqual(told, [
      `The file ${at()} is no table of results, so the results were not written to it: choose another name for candidates.table.`,
    ]);
  });

  it('is written again once what kept it from that is mended', async () => {
    write('sku,name\n1,Lamp\n');
    const file = fileAt();
    await writeOnce(file);
    write(table());
    await file.close();
    assert.equal(readFileSync(at(), 'utf8'), text);
  });

  it('stays in its folder, and out of what programs read as configuration', async () => {
    const outside = join(scratch(), 'outside');
    const root = join(scratch(), 'root');
    mkdirSync(outside);
    mkdirSync(root);
    symlinkSync(outside, join(root, 'link'));
    for (const [name, cause] of [
      ['link/results.csv', 'out of the folder'],
      ['.git/results.csv', 'read as configuration'],
      ['node_modules/results.csv', 'read as configuration'],
    ] as const) {
      told = [];
      await writeOnce(fileAt(join(root, name), { root }));
      assert.equal(told.length, 1);
      assert.ok(told[0]!.includes(cause), told[0]);
    }
    assert.deepEqual(readdirSync(outside), []);
    assert.deepEqual(readdirSync(root), ['link']);
  });

  it('does not write through a link under its own name', async () => {
    writeFileSync(join(scratch(), 'secret'), 'x');
    mkdirSync(join(scratch(), 'out'));
    symlinkSync(join(scratch(), 'secret'), at());
    await writeOnce();
    assert.equal(readFileSync(join(scratch(), 'secret'), 'utf8'), 'x');
    assert.deepEqual(told, [
      `The table ${at()} could not be written: something that is no file stands there. Mend that, and it is written again.`,
    ]);
  });
});
