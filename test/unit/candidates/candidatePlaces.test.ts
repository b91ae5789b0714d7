import assert from 'node:assert/strict';
import fc from 'fast-check';
import { candidatePath, candidateSeries, type CandidatePlace } from '../../../src/candidates/candidateName.ts';
import { candidatePlaces, type PathFacts } from '../../../src/candidates/candidatePlaces.ts';
import { emptyRow } from '../../../src/model/row.ts';

/** What the shapes of a prompt say of a path; undefined where it has none of them. */
function read(path: string, output?: string): PathFacts | undefined {
  const names = path.split('/');
  for (const shape of candidatePlaces({ name: 'a', ...(output === undefined ? {} : { output }) })) {
    const facts = shape.map((pattern, place) => pattern.read(names[place] ?? ''));
    if (shape.length === names.length && facts.every((each) => each !== undefined)) {
      return Object.assign({}, ...facts) as PathFacts;
    }
  }
  return undefined;
}

describe('places of candidates', () => {
  it('are those of the built-in pattern', () => {
    assert.deepEqual(read('candidates/a/01.md'), { number: 1 });
    assert.deepEqual(read('candidates/a/12.json'), { number: 12 });
    assert.deepEqual(read('candidates/a/01.gpt-5.1.md'), { number: 1, model: 'gpt-5.1' });
    assert.deepEqual(read('candidates/a/Berlin/03.md'), { number: 3, row: 'Berlin' });
    for (const other of [
      'candidates/a/notes.md',
      'candidates/b/01.md',
      'candidates/a/00.md',
      '01.md',
      'candidates/a/x/y/01.md',
    ]) {
      assert.equal(read(other), undefined, other);
    }
  });

  it('are those of an own pattern', () => {
    assert.deepEqual(read('pages/a.md', 'pages/${promptName}.md'), { number: 1 });
    assert.deepEqual(read('pages/a-2.md', 'pages/${promptName}.md'), { number: 2 });
    assert.deepEqual(read('x/7/m.txt', 'x/${index}/${model}.txt'), { number: 7, model: 'm' });
    assert.deepEqual(read('x/s/1-b-m.md', 'x/${row.sku}/${index}-${row.title}-${model}.md'), {
      number: 1,
      row: 'b',
      model: 'm',
    });
  });

  it('have every path that a candidate is written to', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((inner) => `x${inner}x`);
    const output = fc.constantFrom(
      undefined,
      '${promptName}/${row}/${index}.md',
      'p/${row.sku}-${model}.md',
      'p ${index}/${model}/x.md',
    );
    fc.assert(
      fc.property(
        text,
        text,
        output,
        fc.integer({ min: 1, max: 2000 }),
        fc.boolean(),
        (label, model, pattern, number, several) => {
          const row = { key: label, label, values: { sku: label } };
          const place: CandidatePlace = { row, model, severalModels: several };
          const prompt = { name: 'a', ...(pattern === undefined ? {} : { output: pattern }) };
          const path = candidatePath(candidateSeries(prompt, place), number);
          assert.ok(read(path, pattern), path);
          const single = candidatePath(candidateSeries({ name: 'a' }, { ...place, row: emptyRow }), number);
          assert.equal(read(single)?.number, number);
        },
      ),
    );
  });

  it('are read in no time, however many variables a pattern has', () => {
    const output = `${'${row.a}x${model}'.repeat(10)}.md`;
    assert.equal(read(`${'x'.repeat(250)}.txt`, output), undefined);
    assert.ok(read(`${'x'.repeat(250)}.md`, output));
  });
});
