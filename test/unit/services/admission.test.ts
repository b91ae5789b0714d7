import assert from 'node:assert/strict';
import type { Failure } from '../../../src/model/attempt.ts';
import type { ServiceSettings } from '../../../src/model/serviceSettings.ts';
import { kindOf } from '../../../src/services/kinds.ts';
import type { GenerationOptions, GenerationRequest, Service } from '../../../src/services/service.ts';
import { credential } from '../../support/credential.ts';
import { refusing } from '../../support/server/habits.ts';
import { startTestServer, type TestServer } from '../../support/server/testServer.ts';

const usedUp: Failure = { reason: 'budget', message: 'The budget is used up.', isForLater: true };
const request: GenerationRequest = {
  model: 'm',
  messages: [{ role: 'user', content: 'Write.' }],
  parameters: { temperature: 0.5, maxTokens: 20 },
  index: 1,
};

describe('each request of a generation is admitted', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startTestServer();
  });
  afterEach(() => server.close());

  function service(settings: Partial<ServiceSettings> & object): Service {
    const whole = { name: 'test', baseUrl: server.baseUrl, models: ['m'], ...settings } as unknown as ServiceSettings;
    const kind = kindOf(whole);
    const address = kind.key(whole)?.address;
    return kind.create(whole, {
      credential: address === undefined ? undefined : credential('key', address),
      editorModels: {
        list: () => {
          const send = async function* (): AsyncGenerator<string> {
            sent++;
            yield await Promise.resolve('A text.');
          };
          const model = { name: 'm', send, countTokens: () => Promise.resolve(1) };
          return Promise.resolve([model as never]);
        },
      },
    });
  }
  let sent = 0;
  const calls = (): number => server.ledger.records.length;

  function options(admit: (completions: number) => Failure | undefined): GenerationOptions & { asked: number[] } {
    const asked: number[] = [];
    return {
      asked,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      admit: (completions) => {
        asked.push(completions);
        return Promise.resolve(admit(completions));
      },
    };
  }

  const kinds = [{ kind: 'openai' }, { kind: 'anthropic' }, { kind: 'demo' }, { kind: 'vscode-lm' }] as const;
  for (const { kind } of kinds) {
    it(`by the kind ${kind}, and not made when it is refused`, async () => {
      sent = 0;
      const made = service({ kind, ...(kind === 'anthropic' ? { baseUrl: server.baseUrl.replace(/\/v1$/, '') } : {}) });
      const refusing = options(() => usedUp);
      const outcome = await made.generate(request, refusing);
      assert.deepEqual(outcome.kind === 'failed' && outcome.failure, usedUp);
      assert.deepEqual([outcome.calls, outcome.usage], [0, { input: 0, output: 0 }]);
      assert.deepEqual(refusing.asked, [1]);
      assert.deepEqual([calls(), sent], [0, 0]);
    });
  }

  it('also one that repeats a refused request', async () => {
    server.configure({ habit: refusing({ temperature: null }) });
    const admitting = options(() => undefined);
    const outcome = await service({ kind: 'openai' }).generate(request, admitting);
    assert.equal(outcome.kind, 'completed');
    assert.equal(admitting.asked.length, calls());
    assert.equal(calls(), 2);
  });

  it('once for all who share it, with how many texts it asks for', async () => {
    const shared = service({ kind: 'openai', candidatesPerRequest: 3 } as never);
    const admitting = options(() => undefined);
    const outcomes = await Promise.all(
      [1, 2, 3].map((index) => shared.generate({ ...request, index, siblings: 3 }, admitting)),
    );
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['completed', 'completed', 'completed'],
    );
    assert.deepEqual([admitting.asked, calls()], [[3], 1]);
  });
});
