import assert from 'node:assert/strict';
import { kindNames } from '../../../src/services/kinds.ts';
import { presetAt, presets } from '../../../src/services/presets.ts';

describe('presets', () => {
  it('are of a kind that exists, and found by their address', () => {
    for (const preset of presets) {
      assert.ok(kindNames.includes(preset.kind), preset.name);
      assert.equal(presetAt(preset.baseUrl.replace('{resource}', 'my-company')), preset);
    }
    assert.equal(new Set(presets.map(({ name }) => name)).size, presets.length);
  });

  it('are found by their whole host only', () => {
    assert.equal(presetAt('https://api.openai.com/v1?api-version=1')?.name, 'openai');
    for (const address of [
      'https://api.openai.com.evil.example/v1',
      'https://evil-api.openai.com/v1',
      'http://api.openai.com/v1',
      'https://openai.azure.com/openai/v1',
      'https://company.openai.azure.com.evil.example/openai/v1',
      'http://company.openai.azure.com/openai/v1',
      'http://127.0.0.1:9/v1',
    ]) {
      assert.equal(presetAt(address), undefined, address);
    }
  });
});
