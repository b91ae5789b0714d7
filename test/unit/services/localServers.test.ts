import assert from 'node:assert/strict';
import { findLocalServers, serviceOf } from '../../../src/services/localServers.ts';
import { presets, type Preset } from '../../../src/services/presets.ts';
import { readServices } from '../../../src/services/serviceConfiguration.ts';
import { startTestServer } from '../../support/server/testServer.ts';

describe('servers on this machine', () => {
  it('are found with their models where one answers, and nobody else is asked', async () => {
    const server = await startTestServer({ models: ['a', 'b'] });
    const preset = (name: string, baseUrl: string, isLocal?: true): Preset => ({
      ...{ name, title: name, kind: 'openai', baseUrl, models: ['m'] },
      ...(isLocal ? { isLocal } : {}),
    });
    const running = preset('running', server.baseUrl, true);
    try {
      const found = await findLocalServers([
        running,
        preset('silent', 'http://127.0.0.1:9/v1', true),
        // Were it asked, the name could not be found.
        preset('remote', 'https://host.invalid/v1'),
      ]);
      assert.deepEqual(found, [{ preset: running, models: ['a', 'b'] }]);
    } finally {
      await server.close();
    }
  });

  it('and everybody else become settings that can be read', () => {
    for (const preset of presets) {
      const { problems } = readServices([{ ...serviceOf(preset), baseUrl: preset.baseUrl.replace('{resource}', 'x') }]);
      assert.deepEqual(problems, [], preset.name);
    }
  });
});
