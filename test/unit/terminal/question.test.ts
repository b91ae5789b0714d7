import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { askWhether, canAsk } from '../../../src/terminal/question.ts';

describe('a question', () => {
  async function answered(text: string): Promise<readonly [boolean, string]> {
    const [input, output] = [new PassThrough(), new PassThrough()];
    input.end(text);
    const answer = await askWhether('Sure?', { input, output });
    return [answer, String(output.read())];
  }

  it('is a yes only with a yes', async () => {
    for (const text of ['y\n', 'Yes\r\n', ' y \nn\n', 'y']) {
      assert.deepEqual(await answered(text), [true, 'Sure? [y/N] '], JSON.stringify(text));
    }
    for (const text of ['n\n', '\n', 'yesterday\n', '\ny\n']) {
      assert.deepEqual(await answered(text), [false, 'Sure? [y/N] '], JSON.stringify(text));
    }
    assert.deepEqual(await answered(''), [false, 'Sure? [y/N] \n']);
  });

  it('is asked where a person types and reads', () => {
    const [terminal, pipe] = [Object.assign(new PassThrough(), { isTTY: true }), new PassThrough()];
    assert.equal(canAsk({ input: terminal, output: terminal }), true);
    assert.equal(canAsk({ input: pipe, output: terminal }), false);
    assert.equal(canAsk({ input: terminal, output: pipe }), false);
  });
});
