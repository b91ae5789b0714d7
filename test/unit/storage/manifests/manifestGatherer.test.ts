import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { JournalClient } from '../../../../src/storage/journal/journalClient.ts';
import type { RunLease } from '../../../../src/storage/journal/records.ts';
import { mergeManifest, readManifest, type ManifestEntry } from '../../../../src/candidates/manifest.ts';
import { findManifests } from '../../../../src/storage/manifests/findManifests.ts';
import { readManifestFile } from '../../../../src/storage/manifests/manifestFile.ts';
import { PathGate } from '../../../../src/storage/pathGate.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import { startJournalProcess, type JournalProcess } from '../../../support/journal/processes.ts';
import {
  attempt,
  candidate,
  itemId,
  newItems,
  newRun,
  openClient,
  settingsFor,
  value,
  written,
} from '../../../support/journal/support.ts';

const finished = { summary: null, metrics: [] };

describe('manifests beside candidates', function () {
  this.timeout(30_000);
  const folder = useScratchFolder();
  const processes: JournalProcess[] = [];
  let client: JournalClient;

  function start(run: string): JournalProcess {
    const started = startJournalProcess(folder(), 'candidates', run);
    processes.push(started);
    return started;
  }
  afterEach(async () => {
    await client.close();
    for (const each of processes.splice(0)) {
      each.process.kill('SIGKILL');
      await each.ended;
    }
  });

  const manifest = (base = folder()) => join(base, 'candidates', 'manifest.json');
  const entries = (): ManifestEntry[] => readManifest(readFileSync(manifest(), 'utf8'));
  const files = () => entries().map(({ file }) => file);

  async function begin(count: number, run = 'run'): Promise<RunLease> {
    return value(await client.createRun(newRun(folder(), run), newItems(folder(), count)));
  }
  async function write(lease: RunLease, name: string, position: number): Promise<void> {
    value(await client.markWritten(lease, candidate(folder(), name, position)));
  }

  it('tell all that the journal knows when the run has ended', async () => {
    client = await openClient(folder());
    const prices = { input: 1_000_000, output: 2_000_000 };
    const run = {
      ...newRun(folder()),
      services: { demo: { name: 'demo', kind: 'demo', models: ['small'], prices } },
    } as const;
    const output = { folder: folder(), series: 'candidates/*.md', firstNumbered: true };
    const items = newItems(folder(), 3).map((item) => ({ ...item, output }));
    const lease = value(await client.createRun(run, items));
    void client.recordAttempt(lease, attempt(1, { outcome: 'rate-limited', startedAt: 1_000 }));
    void client.recordAttempt(lease, attempt(1, { attempt: 2, startedAt: 2_000 }));
    // Its name was taken.
    await write(lease, '07.md', 1);
    value(await client.markWritten(lease, { ...candidate(folder(), '03.md', 2), state: 'skipped' }));
    value(await client.finishRun(lease, finished));
    const [cached, paid] = value(await client.itemsById('run', [itemId(2), itemId(1)]));
    const common = {
      run: 'run',
      prompt: { path: 'prompts/tagline.prompt.md', hash: 'abc' },
      row: 'row 0',
      service: 'demo',
      model: 'small',
    };
    const time = (epoch = 0): string => new Date(epoch).toISOString();
    const expected: ManifestEntry[] = [
      {
        ...common,
        file: '03.md',
        contentHash: candidate(folder(), '03.md', 2).contentHash,
        item: itemId(2),
        index: 3,
        variables: { row: 0, nested: { list: [0] } },
        parameters: { temperature: 0.5, seed: 2 },
        tokens: { input: 0, output: 0 },
        cost: 0,
        attempts: 0,
        startedAt: time(cached?.finishedAt),
        finishedAt: time(cached?.finishedAt),
      },
      {
        ...common,
        file: '07.md',
        contentHash: candidate(folder(), '07.md', 1).contentHash,
        item: itemId(1),
        index: 7,
        variables: { row: 0, nested: { list: [0] } },
        parameters: { temperature: 0.5, seed: 1 },
        tokens: { input: 20, output: 40 },
        cost: 100,
        attempts: 2,
        startedAt: time(1_000),
        finishedAt: time(paid?.finishedAt),
      },
    ];
    assert.deepEqual(JSON.parse(readFileSync(manifest(), 'utf8')), { version: 1, candidates: expected });
    assert.deepEqual(readdirSync(join(folder(), 'candidates')).sort(), ['03.md', '07.md', 'manifest.json']);
  });

  it('are the same whatever order candidates came in, but for times and the run', async () => {
    const texts: string[] = [];
    for (const run of ['parallel', 'sequential']) {
      const base = join(folder(), run);
      mkdirSync(base);
      client = await openClient(base);
      const lease = value(await client.createRun(newRun(base, run), newItems(base, 20)));
      const places = Array.from({ length: 20 }, (_, place) => place);
      const mark = (position: number) => client.markWritten(lease, candidate(base, `${position}.md`, position));
      if (run === 'parallel') await Promise.all(places.toReversed().map(mark));
      else for (const position of places) await mark(position);
      value(await client.finishRun(lease, finished));
      await client.close();
      texts.push(readFileSync(manifest(base), 'utf8').replaceAll(/"(startedAt|finishedAt|run)": ".*"/g, ''));
    }
    assert.equal(texts[0], texts[1]);
    assert.match(
      texts[0] ?? '',
      /^\{\n {2}"version": 1,\n {2}"candidates": \[\n {4}\{\n {6}"file": "0\.md",\n[^]*\]\n\}\n$/,
    );
  });

  it('are there when a run was given back or discarded, and when the journal was closed', async () => {
    client = await openClient(folder());
    const given = await begin(1, 'given');
    await write(given, 'given.md', 0);
    value(await client.release(given));
    assert.deepEqual(files(), ['given.md']);
    const discarded = await begin(1, 'discarded');
    await write(discarded, 'discarded.md', 0);
    value(await client.discardRun(discarded));
    assert.deepEqual(files(), ['discarded.md', 'given.md']);
    await write(await begin(1, 'open'), 'open.md', 0);
    await client.close();
    assert.deepEqual(files(), ['discarded.md', 'given.md', 'open.md']);
  });

  it('are told to whoever keeps them elsewhere, while the run goes on', async () => {
    let told: (entry: ManifestEntry | undefined) => void = () => undefined;
    const first = new Promise<ManifestEntry | undefined>((resolve) => {
      told = resolve;
    });
    const paths: string[] = [];
    client = await openClient(folder(), {
      manifests: 'report',
      onManifestEntries: (path, [entry]) => {
        paths.push(path);
        told(entry);
      },
    });
    const lease = await begin(2);
    // There need not be such a file on this disk.
    value(await client.markWritten(lease, written(folder(), 0)));
    assert.equal((await first)?.file, '0.md');
    value(await client.markWritten(lease, written(folder(), 1)));
    value(await client.finishRun(lease, finished));
    assert.deepEqual(paths, [manifest(), manifest()]);
    assert.ok(!existsSync(manifest()));
  });

  it('keep the entries of every process', async () => {
    const others = ['a', 'b', 'c'].map(start);
    client = await openClient(folder());
    const lease = await begin(1, 'mine');
    await write(lease, 'mine.md', 0);
    await Promise.all(others.map((other) => other.line((line) => line === 'written')));
    for (const other of others) other.process.stdin?.end('\n');
    value(await client.finishRun(lease, finished));
    await Promise.all(others.map((other) => other.ended));
    for (const other of others) assert.deepEqual(other.lines, ['written', 'ok']);
    const expected = ['a', 'b', 'c'].flatMap((run) => Array.from({ length: 100 }, (_, place) => `${run}-${place}.md`));
    assert.deepEqual(files(), [...expected, 'mine.md'].sort());
  });

  it('agree with the journal when a killed run was resumed, but for what a person has deleted', async () => {
    const killed = start('run');
    await killed.line((line) => line === 'written');
    killed.process.kill('SIGKILL');
    await killed.ended;
    // It may have been in the middle of the manifest.
    writeFileSync(join(folder(), 'candidates', '.manifest.json.tmp'), '{');
    rmSync(join(folder(), 'candidates', 'run-7.md'));
    client = await openClient(folder());
    value(await client.finishRun(value(await client.acquire('run')), finished));
    const names = Array.from({ length: 100 }, (_, place) => `run-${place}.md`).filter((name) => name !== 'run-7.md');
    assert.deepEqual(files(), names.sort());
    assert.deepEqual(readdirSync(join(folder(), 'candidates')).sort(), ['manifest.json', ...names].sort());
    const text = readFileSync(manifest(), 'utf8').replace('row 3', 'mine');
    writeFileSync(manifest(), text);
    value(await client.finishRun(value(await client.acquire('run')), finished));
    assert.equal(readFileSync(manifest(), 'utf8'), text, 'what is there stays as it is');
  });

  it('tell a journal that came out of a backup what it does not know, but nothing of what starts again', async () => {
    client = await openClient(folder());
    const output = { folder: folder(), series: 'candidates/*.md', firstNumbered: true };
    const items = newItems(folder(), 4).map((item) => ({ ...item, output }));
    const lease = value(await client.createRun(newRun(folder()), items));
    await write(lease, '0.md', 0);
    value(await client.requeue(lease, { items: [itemId(0)], fresh: true }));
    value(await client.release(lease));
    await client.close();
    const backup = join(folder(), 'backup');
    cpSync(settingsFor(folder()).directory, backup, { recursive: true });

    client = await openClient(folder());
    const again = value(await client.acquire('run'));
    for (const position of [1, 2, 3]) await write(again, `${position}.md`, position);
    value(await client.release(again));
    await client.close();
    rmSync(join(folder(), 'candidates/3.md'));
    rmSync(settingsFor(folder()).directory, { recursive: true });
    cpSync(backup, settingsFor(folder()).directory, { recursive: true });

    client = await openClient(folder());
    value(await client.acquire('run'));
    const states = value(await client.itemOverviews('run')).rows.map(({ state, file }) => [state, file]);
    const path = (name: string) => join(folder(), 'candidates', name);
    assert.deepEqual(states, [
      ['queued', undefined],
      ['written', path('1.md')],
      ['written', path('2.md')],
      ['queued', undefined],
    ]);
  });

  it('keep a candidate whose item has started again, with what each of the two has cost', async () => {
    client = await openClient(folder());
    const lease = await begin(1);
    for (const [name, tokens] of [
      ['01.md', 10],
      ['02.md', 30],
    ] as const) {
      value(await client.recordAttempt(lease, attempt(0, { usage: { input: tokens, output: tokens } })));
      await write(lease, name, 0);
      if (name === '01.md') value(await client.requeue(lease, { items: [itemId(0)], fresh: true }));
    }
    value(await client.finishRun(lease, finished));
    assert.deepEqual(
      entries().map(({ file, attempts, tokens }) => [file, attempts, tokens.input]),
      [
        ['01.md', 1, 10],
        ['02.md', 1, 30],
      ],
    );
  });

  it('tell of the item that a file was last written for', async () => {
    client = await openClient(folder());
    const first = await begin(1, 'first');
    await write(first, '01.md', 0);
    // Deleted, and its name taken by another run before the manifest was written.
    const second = await begin(2, 'second');
    await write(second, '01.md', 1);
    value(await client.finishRun(first, finished));
    assert.deepEqual(
      entries().map(({ run, item }) => [run, item]),
      [['second', itemId(1)]],
    );
    await client.close();
  });

  it('are begun anew when a person has broken them', async () => {
    client = await openClient(folder());
    const lease = await begin(1);
    await write(lease, '01.md', 0);
    const broken = '{\n  "version": 1,\n  "candidates": [ broken';
    writeFileSync(manifest(), broken);
    value(await client.finishRun(lease, finished));
    assert.deepEqual(files(), ['01.md']);
    const aside = readdirSync(join(folder(), 'candidates')).find((name) => name.endsWith('.unreadable')) ?? '';
    assert.equal(readFileSync(join(folder(), 'candidates', aside), 'utf8'), broken);
  });

  it('leave a file of somebody else that has their name as it is, and have another', async () => {
    const theirs = '{ "name": "App", "icons": [], /* a comment */ }';
    const other = join(folder(), 'candidates', 'candidates.manifest.json');
    client = await openClient(folder());
    const lease = await begin(3);
    await write(lease, '01.md', 0);
    writeFileSync(manifest(), theirs);
    value(await client.release(lease));
    const second = value(await client.acquire('run'));
    await write(second, '02.md', 1);
    // Once begun, it goes on.
    rmSync(manifest());
    value(await client.release(second));
    writeFileSync(manifest(), theirs);
    assert.deepEqual(
      readManifest(readFileSync(other, 'utf8')).map(({ file }) => file),
      ['01.md', '02.md'],
    );
    assert.equal(readFileSync(manifest(), 'utf8'), theirs);
    assert.deepEqual(readdirSync(join(folder(), 'candidates')).sort(), [
      '01.md',
      '02.md',
      'candidates.manifest.json',
      'manifest.json',
    ]);
    assert.deepEqual(await findManifests(folder()), [other, manifest()]);
    await client.close();
    rmSync(settingsFor(folder()).directory, { recursive: true });
    client = await openClient(folder());
    assert.equal(value(await client.rebuildFromManifests(await findManifests(folder()))), 2, 'it is read too');
  });

  it('say so when both their names are taken', async () => {
    const problems: string[] = [];
    client = await openClient(folder(), { onManifestProblem: (message) => problems.push(message) });
    const lease = await begin(1);
    await write(lease, '01.md', 0);
    const names = ['manifest.json', 'candidates.manifest.json'].map((name) => join(folder(), 'candidates', name));
    for (const path of names) writeFileSync(path, '{}');
    value(await client.finishRun(lease, finished));
    assert.match(problems.join(), /^The manifest of .*candidates has no name, because .*: rename one of them\.$/);
    for (const path of names) assert.equal(readFileSync(path, 'utf8'), '{}');
  });

  it('of others lead to no file outside of their folder', async () => {
    mkdirSync(join(folder(), 'candidates'));
    client = await openClient(folder());
    const lease = await begin(1);
    await write(lease, '01.md', 0);
    value(await client.finishRun(lease, finished));
    const [entry] = entries();
    const place = { gate: new PathGate(), root: folder() };
    for (const file of ['../01.md', '/etc/passwd', '..', '', 'a/b', 'a\\b', '\0']) {
      writeFileSync(manifest(), JSON.stringify({ version: 1, candidates: [{ ...entry, file }] }));
      assert.deepEqual(await readManifestFile(manifest(), place), [], file);
    }
    writeFileSync(manifest(), JSON.stringify({ version: 1, candidates: [entry] }));
    assert.deepEqual(await readManifestFile(manifest(), place), [entry]);
  });

  it('are not looked for behind a link that leads outside', async () => {
    const outside = join(folder(), 'outside');
    const base = join(folder(), 'base');
    mkdirSync(base);
    const output = { folder: base, series: 'candidates/*.md', firstNumbered: true };
    client = await openClient(base);
    const lease = value(
      await client.createRun(
        newRun(base),
        newItems(base, 2).map((item) => ({ ...item, output })),
      ),
    );
    value(await client.markWritten(lease, candidate(base, '01.md', 0)));
    value(await client.release(lease));
    // What a manifest tells of the second was never here.
    const [entry] = readManifest(readFileSync(manifest(base), 'utf8'));
    rmSync(join(base, 'candidates'), { recursive: true });
    mkdirSync(outside);
    writeFileSync(join(outside, '02.md'), 'text');
    const merged = mergeManifest(undefined, [{ ...entry!, file: '02.md', item: itemId(1) }]);
    writeFileSync(join(outside, 'manifest.json'), merged.isReadable ? merged.text : '');
    symlinkSync(outside, join(base, 'candidates'));
    assert.equal(value(await client.rebuildFromManifests([manifest(base)])), 0);
    value(await client.acquire('run'));
    assert.deepEqual(
      value(await client.itemsById('run', [itemId(0), itemId(1)])).map(({ state }) => state),
      ['written', 'queued'],
    );
    // The same inside is what a restored backup has.
    rmSync(join(base, 'candidates'));
    cpSync(outside, join(base, 'candidates'), { recursive: true });
    await client.close();
    client = await openClient(base);
    value(await client.acquire('run'));
    const [, second] = value(await client.itemsById('run', [itemId(0), itemId(1)]));
    assert.equal(second?.state, 'written');
  });

  it('are written later when they cannot be now, and that is said once', async () => {
    const problems: string[] = [];
    client = await openClient(folder(), { onManifestProblem: (message) => problems.push(message) });
    const lease = await begin(2);
    mkdirSync(manifest(), { recursive: true });
    await write(lease, '01.md', 0);
    value(await client.release(lease));
    const again = value(await client.acquire('run'));
    await write(again, '02.md', 1);
    value(await client.finishRun(again, finished));
    assert.equal(problems.length, 1);
    assert.match(
      problems[0] ?? '',
      /^The manifest \/.*\/candidates\/manifest\.json cannot be written \(EISDIR.*\): mend that, and it gets what it lacks\.$/,
    );
    rmdirSync(manifest());
    await client.close();
    assert.deepEqual(files(), ['01.md', '02.md']);
  });

  it('wait for another process that is writing one', async () => {
    const problems: string[] = [];
    client = await openClient(folder(), { onManifestProblem: (message) => problems.push(message) });
    const lease = await begin(1);
    await write(lease, '01.md', 0);
    const other = new DatabaseSync(join(settingsFor(folder()).directory, 'manifests.lock'));
    other.exec('BEGIN EXCLUSIVE');
    value(await client.finishRun(lease, finished));
    assert.match(problems.join(), /^Another program keeps the manifest .*manifest\.json locked: .*\.$/);
    other.close();
    await client.close();
    assert.deepEqual(files(), ['01.md']);
  });
});

describe('a journal whose process kills itself', () => {
  const folder = useScratchFolder();

  async function textsAfter(failpoint: string): Promise<{ readonly acknowledged: number; readonly there: number }> {
    const killed = startJournalProcess(folder(), 'write', 'run', undefined, failpoint);
    await killed.ended;
    assert.equal(killed.process.signalCode, 'SIGKILL');
    const client = await openClient(folder());
    const there = value(await client.run('run')).unwritten;
    await client.close();
    return { acknowledged: killed.lines.filter((line) => /^\d+$/.test(line)).length, there };
  }

  it('has nothing of a batch that was not committed', async function () {
    if (process.platform === 'win32') this.skip();
    assert.deepEqual(await textsAfter('mid-commit:3'), { acknowledged: 20, there: 20 });
  });

  it('has all of a batch that was committed and not acknowledged', async function () {
    if (process.platform === 'win32') this.skip();
    assert.deepEqual(await textsAfter('after-commit:3'), { acknowledged: 20, there: 30 });
  });
});
