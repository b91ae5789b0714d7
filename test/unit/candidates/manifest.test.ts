import assert from 'node:assert/strict';
import {
  chooseManifest,
  manifestState,
  mergeManifest,
  readManifest,
  unreadableName,
  type ManifestEntry,
  type ManifestState,
} from '../../../src/candidates/manifest.ts';
import { manifestEntry } from '../../support/manifestEntry.ts';

function merged(current: string | undefined, entries: readonly ManifestEntry[]): string {
  const result = mergeManifest(current, entries);
  if (!result.isReadable) assert.fail('It cannot be read.');
  return result.text;
}

describe('manifest', () => {
  it('begins one, sorted by file, whatever order the entries came in', () => {
    const text = merged(undefined, [manifestEntry('10.md'), manifestEntry('02.md'), manifestEntry('01.md')]);
    assert.deepEqual(JSON.parse(text), {
      version: 1,
      candidates: [manifestEntry('01.md'), manifestEntry('02.md'), manifestEntry('10.md')],
    });
    assert.equal(text, `${JSON.stringify(JSON.parse(text), null, 2)}\n`);
    assert.equal(
      merged(merged(undefined, [manifestEntry('10.md')]), [manifestEntry('01.md'), manifestEntry('02.md')]),
      text,
    );
  });

  it('replaces the entry of a file that was written again', () => {
    const text = merged(undefined, [manifestEntry('01.md'), manifestEntry('02.md')]);
    const later = { ...manifestEntry('02.md', { attempts: 3 }), finishedAt: '2026-01-02T00:00:00.000Z' };
    assert.deepEqual(readManifest(merged(text, [later])), [manifestEntry('01.md'), later]);
  });

  it('leaves what is there as a person has left it', () => {
    const edited = JSON.stringify({
      version: 1,
      note: 'mine',
      candidates: [{ ...manifestEntry('01.md'), rating: 5 }, { file: 'mine.md' }],
    });
    assert.equal(merged(edited, [manifestEntry('01.md')]), edited, 'nothing is new');
    assert.deepEqual(JSON.parse(merged(edited, [manifestEntry('02.md')])), {
      version: 1,
      note: 'mine',
      candidates: [{ ...manifestEntry('01.md'), rating: 5 }, manifestEntry('02.md'), { file: 'mine.md' }],
    });
  });

  it('says so when it cannot read what is there', () => {
    for (const broken of [
      '',
      '{ broken',
      '[]',
      '{}',
      '{ "version": 2, "candidates": [] }',
      '{ "version": 1, "candidates": [3] }',
    ]) {
      assert.deepEqual(mergeManifest(broken, [manifestEntry('01.md')]), { isReadable: false }, broken);
    }
    assert.match(unreadableName('/a/manifest.json'), /^\/a\/manifest\.json\.[0-9a-f]{6}\.unreadable$/);
  });

  it('is only what looks as if we had written it', () => {
    const whole = JSON.stringify({ version: 1, candidates: [manifestEntry('01.md')] }, null, 2);
    assert.equal(manifestState(undefined), 'none');
    assert.equal(manifestState(whole), 'ours');
    assert.equal(manifestState(JSON.stringify({ note: 'mine', candidates: [], version: 1 })), 'ours');
    const broken = [whole.slice(0, 40), `\ufeff${whole},`, '{ "version": 1, "candidates": [3] }'];
    for (const text of broken) assert.equal(manifestState(text), 'broken', text);
    const nested = (depth: number) =>
      `{ "version": 1, "candidates": [], "more": ${'['.repeat(depth)}${']'.repeat(depth)} }`;
    assert.deepEqual(
      [100, 5000].map((depth) => manifestState(nested(depth))),
      ['ours', 'broken'],
    );
    const foreign = ['', '{ broken', '[]', '{}', '{ "version": 2, "candidates": [] }', '{ "version": "1.0.0" }'];
    for (const text of foreign) assert.equal(manifestState(text), 'foreign', text);
  });

  it("takes its other name where the first is somebody else's", () => {
    const name = (first: ManifestState, second: ManifestState) => chooseManifest([first, second])?.name;
    for (const state of ['none', 'ours', 'broken'] as const) {
      assert.equal(name(state, 'none'), 'manifest.json');
      assert.equal(name(state, 'foreign'), 'manifest.json');
      assert.equal(name(state, 'ours'), 'candidates.manifest.json');
    }
    for (const state of ['none', 'ours', 'broken'] as const) {
      assert.equal(name('foreign', state), 'candidates.manifest.json');
    }
    assert.equal(name('foreign', 'foreign'), undefined);
  });

  it('reads the entries again, but those that a person has broken', () => {
    const { item: _item, ...broken } = manifestEntry('02.md');
    const candidates = [
      { ...manifestEntry('01.md'), cost: 0.5 },
      broken,
      { ...manifestEntry('03.md'), startedAt: 'yesterday' },
    ];
    assert.deepEqual(readManifest(JSON.stringify({ version: 1, candidates })), [
      { ...manifestEntry('01.md'), cost: 0.5 },
    ]);
    assert.deepEqual(readManifest('{ broken'), []);
  });
});
