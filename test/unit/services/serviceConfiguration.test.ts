import assert from 'node:assert/strict';
import { readServices } from '../../../src/services/serviceConfiguration.ts';

const valid = { name: 'mine', kind: 'openai', baseUrl: 'http://localhost:8080/v1', models: ['m'] };

describe('service configuration', () => {
  it('always has the demo service, OpenAI and Anthropic', () => {
    assert.deepEqual(
      readServices(undefined).services.map(({ name }) => name),
      ['anthropic', 'demo', 'openai'],
    );
  });

  it('adds what is configured, in place of a built-in one of the same name', () => {
    const { services, problems } = readServices([valid, { ...valid, name: 'openai', requestsPerMinute: 20 }]);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      services.map(({ name }) => name),
      ['anthropic', 'demo', 'openai', 'mine'],
    );
    assert.equal(services[2]?.requestsPerMinute, 20);
  });

  for (const [field, change, expected] of [
    ['name', { name: 'a/b' }, /Service 1 .* "name" must be a name without "\/"/],
    ['kind', { kind: 'x' }, /"kind" must be "openai" or .*"demo"/],
    ['baseUrl', { baseUrl: 'localhost' }, /"baseUrl" must be an address/],
    ['baseUrl', { baseUrl: 'https://me:secret@host/v1' }, /"baseUrl" must be [^:]*:\/\/api.openai.com.*without a user/],
    [
      'baseUrl',
      { baseUrl: 'https://me@host/v1' },
      /"baseUrl" must be an address .* without a user name and a password\.$/,
    ],
    ['models', { models: [] }, /"models" must be a list/],
    ['requestsPerMinute', { requestsPerMinute: 0 }, /"requestsPerMinute" must be a number above 0/],
    ['maxConcurrent', { maxConcurrent: 1.5 }, /"maxConcurrent" must be "auto" or a whole number/],
    ['extra', { extra: [] }, /"extra" must be an object of parameters, without model, messages, stream/],
    ['extra', { extra: { model: 'other' } }, /"extra" must be an object of parameters/],
    ['extra', { extra: { text: 'x'.repeat(200_000) } }, /"extra" must be an object of parameters/],
    ['prices', { prices: { input: 1 } }, /"prices" must be an object/],
    ['prices', { prices: { input: 1, output: 1e300 } }, /"prices" must be an object/],
    ['timeouts', { timeouts: { total: 0 } }, /"timeouts" must be an object with "firstToken", .* up to 86400/],
    ['timeouts', { timeouts: { total: 86_401 } }, /"timeouts" must be an object/],
    ['timeouts', { timeouts: { forever: 1 } }, /"timeouts" must be an object/],
    ['timeouts', { timeouts: 60 }, /"timeouts" must be an object/],
    ['reasoning', { reasoning: 'think' }, /"reasoning" must be "drop", "keep" or "text"/],
    ['maxAnswerBytes', { maxAnswerBytes: 1 }, /"maxAnswerBytes" must be a whole number from 1024 to 268435456/],
    ['maxAnswerBytes', { maxAnswerBytes: 1e300 }, /"maxAnswerBytes" must be a whole number/],
    ['headers', { headers: { Authorization: 'Bearer x' } }, /"headers" must be an object .* without "authorization"/],
    ['headers', { headers: { 'Content-Length': '3' } }, /"headers" must be an object of names and texts/],
    ['headers', { headers: { 'X-Title': 3 } }, /"headers" must be an object of names and texts/],
    ['headers', { headers: { 'X-Title': 'a\nHost: b' } }, /"headers" must be an object of names and texts/],
    ['query', { query: ['a'] }, /"query" must be an object of names and texts/],
    ['query', { query: { v: 1 } }, /"query" must be an object of names and texts/],
    ['apiKeyHeader', { apiKeyHeader: 'a b' }, /"apiKeyHeader" must be the name of a header such as "api-key"/],
    ['apiKeyHeader', { apiKeyHeader: 'host' }, /"apiKeyHeader" must be the name of a header such as "api-key"/],
  ] as const) {
    it(`says what is wrong with "${field}" and leaves that service out`, () => {
      const { services, problems } = readServices([{ ...valid, ...change }]);
      assert.equal(services.length, 3);
      assert.equal(problems.length, 1);
      assert.match(problems[0]!, expected);
      assert.doesNotMatch(problems[0]!, /secret/);
    });
  }

  it('takes "extra" from a person, and from a folder all but that', () => {
    const withExtra = { ...valid, extra: { provider: { order: ['a'] } } };
    const [own, folders] = [readServices([withExtra]), readServices([withExtra], 'folder')];
    assert.deepEqual([own.services.at(-1), own.hints, own.problems], [withExtra, [], []]);
    assert.deepEqual([folders.services.at(-1), folders.problems], [valid, []]);
    assert.match(folders.hints[0]!, /^Service 1 .* "extra" counts in your own settings only, .* left out\.$/);
  });

  it('takes what else is sent from a person only', () => {
    const sent = { headers: { 'X-Title': 'Mine' }, query: { v: '1' }, apiKeyHeader: 'api-key' };
    const [own, folders] = [readServices([{ ...valid, ...sent }]), readServices([{ ...valid, ...sent }], 'folder')];
    assert.deepEqual([own.services.at(-1), own.hints, own.problems], [{ ...valid, ...sent }, [], []]);
    assert.deepEqual([folders.services.at(-1), folders.problems], [valid, []]);
    assert.match(folders.hints[0]!, /: "headers", "query", "apiKeyHeader" count in your own settings only, /);
  });

  it('wants a list', () => assert.match(readServices({}).problems[0]!, /must be a list/));
});
