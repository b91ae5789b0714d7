import assert from 'node:assert/strict';
import { systemClock } from '../../../src/base/clock.ts';
import { ServiceDirectory } from '../../../src/runs/serviceDirectory.ts';
import type { OpenAiServiceSettings } from '../../../src/services/openai/kind.ts';
import { credential } from '../../support/credential.ts';

const service: OpenAiServiceSettings = { name: 'a', kind: 'openai', baseUrl: 'http://localhost:1/v1', models: ['m'] };
const options = { safetyFactor: 0.8 };

describe('service directory', () => {
  const directory = new ServiceDirectory(systemClock, () => 0);
  const governorOf = (settings: OpenAiServiceSettings, apiKey: string) =>
    directory.governor(
      directory.governorKey(directory.register(settings, credential(apiKey, settings.baseUrl), options)),
    );

  it('gives everybody who uses an endpoint and key the same governor', () => {
    assert.equal(governorOf(service, 'key'), governorOf({ ...service, name: 'b', models: ['other'] }, 'key'));
  });

  it('gives another key, endpoint or limit a governor of its own', () => {
    const governors = [
      governorOf(service, 'key'),
      governorOf(service, 'other'),
      governorOf({ ...service, baseUrl: 'http://localhost:2/v1' }, 'key'),
      governorOf({ ...service, requestsPerMinute: 60 }, 'key'),
    ];
    assert.equal(new Set(governors).size, 4);
  });

  it('never has a key in the name of an entry', () => {
    const key = directory.register(service, credential('sk-secret', service.baseUrl), options);
    assert.ok(!key.includes('sk-secret'));
    assert.match(key, /^[0-9a-f]{64}$/);
  });
});
