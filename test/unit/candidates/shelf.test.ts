import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  changeShelf,
  decisionsOf,
  emptyShelf,
  entriesByFile,
  fields,
  isShelfName,
  mergeShelves,
  ratings,
  readShelf,
  shelfState,
  shelfText,
  undecided,
  type Decidable,
  type Shelf,
  type ShelfChange,
  type ShelfKey,
} from '../../../src/candidates/shelf.ts';

const hashes = ['a', 'b'].map((digit) => digit.repeat(64));
const now = Date.UTC(2026, 10, 26);

function read(text: string): Shelf {
  return readShelf(text) ?? assert.fail(`It is no shelf: ${text}`);
}

/** What somebody sees of a text. */
function seen(shelf: Shelf, key: ShelfKey): Decidable {
  const decisions = decisionsOf(entriesByFile(shelf), key);
  const values = fields.map((field) => [field, decisions[field]?.value ?? undecided[field]]);
  return Object.fromEntries(values) as Decidable;
}

function changed(shelf: Shelf, changes: readonly ShelfChange[], at = now): Shelf {
  return changeShelf(shelf, changes, at).shelf;
}

const anyTime = fc.oneof(
  fc.integer({ min: now, max: now + 3 }).map((at) => new Date(at).toISOString()),
  fc.constantFrom('yesterday', '', '9999-12-31T23:59:59.999Z', null, 7),
);
const anyEntry = fc.record(
  {
    file: fc.constantFrom('01.md', '02.md', '../01.md', '__proto__'),
    contentHash: fc.constantFrom(...hashes, 'short', 3),
    picked: fc.oneof(fc.boolean(), fc.constant('yes')),
    pickedAt: anyTime,
    pickedTo: fc.constantFrom('a.picked.md', 3, '../../etc/passwd'),
    archived: fc.boolean(),
    archivedAt: anyTime,
    rating: fc.constantFrom(...ratings, null, 0, 6, 2.5, '3'),
    ratedAt: anyTime,
    note: fc.oneof(fc.string(), fc.constant(null), fc.constant({})),
    notedAt: anyTime,
    mine: fc.jsonValue({ maxDepth: 2 }),
  },
  { requiredKeys: ['file'] },
);
const anyText = fc
  .record({
    version: fc.constant(1),
    candidates: fc.array(anyEntry, { maxLength: 4 }),
    mine: fc.jsonValue({ maxDepth: 2 }),
  })
  .map((shelf) => JSON.stringify(shelf));
const anyShelf = anyText.map(read);

/** As others find it. */
function written(shelf: Shelf): unknown {
  return JSON.parse(shelfText(shelf));
}

const anySet: fc.Arbitrary<ShelfChange['set']> = fc.record(
  {
    picked: fc.record({ value: fc.boolean() }),
    archived: fc.record({ value: fc.boolean() }),
    rating: fc.record({ value: fc.constantFrom(...ratings, null) }),
    note: fc.record({ value: fc.oneof(fc.string(), fc.constant(null)) }),
  },
  { requiredKeys: [] },
);
const anyChange: fc.Arbitrary<ShelfChange> = fc.record(
  { file: fc.constantFrom('01.md', '02.md'), contentHash: fc.constantFrom(...hashes), set: anySet },
  { requiredKeys: ['file', 'set'] },
);

const anyChanges = fc.uniqueArray(anyChange, { selector: ({ file }) => file });

describe('shelf', () => {
  it('is a plain file, with a time for each decision', () => {
    const shelf = changed(emptyShelf, [
      { file: '02.md', set: { rating: { value: 4 }, note: { value: 'Warm.' } } },
      { file: '01.md', contentHash: hashes[0]!, set: { picked: { value: true, to: '../../a.picked.md' } } },
    ]);
    const at = new Date(now).toISOString();
    assert.deepEqual(written(shelf), {
      version: 1,
      candidates: [
        { file: '01.md', contentHash: hashes[0], picked: true, pickedAt: at, pickedTo: '../../a.picked.md' },
        { file: '02.md', rating: 4, ratedAt: at, note: 'Warm.', notedAt: at },
      ],
    });
    assert.deepEqual(read(shelfText(shelf)), shelf);
  });

  it('merges in any order, and the same again when it is done twice', () => {
    fc.assert(
      fc.property(anyShelf, anyShelf, anyShelf, (one, other, third) => {
        assert.deepEqual(written(mergeShelves(one, other)), written(mergeShelves(other, one)));
        assert.deepEqual(
          written(mergeShelves(mergeShelves(one, other), third)),
          written(mergeShelves(one, mergeShelves(other, third))),
        );
        const merged = mergeShelves(one, other);
        assert.deepEqual(written(mergeShelves(merged, merged)), written(merged));
        assert.deepEqual(written(mergeShelves(merged, one)), written(merged));
      }),
    );
  });

  it('is read as it was written, whatever somebody has put into it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shelf = read(text);
        assert.deepEqual(written(read(shelfText(shelf))), written(shelf));
        for (const { decisions } of shelf.entries.values()) {
          assert.ok([true, false, undefined].includes(decisions.picked?.value));
          assert.ok([...ratings, null, undefined].includes(decisions.rating?.value));
          for (const field of fields) assert.ok((decisions[field]?.at ?? 0) < Date.UTC(9000, 0));
        }
      }),
    );
  });

  it('keeps what is not ours, and what is wrong with ours', () => {
    const mine = { file: '01.md', rating: 99, ratedAt: 'yesterday', colour: 'red' };
    const shelf = read(JSON.stringify({ version: 1, candidates: [mine], owner: 'me' }));
    assert.deepEqual(seen(shelf, { file: '01.md' }), undecided);
    assert.deepEqual(written(changed(shelf, [{ file: '01.md', set: { picked: { value: true } } }])), {
      version: 1,
      candidates: [{ ...mine, picked: true, pickedAt: new Date(now).toISOString() }],
      owner: 'me',
    });
  });

  it('merges what two writers have changed at once, by candidate and field', () => {
    const only = (changes: readonly ShelfChange[], ...names: readonly string[]): readonly ShelfChange[] =>
      changes.map((change) => {
        const kept = Object.entries(change.set).filter(([field]) => names.includes(field));
        return { ...change, set: Object.fromEntries(kept) };
      });
    fc.assert(
      fc.property(anyShelf, anyChanges, anyChanges, (base, any, others) => {
        const mine = only(any, 'picked', 'rating');
        const theirs = only(others, 'archived', 'note');
        const merged = mergeShelves(changed(base, mine, now), changed(base, theirs, now + 10));
        const oneByOne = changed(changed(base, mine, now), theirs, now + 10);
        for (const key of [...mine, ...theirs]) assert.deepEqual(seen(merged, key), seen(oneByOne, key));
      }),
    );
    const base = changed(emptyShelf, [{ file: '01.md', set: { rating: { value: 2 } } }], now - 10);
    const rated = changed(base, [{ file: '01.md', set: { rating: { value: 5 } } }]);
    const noted = changed(base, [{ file: '01.md', set: { note: { value: 'Good.' } } }], now + 1);
    const expected: Decidable = { ...undecided, rating: 5, note: 'Good.' };
    assert.deepEqual(seen(mergeShelves(rated, noted), { file: '01.md' }), expected);
  });

  it('takes back what was decided, and that too', () => {
    fc.assert(
      fc.property(anyShelf, anyChanges, (base, changes) => {
        const keys = changes.map(({ file, contentHash }): ShelfKey => {
          return { file, ...(contentHash === undefined ? {} : { contentHash }) };
        });
        const see = (shelf: Shelf) => keys.map((key) => seen(shelf, key));
        const done = changeShelf(base, changes, now);
        const undone = changeShelf(done.shelf, done.inverse, now);
        assert.deepEqual(see(undone.shelf), see(base));
        assert.deepEqual(see(changed(undone.shelf, undone.inverse)), see(done.shelf));
      }),
    );
  });

  it('decides now, whatever times are there already', () => {
    const future = '2999-01-01T00:00:00.000Z';
    const shelf = read(JSON.stringify({ version: 1, candidates: [{ file: '01.md', rating: 1, ratedAt: future }] }));
    assert.equal(seen(changed(shelf, [{ file: '01.md', set: { rating: { value: 5 } } }]), { file: '01.md' }).rating, 5);
  });

  it('leaves alone what somebody has decided since', () => {
    const mine = changeShelf(emptyShelf, [{ file: '01.md', set: { rating: { value: 2 }, note: { value: 'x' } } }], now);
    const theirs = changed(mine.shelf, [{ file: '01.md', set: { rating: { value: 5 } } }], now + 1);
    assert.deepEqual(seen(changed(theirs, mine.inverse, now + 2), { file: '01.md' }), { ...undecided, rating: 5 });
  });

  it('tells texts apart that had one name after each other', () => {
    const [first, second] = hashes.map((contentHash) => ({ file: '01.md', contentHash }));
    const shelf = changed(emptyShelf, [{ ...first!, set: { rating: { value: 1 } } }]);
    assert.equal(seen(shelf, second!).rating, null);
    assert.equal(seen(shelf, { file: '01.md' }).rating, 1, 'who does not know which text it is sees all');
    assert.equal(seen(changed(shelf, [{ ...second!, set: { rating: { value: 5 } } }]), first!).rating, 1);
  });

  it('goes along with a file that a person has renamed', () => {
    const from = { file: '01.md', contentHash: hashes[0]! };
    const to = { file: 'best.md', contentHash: hashes[0]! };
    const shelf = changed(emptyShelf, [{ ...from, set: { rating: { value: 4 } } }], now - 1);
    const noted = changed(shelf, [{ ...to, from, set: { note: { value: 'Yes.' } } }]);
    assert.deepEqual(seen(noted, to), { ...undecided, rating: 4, note: 'Yes.' });
  });

  it('is told from what is no shelf', () => {
    const whole = shelfText(emptyShelf);
    assert.equal(shelfState(undefined), 'none');
    assert.equal(shelfState(whole), 'ours');
    assert.equal(shelfState(`\ufeff${whole}`), 'ours');
    const nested = `{ "version": 1, "candidates": [], "more": ${'['.repeat(5000)}${']'.repeat(5000)} }`;
    for (const broken of [whole.slice(0, -4), `${whole}<<<<<<<`, nested, '{ "version": 1, "candidates": [3] }']) {
      assert.equal(shelfState(broken), 'broken', broken.slice(0, 80));
    }
    for (const foreign of ['', '[]', '{}', '{ "version": 2, "candidates": [] }', 'null', '\0']) {
      assert.equal(shelfState(foreign), 'foreign', foreign);
    }
    assert.ok(isShelfName('SHELF.json') && isShelfName('candidates.shelf.json') && !isShelfName('my.shelf.json'));
  });

  it('decides about thousands of candidates at once', () => {
    const changes = Array.from({ length: 20_000 }, (_, place): ShelfChange => {
      return { file: `${place}.md`, set: { archived: { value: true } } };
    });
    const { shelf, inverse } = changeShelf(emptyShelf, changes, now);
    assert.equal(shelf.entries.size, 20_000);
    assert.equal(seen(changed(shelf, inverse), { file: '7.md' }).archived, false);
  });
});
