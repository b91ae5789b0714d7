import assert from 'node:assert/strict';
import { DemoService } from '../../../src/services/demo/demo.ts';
import type { TextSoFar } from '../../../src/services/service.ts';

function request(index: number, content = 'Write a page about the Slow Start cold brew for busy people.') {
  return { model: 'demo', messages: [{ role: 'user' as const, content }], parameters: {}, index };
}

async function textOf(index: number, content?: string): Promise<string> {
  const outcome = await new DemoService('demo', 0).generate(request(index, content), {
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  assert.equal(outcome.kind, 'completed');
  return outcome.result.text;
}

describe('demo service', () => {
  it('gives the same text for the same candidate, and different ones for others', async () => {
    assert.equal(await textOf(1), await textOf(1));
    assert.notEqual(await textOf(1), await textOf(2));
  });

  it('writes about what the prompt names', async () => {
    assert.match(await textOf(1), /Slow Start/);
  });

  it('writes a line for a tagline and three for a haiku', async () => {
    assert.equal((await textOf(1, 'A tagline for our Slow Start coffee')).trim().split('\n').length, 1);
    assert.equal((await textOf(1, 'Write a haiku about rain')).trim().split('\n').length, 3);
  });

  it('shows its text as it arrives', async () => {
    let soFar: TextSoFar | undefined;
    const seen: string[] = [];
    const outcome = await new DemoService('demo', 0).generate(request(1), {
      signal: new AbortController().signal,
      onProgress: () => seen.push(soFar?.(0) ?? ''),
      onText: (text) => (soFar = text),
    });
    assert.equal(outcome.kind, 'completed');
    assert.ok(seen.every((text, place) => place === 0 || text.length > (seen[place - 1] ?? '').length));
    assert.equal(seen.at(-1), outcome.result.text);
  });

  it('ends at once when it is cancelled', async () => {
    const outcome = await new DemoService('demo').generate(request(1), {
      signal: AbortSignal.abort(),
      onProgress: () => undefined,
    });
    assert.equal(outcome.kind, 'failed');
  });
});
