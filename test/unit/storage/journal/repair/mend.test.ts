import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { Journal } from '../../../../../src/storage/journal/journal.ts';
import type { Page, PageRequest } from '../../../../../src/storage/journal/records.ts';
import { journalPath, type Repair } from '../../../../../src/storage/journal/settings.ts';
import { mergeManifest, type ManifestEntry } from '../../../../../src/candidates/manifest.ts';
import { candidatesOf } from '../../../../../src/storage/manifests/manifestFile.ts';
import { PathGate } from '../../../../../src/storage/pathGate.ts';
import { seededRandom } from '../../../../../src/services/demo/seededRandom.ts';
import { useScratchFolder } from '../../../../support/scratch.ts';
import {
  attempt,
  itemId,
  newRun,
  openJournal,
  openMended,
  result,
  settingsFor,
  startRun,
  value,
  written,
} from '../../../../support/journal/support.ts';
import type { JournalOutcome } from '../../../../../src/storage/journal/journalFailure.ts';

const itemsPerRun = 20;

/** Three runs: finished, half written, and just planned. */
function fill(journal: Journal, base: string): void {
  for (const [id, texts, files] of [
    ['finished', 20, 20],
    ['half', 12, 5],
    ['planned', 0, 0],
  ] as const) {
    const lease = startRun(journal, base, itemsPerRun, newRun(base, id));
    for (let position = 0; position < texts; position++) {
      value(journal.write('recordAttempt', lease, attempt(position)));
      value(
        journal.write('recordResult', lease, {
          ...result(position, `${id} ${position} `.repeat(40)),
          cacheKey: `${id} ${position}`,
        }),
      );
    }
    for (let position = 0; position < files; position++)
      value(journal.write('markWritten', lease, written(base, position)));
    if (id === 'finished') value(journal.write('finishRun', lease, { summary: {}, metrics: [] }));
    else value(journal.write('release', lease));
  }
}

function all<Row>(read: (page: PageRequest) => JournalOutcome<Page<Row>>): Row[] {
  return [...value(read({})).rows];
}

/** Everything that must be what was written, by name. */
function contentOf(journal: Journal): Map<string, string> {
  const facts = new Map<string, string>();
  for (const run of all((page) => journal.read('listRuns', {}, page))) {
    facts.set(`run ${run.id}`, JSON.stringify([run.label, run.total, run.startedAt]));
    for (const item of all((page) => journal.read('items', run.id, [], page))) {
      const {
        state,
        file,
        failure,
        finishedAt,
        attempts: _attempts,
        usage: _usage,
        startedAt: _startedAt,
        ...planned
      } = item;
      facts.set(`item ${run.id} ${item.position}`, JSON.stringify(planned));
      facts.set(`progress ${run.id} ${item.position}`, JSON.stringify([state, file, failure, finishedAt]));
    }
    for (const { position, text } of all((page) => journal.read('unwrittenResults', run.id, page)))
      facts.set(`text ${run.id} ${position}`, text);
  }
  return facts;
}

/** Of a text, both the result's and the cached one. */
function flipTexts(bytes: Buffer, text: string): Buffer {
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at))
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
}

interface Opened {
  readonly facts: Map<string, string>;
  readonly repairs: readonly Repair[];
}

describe('a damaged journal', () => {
  const folder = useScratchFolder();
  let expected: Map<string, string>;
  let path: string;
  let intact: string;

  beforeEach(() => {
    const journal = openJournal(folder());
    fill(journal, folder());
    expected = contentOf(journal);
    journal.close();
    path = journalPath(settingsFor(folder()).directory);
    intact = join(folder(), 'intact.sqlite');
    copyFileSync(path, intact);
  });

  function damagedFiles(): string[] {
    return readdirSync(join(path, '..')).filter((name) => name.includes('damaged') && name.endsWith('.sqlite'));
  }

  /** Opens what the damage left, reads all of it, writes to it, and leaves the folder as it was before. */
  function open(damage: () => void): Opened {
    for (const name of readdirSync(join(path, '..'))) if (name !== '.gitignore') rmSync(join(path, '..', name));
    copyFileSync(intact, path);
    damage();
    const { journal, repairs } = openMended(folder());
    const facts = contentOf(journal);
    value(journal.write('recordResult', startRun(journal, folder(), 3, newRun(folder(), 'new')), result(0)));
    journal.close();
    const again = openJournal(folder());
    const after = contentOf(again);
    again.close();
    for (const [name, fact] of facts) assert.equal(after.get(name), fact);
    assert.deepEqual(damagedFiles().sort(), repairs.map(({ movedTo }) => basename(movedTo)).sort());
    return { facts, repairs };
  }

  /** Nothing that is told is wrong, and what is missing was said. @returns the share that is still there */
  function judge({ facts, repairs }: Opened, what: string): number {
    for (const [name, fact] of facts) {
      // An item whose fate was lost begins again, which is said.
      if (fact !== expected.get(name))
        assert.ok(repairs.length > 0 && /^(progress|text)/.test(name), `${what}: ${name} is wrong`);
    }
    const kept = [...expected.keys()].filter((name) => facts.has(name)).length;
    if (kept < expected.size) assert.ok(repairs.length > 0, `${what}: silent loss`);
    for (const { message, movedTo } of repairs) {
      assert.match(message, /^The (log of the )?journal .* was damaged: .*\.$/);
      assert.ok(existsSync(movedTo));
    }
    return kept / expected.size;
  }

  it('opens with what is intact when it was truncated at any page', function () {
    this.timeout(60_000);
    const { size } = statSync(intact);
    const sizes = Array.from({ length: size / 4096 }, (_, pages) => pages * 4096);
    for (const bytes of [...sizes, 1, 50, 99, 100, 1000, 4095, 4097, size - 1]) {
      const opened = open(() => truncateSync(path, bytes));
      assert.ok(opened.repairs.length > 0, `${bytes} bytes`);
      judge(opened, `${bytes} bytes`);
    }
  });

  it('opens with what is intact when bits were flipped', function () {
    this.timeout(60_000);
    const random = seededRandom(4);
    const bytes = readFileSync(intact);
    let keptOfRepaired = 0;
    let repaired = 0;
    for (let round = 0; round < 150; round++) {
      const flipped = Buffer.from(bytes);
      const places = Array.from({ length: 1 + (round % 3) }, () => Math.floor(random() * bytes.length));
      for (const place of places) flipped.writeUInt8(flipped.readUInt8(place) ^ (1 << Math.floor(random() * 8)), place);
      const opened = open(() => writeFileSync(path, flipped));
      const kept = judge(opened, `bits at ${places.join(', ')}`);
      if (opened.repairs.length === 0) continue;
      repaired++;
      keptOfRepaired += kept;
    }
    assert.ok(repaired > 10);
    assert.ok(keptOfRepaired / repaired > 0.7, `kept ${keptOfRepaired / repaired}`);
  });

  it('opens anew when it is something else altogether', () => {
    for (const content of ['', 'garbage', 'SQLite format 3\0 but not really', 'x'.repeat(100_000)]) {
      const opened = open(() => writeFileSync(path, content));
      assert.equal(judge(opened, content.slice(0, 20)), 0);
      assert.match(opened.repairs[0]?.message ?? '', /no run in it could be read, so a new one was begun/);
    }
  });

  it('opens anew when another database has its name', () => {
    const { repairs } = open(() => {
      const other = openJournal(mkdir('other'));
      other.close();
      copyFileSync(journalPath(settingsFor(join(folder(), 'other')).directory), path);
    });
    assert.deepEqual(repairs, [], 'an empty journal is a journal');
  });

  function mkdir(name: string): string {
    const made = join(folder(), name);
    mkdirSync(made);
    return made;
  }

  it('says so when its log lost commits', () => {
    const journal = openJournal(folder());
    const lease = value(journal.write('acquire', 'planned'));
    for (let position = 0; position < 10; position++)
      value(journal.write('recordResult', lease, result(position, 'x'.repeat(5000))));
    const log = readFileSync(`${path}-wal`);
    const database = readFileSync(path);
    journal.close();
    const random = seededRandom(7);
    for (let round = 0; round < 20; round++) {
      const flipped = Buffer.from(log);
      const place = Math.floor((random() * log.length) / 2);
      flipped.writeUInt8(flipped.readUInt8(place) ^ 16, place);
      const { repairs, facts } = open(() => {
        writeFileSync(path, database);
        writeFileSync(`${path}-wal`, flipped);
      });
      const texts = [...facts.keys()].filter((name) => name.startsWith('text planned')).length;
      if (texts < 10)
        assert.match(
          repairs[0]?.message ?? '',
          /^The log of the journal/,
          `at ${place} of ${log.length}: ${texts} texts`,
        );
      for (const { movedTo } of repairs)
        assert.ok(existsSync(`${movedTo}-wal`) || !(repairs[0]?.message ?? '').includes('log'));
    }
    const { repairs, facts } = open(() => {
      writeFileSync(path, database);
      writeFileSync(`${path}-wal`, log);
    });
    assert.deepEqual(repairs, [], 'a log that a killed process left is no damage');
    assert.equal([...facts.keys()].filter((name) => name.startsWith('text planned')).length, 10);
  });

  it('is mended when it turns out on reading that a row is not what was written, and goes on', () => {
    const bytes = readFileSync(path);
    writeFileSync(path, flipTexts(bytes, 'half 7 half 7 half'));
    const repairs: Repair[] = [];
    const journal = value(Journal.open(settingsFor(folder()), (repair) => repairs.push(repair)));
    const lease = value(journal.write('acquire', 'planned'));
    assert.equal(repairs.length, 0, 'SQLite has no checksums');
    assert.deepEqual(
      all((page) => journal.read('unwrittenResults', 'half', page)).map(({ position }) => position),
      [5, 6, 8, 9, 10, 11],
    );
    assert.match(repairs[0]?.message ?? '', /60 of 60 items and 31 texts of 3 runs were kept/);
    value(journal.write('recordResult', lease, result(3)));
    journal.close();
  });

  it('is mended by one process, and another goes on in what came of it', () => {
    const bytes = readFileSync(path);
    writeFileSync(path, flipTexts(bytes, 'half 9 half 9 half'));
    const other = openJournal(folder());
    const lease = value(other.write('acquire', 'planned'));
    value(other.write('recordResult', lease, result(0)));
    const { journal, repairs } = openMended(folder());
    assert.equal(all((page) => journal.read('unwrittenResults', 'half', page)).length, 6);
    assert.equal(repairs.length, 1);
    value(other.write('recordResult', lease, result(1)));
    assert.equal(all((page) => journal.read('unwrittenResults', 'planned', page)).length, 2);
    assert.equal(all((page) => other.read('unwrittenResults', 'half', page)).length, 6);
    journal.close();
    other.close();
  });

  it('knows again what the manifests beside the candidates know', async () => {
    const manifest = join(mkdir('candidates'), 'manifest.json');
    const entries: ManifestEntry[] = [];
    for (let position = 0; position < 20; position++) {
      for (const run of ['finished', 'half', 'forgotten']) {
        entries.push({
          file: `${run}-${position}.md`,
          contentHash: `hash of ${run} ${position}`,
          item: itemId(position),
          run,
          prompt: { path: 'prompts/tagline.prompt.md', hash: 'abc' },
          row: '',
          index: 1,
          service: 'demo',
          model: 'small',
          variables: { a: 1 },
          parameters: { temperature: 1 },
          tokens: { input: 1, output: 2 },
          attempts: 1,
          startedAt: '2026-01-01T00:00:00.000Z',
          finishedAt: '2026-01-01T00:00:05.000Z',
        });
      }
    }
    const merged = mergeManifest(undefined, entries);
    writeFileSync(manifest, merged.isReadable ? merged.text : '');
    const broken = join(mkdir('more'), 'manifest.json');
    writeFileSync(broken, '{ "version": 1, "candidates": [{ "file": 3 }] }');
    // The salvaged journal knows both runs, and one of them halfway; another one is lost altogether.
    const journal = openJournal(folder());
    const paths = [manifest, broken, join(folder(), 'missing', 'manifest.json')];
    const found = await candidatesOf(paths, { gate: new PathGate(), root: folder() });
    assert.equal(value(journal.write('rebuild', found)), 15 + 20);
    assert.equal(value(journal.write('rebuild', found)), 0, 'once is enough');
    const runs = value(journal.read('listRuns')).rows;
    assert.deepEqual(
      runs.map(({ id, counts }) => [id, counts.written, counts.queued]),
      [
        ['forgotten', 20, 0],
        ['planned', 0, 20],
        ['half', 20, 0],
        ['finished', 20, 0],
      ],
    );
    const [first] = value(journal.read('itemOverviews', 'forgotten')).rows;
    assert.equal(first?.file, join(folder(), 'candidates', 'forgotten-0.md'));
    assert.equal(first.prompt.name, 'tagline');
    assert.equal(value(journal.read('lastWritten', first.file))?.contentHash, 'hash of forgotten 0');
    journal.close();
  });
});
