import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.ts';
import { adaptationLifeMs, type LearnedAdaptation } from '../../../src/model/adaptation.ts';
import type { Parameters } from '../../../src/model/message.ts';
import { JournalNegotiations, plannedChanges } from '../../../src/runs/negotiations.ts';
import { ServiceDirectory } from '../../../src/runs/serviceDirectory.ts';
import type { OpenAiServiceSettings } from '../../../src/services/openai/kind.ts';
import { failure } from '../../../src/storage/journal/journalFailure.ts';
import { openClient } from '../../support/journal/support.ts';
import { useScratchFolder } from '../../support/scratch.ts';

const settings: OpenAiServiceSettings = {
  name: 'gateway',
  kind: 'openai',
  baseUrl: 'https://me:secret@gateway.example/v1?key=secret',
  models: ['m'],
  extra: { top_k: 4 },
};
const endpoint = 'openai https://gateway.example/v1';

function learned(parameter: string, name?: string, age = 0): LearnedAdaptation {
  return { parameter, name, learnedAt: Date.now() - age };
}

describe('what runs keep of negotiations', () => {
  const folder = useScratchFolder();
  const services = new ServiceDirectory(systemClock, () => 0);
  const serviceKey = services.register(settings, undefined, { safetyFactor: 1 });
  const item = (model: string, parameters: Parameters) => ({ serviceKey, service: settings.name, model, parameters });

  after(() => services.dispose());

  it('is kept under the endpoint alone, without anything secret', () => {
    assert.equal(services.endpoint(serviceKey), endpoint);
    assert.notEqual(services.identity(serviceKey), endpoint, 'what is sent along makes other texts');
    assert.deepEqual(services.toStore([serviceKey], ['m']), {});
    const shared: OpenAiServiceSettings = { ...settings, baseUrl: 'https://gateway.example/v1' };
    const open = services.register(shared, undefined, { safetyFactor: 1 });
    assert.equal(services.toStore([open], ['m']).gateway?.extra, undefined);
  });

  it('goes through the journal, and is told in the plan of who asks for it', async () => {
    const journal = await openClient(folder());
    const store = new JournalNegotiations(journal, endpoint);
    assert.deepEqual(await store.recall('m'), []);
    const limit = learned('max_tokens', 'max_completion_tokens');
    const old = learned('seed', undefined, adaptationLifeMs);
    store.remember('m', [limit, learned('temperature'), learned('top_k'), old]);
    store.remember('small', [{ ...learned('max_tokens', 'max_tokens'), atMost: 8192 }]);
    store.remember('other', [learned('max_tokens', 'max_completion_tokens'), learned('max_completion_tokens')]);
    const later = new JournalNegotiations(journal, endpoint);
    assert.deepEqual((await later.recall('m')).map(({ parameter }) => parameter).sort(), [
      'max_tokens',
      'temperature',
      'top_k',
    ]);
    assert.deepEqual(
      await plannedChanges(
        [
          item('m', { maxTokens: 30, seed: 1 }),
          item('m', { temperature: 0.5, min_p: 0.1 }),
          item('other', { maxTokens: 30, temperature: 1 }),
          item('small', { maxTokens: 8192 }),
          item('unknown', { temperature: 1 }),
        ],
        services,
        journal,
      ),
      [
        {
          service: 'gateway',
          model: 'm',
          renamed: { max_tokens: 'max_completion_tokens' },
          leftOut: ['top_k', 'temperature'],
        },
        { service: 'gateway', model: 'other', renamed: {}, leftOut: ['max_tokens'] },
      ],
    );
    const much = [item('small', { maxTokens: 9000 }), item('small', { maxTokens: 100 })];
    assert.deepEqual(await plannedChanges(much, services, journal), [
      { service: 'gateway', model: 'small', renamed: {}, lowered: { max_tokens: 8192 }, leftOut: [] },
    ]);
    await journal.close();
  });

  it('is nothing where the journal does not answer', async () => {
    const broken = {
      adaptations: () => Promise.resolve(failure('closed', 'The journal is closed.')),
      keepAdaptations: () => Promise.resolve(failure('closed', 'The journal is closed.')),
    };
    const store = new JournalNegotiations(broken, endpoint);
    assert.deepEqual(await store.recall('m'), []);
    store.remember('m', [learned('temperature')]);
    assert.deepEqual(await plannedChanges([item('m', { temperature: 1 })], services, broken), []);
  });
});
