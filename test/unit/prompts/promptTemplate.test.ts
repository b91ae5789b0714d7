import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fillTemplate, freeName, takenName } from '../../../src/prompts/promptTemplate.ts';

describe('a template of a prompt', () => {
  it('has the name of the prompt in it, and tells where the person writes first', () => {
    const { text, start } = fillTemplate('data: __name__.csv\n__start__Write __name__.__start__ End', 'mug');
    assert.equal(text, 'data: mug.csv\nWrite mug. End');
    assert.equal(text.slice(start?.from, start?.to), 'Write mug.');
    assert.deepEqual(fillTemplate('__name__.csv', '$&'), { text: '$&.csv' });
  });

  it('gets a name that nothing in its folder has', () => {
    const namesOf = (name: string): string[] => [`${name}.prompt.md`, `${name}.csv`];
    assert.equal(freeName('a', namesOf, []), 'a');
    assert.equal(freeName('a', namesOf, ['A.csv', 'a-2.prompt.md']), 'a-3');
    assert.equal(takenName(['b', 'a'], ['A']), 'a');
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a.csv', 'a-2.csv', 'a-3.prompt.md', 'b.csv')), (taken) => {
        const name = freeName('a', namesOf, taken);
        assert.equal(takenName(namesOf(name), taken), undefined);
      }),
    );
  });
});
