import assert from 'node:assert/strict';
import { chooseModel } from '../../../src/runs/plan/modelChoice.ts';
import { demoService } from '../../../src/services/demo/kind.ts';
import { openAiService, type OpenAiServiceSettings } from '../../../src/services/openai/kind.ts';

const router: OpenAiServiceSettings = {
  name: 'router',
  kind: 'openai',
  baseUrl: 'https://router.example/v1',
  models: ['meta/llama', 'gpt-5-mini', 'openai/gpt-oss-20b'],
};
const services = [demoService, openAiService, router];

describe('model choice', () => {
  for (const [name, defaultService, service, model] of [
    ['router/meta/llama', demoService, 'router', 'meta/llama'],
    ['meta/llama', demoService, 'router', 'meta/llama'],
    ['gpt-5-mini', router, 'router', 'gpt-5-mini'],
    ['gpt-5-mini', demoService, 'openai', 'gpt-5-mini'],
    ['unheard-of', demoService, 'demo', 'unheard-of'],
    ['openai/o9', demoService, 'openai', 'o9'],
    ['openai/gpt-oss-20b', router, 'router', 'openai/gpt-oss-20b'],
    ['openai/gpt-oss-20b', demoService, 'router', 'openai/gpt-oss-20b'],
  ] as const) {
    it(`takes ${name} to ${service}`, () => {
      const choice = chooseModel(name, services, defaultService);
      assert.deepEqual([choice.service.name, choice.model], [service, model]);
    });
  }

  for (const [name, model] of [
    ['openai/gpt-oss-120b', 'openai/gpt-oss-120b'],
    ['router/other', 'router/other'],
    ['router/meta/llama', 'meta/llama'],
  ] as const) {
    it(`sends ${name} to the only service, as ${model}`, () => {
      assert.deepEqual(chooseModel(name, [router], router), { service: router, model });
    });
  }
});
