import assert from 'node:assert/strict';
import { OpenAiService } from '../../../src/services/openai/openai.ts';
import type { ChatMessage } from '../../../src/model/message.ts';
import type { TextSoFar } from '../../../src/services/service.ts';
import { SharedRequests } from '../../../src/services/sharedRequests.ts';
import { credential } from '../../support/credential.ts';
import { startTestServer, type TestServer } from '../../support/server/testServer.ts';

describe('shared requests', () => {
  let server: TestServer;
  let service: SharedRequests;

  beforeEach(async () => {
    server = await startTestServer();
    const { baseUrl } = server;
    const inner = new OpenAiService({ name: 'test', baseUrl, credential: credential('key', baseUrl) });
    service = new SharedRequests(inner, 4);
  });

  afterEach(() => server.close());

  function ask(
    messages: readonly ChatMessage[],
    siblings: number,
    signal = new AbortController().signal,
  ): ReturnType<SharedRequests['generate']> {
    const request = { model: 'm', messages, parameters: {}, index: 1, siblings };
    return service.generate(request, { signal, onProgress: () => undefined });
  }
  const quiet = { signal: new AbortController().signal, onProgress: () => undefined };

  const prompt = (content = 'Write a line.'): readonly ChatMessage[] => [{ role: 'user', content }];

  it('ask once for several candidates of a prompt, and never for more than there are', async () => {
    const messages = prompt();
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => ask(messages, 6)));
    assert.ok(outcomes.every(({ kind }) => kind === 'completed'));
    const texts = outcomes.map((outcome) => (outcome.kind === 'completed' ? outcome.result.text : ''));
    assert.equal(new Set(texts).size, 6);
    assert.equal(server.ledger.summary().total, 2);
    assert.deepEqual(
      outcomes.map(({ calls }) => calls),
      [1, 0, 0, 0, 1, 0],
    );
    const output = outcomes.reduce((sum, { usage }) => sum + (usage?.output ?? 0), 0);
    assert.equal(output, server.ledger.summary().completionTokens);
  });

  it('show each candidate its own text as it arrives', async () => {
    const messages = prompt();
    const soFar: TextSoFar[] = [];
    const ended = [0, 1].map((place) =>
      service.generate(
        { model: 'm', messages, parameters: {}, index: place + 1, siblings: 2 },
        { ...quiet, onText: (text) => (soFar[place] = text) },
      ),
    );
    const texts = (await Promise.all(ended)).map((outcome) =>
      outcome.kind === 'completed' ? outcome.result.text : '',
    );
    // Nobody knows before its end that the last word is no beginning of a key.
    const cut = (text: string): string => text.slice(0, text.lastIndexOf(' ') + 1);
    assert.deepEqual(
      soFar.map((read) => read(0)),
      texts.map(cut),
    );
    assert.notEqual(texts[0], texts[1]);
  });

  it('keep what was paid for until somebody comes for it', async () => {
    const messages = prompt();
    for (let candidate = 0; candidate < 4; candidate++) assert.equal((await ask(messages, 4)).kind, 'completed');
    assert.equal(server.ledger.summary().total, 1);
  });

  it('never merge different prompts', async () => {
    await Promise.all([ask(prompt('One.'), 1), ask(prompt('Two.'), 1)]);
    assert.equal(server.ledger.summary().total, 2);
  });

  it('fail together and are asked for again by each that is tried again', async () => {
    server.configure({ faults: { script: ['500'] } });
    const messages = prompt();
    const first = await Promise.all([ask(messages, 2), ask(messages, 2)]);
    assert.ok(first.every(({ kind }) => kind === 'failed'));
    const second = await Promise.all([ask(messages, 2), ask(messages, 2)]);
    assert.ok(second.every(({ kind }) => kind === 'completed'));
    assert.equal(server.ledger.summary().total, 2);
  });

  it('go on for the others when one is cancelled, and end when all are', async () => {
    server.hold();
    const messages = prompt();
    const cancels = [new AbortController(), new AbortController()];
    const [first, second] = cancels.map(({ signal }) => ask(messages, 2, signal));
    cancels[0]?.abort();
    assert.equal((await first)?.kind, 'failed');
    server.release();
    assert.equal((await second)?.kind, 'completed');

    const others = prompt('Another.');
    server.hold();
    const both = cancels.map(() => new AbortController());
    const asked = both.map(({ signal }) => ask(others, 2, signal));
    both.forEach((cancel) => cancel.abort());
    assert.ok((await Promise.all(asked)).every(({ kind }) => kind === 'failed'));
    server.release();
  });
});
