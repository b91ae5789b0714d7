import assert from 'node:assert/strict';
import { success } from '../../../../src/base/outcome.ts';
import { parsePromptFile } from '../../../../src/prompts/parse.ts';
import { unusedValues } from '../../../../src/runs/plan/unusedValues.ts';

describe('values that were typed', () => {
  const text = '---\ninputs: { tone: warm }\n---\nWrite for ${input:who} as in #file:style.md, {{ place | upcase }}.\n';
  const parsed = parsePromptFile('a.prompt.md', text);
  assert.ok(parsed.ok);
  const includes = new Map([['a.prompt.md', new Map([['style.md', success('In {{ voice }}.')]])]]);
  const unused = (...names: string[]): readonly string[] =>
    unusedValues(names, [text], [parsed.value], includes).map(({ message }) => message);

  it('are used where a prompt or a file that it takes in speaks of them', () => {
    assert.deepEqual(unused('tone', 'who', 'place', 'voice'), []);
  });

  it('are told where none does: the name is misspelt', () => {
    assert.deepEqual(unused('who', 'tonne'), [
      'A value was given for "tonne", which no prompt asks for: correct the name, or leave it out.',
    ]);
  });
});
