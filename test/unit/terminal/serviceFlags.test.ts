import assert from 'node:assert/strict';
import type { ServiceSettings } from '../../../src/model/serviceSettings.ts';
import { serviceAt } from '../../../src/services/kinds.ts';
import { credentialFor } from '../../../src/terminal/serviceFlags.ts';
import { UsageError } from '../../../src/terminal/usage.ts';

const openAi = 'https://api.openai.com/v1';
const folders = 'https://folder.example/v1';
const typed = 'https://typed.example/v1';
const environment = { OPENAI_API_KEY: 'sk-everybodys', MINE: ' sk-mine\n', BROKEN: 'sk-mine\nsk-other', EMPTY: ' ' };

interface Named {
  readonly env?: string;
  readonly given?: string;
  /** Addresses in the person's own settings. */
  readonly own?: readonly string[];
}

function key(address: string, { env, given, own = [] }: Named = {}): string | undefined {
  const options = { apiKeyEnv: env, nameOf: () => '--api-key-env' };
  const named = { typed: given, own: own.map((each) => serviceAt(each, 'own')) };
  const credential = credentialFor(serviceAt(address, 'any'), options, named, environment);
  return credential?.headersFor(address).authorization;
}

function refusal(pattern: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof UsageError);
    assert.match(error.message, pattern);
    assert.ok(!error.message.includes('sk-'), error.message);
    return true;
  };
}

describe('the key of a service in the terminal', () => {
  it('is everybody’s for OpenAI and for a typed address, and for nobody else', () => {
    assert.equal(key(openAi), 'Bearer sk-everybodys');
    assert.equal(key(typed, { given: typed }), 'Bearer sk-everybodys');
    for (const address of [
      folders,
      'http://localhost:1234/v1',
      'http://api.openai.com/v1',
      'https://evil.api.openai.com.x/v1',
    ])
      assert.equal(key(address, { given: typed }), undefined);
  });

  it('is the named one for a typed address and for the person’s own services', () => {
    assert.equal(key(typed, { env: 'MINE', given: 'https://typed.example/other' }), 'Bearer sk-mine');
    assert.equal(key(openAi, { env: 'MINE' }), 'Bearer sk-mine');
    assert.equal(key(folders, { env: 'MINE', own: [typed, folders] }), 'Bearer sk-mine');
    // The variable that everybody has set is for nobody but its own service.
    assert.equal(key(folders, { own: [folders] }), undefined);
  });

  it('that was named is refused for what only a folder names', () => {
    for (const given of [undefined, typed]) {
      assert.throws(
        () => key(folders, { env: 'MINE', own: [typed], ...(given === undefined ? {} : { given }) }),
        refusal(/^The key of --api-key-env is not sent to https:\/\/folder\.example, which only this folder names/),
      );
    }
  });

  it('is refused in a sentence where it cannot be sent, or is not there', () => {
    assert.throws(() => key(openAi, { env: 'BROKEN' }), refusal(/^The key in BROKEN has white space or a line break/));
    for (const env of ['EMPTY', 'ABSENT']) {
      assert.throws(() => key(openAi, { env }), refusal(new RegExp(`names ${env}, but that variable is not set`)));
    }
  });

  it('is none for a service that takes none', () => {
    const demo: ServiceSettings = { name: 'demo', kind: 'demo', models: ['demo'] };
    const options = { apiKeyEnv: 'MINE', nameOf: () => '--api-key-env' };
    assert.equal(credentialFor(demo, options, { typed, own: [] }, environment), undefined);
  });
});
