import assert from 'node:assert/strict';
import { StreamedCalls } from '../../../src/services/streamedCalls.ts';

const options = { name: 'test', baseUrl: 'http://127.0.0.1:9', credential: undefined };

function callsWhoseProtocol(load: () => Promise<never>): StreamedCalls {
  return new StreamedCalls(options, '/chat/completions', load);
}

describe('calls that are streamed', () => {
  it('load the protocol once, however often it is prepared', async () => {
    let loads = 0;
    const calls = callsWhoseProtocol(() => {
      loads++;
      return Promise.resolve({} as never);
    });
    await Promise.all([calls.prepare(), calls.prepare()]);
    await calls.prepare();
    assert.equal(loads, 1);
  });

  it('tell in the call what preparing kept to itself', async () => {
    const calls = callsWhoseProtocol(() => Promise.reject(new Error('protocol.js is gone')));
    await calls.prepare();
    const request = { model: 'm', messages: [], parameters: {}, index: 1 };
    const signal = new AbortController().signal;
    const outcome = await calls.one(request, { signal, onProgress: () => undefined });
    assert.ok(outcome.kind === 'failed');
    assert.match(outcome.failure.message, /protocol\.js is gone/);
  });
});
