import assert from 'node:assert/strict';
import { contributedService } from '../../support/contributedSettings.ts';
import { anthropicService, type AnthropicServiceSettings } from '../../../src/services/anthropic/kind.ts';
import { builtInServices, kindNames, kindOf, serviceAt } from '../../../src/services/kinds.ts';
import { readServices } from '../../../src/services/serviceConfiguration.ts';

const manifest = contributedService;
const secretive = 'https://user:secret@api.example.com/v1/?key=secret#secret';
const builtIn = (name: string) => builtInServices.find((service) => service.name === name);
const demo = builtIn('demo');
const openAi = builtIn('openai');
const anthropic = builtIn('anthropic');

describe('service kinds', () => {
  it('are those that the settings offer', () => assert.deepEqual(kindNames, manifest.kind.enum));

  it('read their own built-in services as they are', () => {
    const { services, problems } = readServices(builtInServices);
    assert.deepEqual(problems, []);
    assert.deepEqual(services, builtInServices);
  });

  it('take every setting that the manifest has, and give them back as they are', () => {
    const full = {
      name: 'full',
      kind: 'openai',
      baseUrl: 'http://localhost:8080/v1',
      models: ['a', 'b'],
      requestsPerMinute: 20,
      tokensPerMinute: 1000,
      maxConcurrent: 4,
      prices: { input: 1, output: 2, cached: 0.1 },
      modelPrices: { a: { input: 3, output: 4 } },
      candidatesPerRequest: 3,
      promptCaching: true,
      timeouts: { firstToken: 30, idle: 10.5, total: 300 },
      reasoning: 'text',
      maxAnswerBytes: 1_000_000,
      extra: { provider: { order: ['a'] } },
      headers: { 'HTTP-Referer': 'https://example.com' },
      query: { 'api-version': '2024-10-21' },
      apiKeyHeader: 'api-key',
      apiKeyEnv: 'MY_KEY',
    };
    const ofHttp = { pricePerRequest: 0.001, costPerMinute: 0.5 };
    assert.deepEqual(Object.keys({ ...full, ...ofHttp }).sort(), Object.keys(manifest).sort());
    assert.deepEqual(readServices([full]).services.at(-1), full);
    const asked = { name: 'asked', kind: 'http', baseUrl: 'https://api.example.org', models: ['request'], ...ofHttp };
    assert.deepEqual(readServices([asked]).services.at(-1), asked);
  });

  it('take what the manifest allows, to the last number', () => {
    const { timeouts, maxAnswerBytes, reasoning, prices } = manifest;
    const base = { name: 'a', kind: 'openai', baseUrl: 'http://localhost/v1', models: ['m'] };
    const takes = (more: object): boolean => readServices([{ ...base, ...more }]).problems.length === 0;
    for (const name of ['firstToken', 'idle', 'total'] as const) {
      const { exclusiveMinimum, maximum } = timeouts.properties[name];
      assert.ok(takes({ timeouts: { [name]: maximum } }) && takes({ timeouts: { [name]: exclusiveMinimum + 0.001 } }));
      for (const wrong of [maximum + 1, exclusiveMinimum, -1, NaN, Infinity, '1', null]) {
        assert.ok(!takes({ timeouts: { [name]: wrong } }), `${name} ${wrong}`);
      }
    }
    const { minimum, maximum } = maxAnswerBytes;
    assert.ok(takes({ maxAnswerBytes: minimum }) && takes({ maxAnswerBytes: maximum }));
    for (const wrong of [minimum - 1, maximum + 1, minimum + 0.5, '2000']) assert.ok(!takes({ maxAnswerBytes: wrong }));
    for (const use of reasoning.enum) assert.ok(takes({ reasoning: use }));
    assert.ok(!takes({ reasoning: 'hide' }));
    const { maximum: dearest } = prices.properties.input;
    assert.ok(
      takes({ prices: { input: dearest, output: 0 } }) && !takes({ prices: { input: dearest + 1, output: 0 } }),
    );
  });

  it('know who answers by the address, without what may be secret in it', () => {
    const identity = (address: string) => {
      const settings = serviceAt(address, 'mine');
      return kindOf(settings).identity(settings);
    };
    assert.equal(identity(secretive), 'openai https://api.example.com/v1');
    assert.equal(identity('https://api.example.com/v1'), 'openai https://api.example.com/v1');
    assert.ok(demo);
    assert.equal(kindOf(demo).identity({ ...demo, name: 'other' }), 'demo');
  });

  it('keep an address out of the journal that may hold a secret', () => {
    for (const [address, expected] of [
      ['https://api.example.com/v1', true],
      ['https://api.example.com/v1?key=1', false],
      ['https://user@api.example.com/v1', false],
      ['https://api.example.com/v1#key', false],
      ['https://api.example.com/4f9a8b7c6d5e4f3a2b1c0d9e/v1', false],
    ] as const) {
      const settings = serviceAt(address, 'mine');
      assert.equal(kindOf(settings).mayBeStored(settings), expected, address);
    }
    assert.equal(kindOf(demo!).mayBeStored(demo!), true);
  });

  it('say which address a key is for, and whether nothing works without it', () => {
    const keyOf = (address: string) => {
      const settings = serviceAt(address, 'mine');
      return kindOf(settings).key(settings);
    };
    assert.deepEqual(keyOf('https://api.example.com/v1'), { address: 'https://api.example.com/v1', isRequired: true });
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      assert.equal(keyOf(`http://${host}:8080/v1`)?.isRequired, false);
    }
    assert.equal(kindOf(demo!).key(demo!), undefined);
  });

  it('give a service another address only where services have one', () => {
    assert.ok(openAi && demo);
    const moved = kindOf(openAi).withAddress?.(openAi, 'http://localhost:1/v1');
    assert.deepEqual(moved, { ...openAi, baseUrl: 'http://localhost:1/v1' });
    assert.equal(kindOf(demo).withAddress, undefined);
  });

  it('know the address of Anthropic without its version, however it was pasted', () => {
    assert.ok(anthropic);
    for (const [pasted, expected] of [
      ['http://localhost:1', 'http://localhost:1'],
      ['http://localhost:1/v1/', 'http://localhost:1'],
      ['http://localhost:1/anthropic/v1/messages?a=1', 'http://localhost:1/anthropic?a=1'],
      ['http://localhost:1/v1beta', 'http://localhost:1/v1beta'],
    ] as const) {
      const settings: AnthropicServiceSettings = { ...anthropicService, name: 'mine', baseUrl: pasted };
      assert.deepEqual(readServices([settings]).services.at(-1), { ...settings, baseUrl: expected });
      assert.deepEqual(kindOf(anthropic).withAddress?.(anthropic, pasted), { ...anthropic, baseUrl: expected });
    }
    assert.deepEqual(kindOf(anthropic).key(anthropic), { address: 'https://api.anthropic.com', isRequired: true });
    assert.deepEqual(kindOf(anthropic).keyVariable, {
      name: 'ANTHROPIC_API_KEY',
      address: 'https://api.anthropic.com',
    });
    assert.equal(kindOf(anthropic).identity({ ...anthropic, name: 'x' }), 'anthropic https://api.anthropic.com');
  });

  it('make one service for candidates that share requests and one for those that do not', () => {
    const many = readServices([{ ...openAi, name: 'many', candidatesPerRequest: 4 }]).services.at(-1);
    for (const settings of [demo, openAi, anthropic, many]) {
      assert.ok(settings);
      const service = kindOf(settings).create(settings, { credential: undefined });
      assert.equal(service.name, settings.name);
      assert.equal('generateMany' in service, settings.name === 'openai');
    }
  });

  it('refuse a kind that does not exist', () => {
    assert.throws(() => kindOf({ name: 'a', kind: 'x', models: ['m'] }), /no service kind "x"/);
  });
});
