import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describeError, describeErrorWithStack } from '../../../src/base/redact.ts';
import { Credential, redactAnswerFor, redactFor } from '../../../src/services/credential.ts';
import { credential } from '../../support/credential.ts';

const secret = 'sk-canary-7d1f6b3e';
const own = credential(secret, 'https://api.example.com/v1?version=2');

describe('credential', () => {
  it('is released for its origin only', () => {
    assert.equal(own.origin, 'https://api.example.com');
    const released = { authorization: `Bearer ${secret}` };
    assert.deepEqual(own.headersFor('https://api.example.com/v1/chat/completions'), released);
    assert.deepEqual(own.headersFor(new URL('https://API.example.com:443/')), released);
    const header = { name: 'x-api-key', prefix: '' };
    assert.deepEqual(own.headersFor(own.origin, header), { 'x-api-key': secret });
    for (const address of [
      'http://api.example.com/v1',
      'https://api.example.com:8443/v1',
      'https://api.example.com.evil.example/v1',
      'https://api.example.com@evil.example/v1',
      'https://example.com/v1',
    ]) {
      assert.deepEqual(own.headersFor(address), {}, address);
      assert.deepEqual(own.headersFor(address, header), {}, address);
    }
  });

  it('says nothing of its secret, however it is printed', () => {
    const holder = { own, list: [own], map: new Map([['own', own]]) };
    for (const text of [
      String(own),
      JSON.stringify(holder),
      inspect(holder, { depth: 9, showHidden: true, getters: true }),
      inspect(own, { customInspect: false, showHidden: true }),
      inspect(structuredClone(own)),
      Object.entries(own).join(),
      own.fingerprint,
      new Error('broken', { cause: own }).stack ?? '',
    ]) {
      assert.ok(!text.includes(secret) && !text.includes('canary'), text);
    }
    assert.equal(String(own), '[credential for https://api.example.com]');
    assert.equal(JSON.stringify({ own }), '{"own":"[credential for https://api.example.com]"}');
  });

  it('takes a secret that was pasted with white space around it', () => {
    for (const pasted of [` ${secret}`, `${secret}\n`, `\r\n\t${secret}\u00a0\n`, `\uFEFF${secret}`]) {
      assert.equal(credential(pasted, own.origin).headersFor(own.origin).authorization, `Bearer ${secret}`);
    }
    assert.deepEqual(Credential.of(' \n', own.origin), { ok: true, value: undefined });
  });

  it('refuses in words what no header can hold, without repeating it', () => {
    for (const [pasted, why] of [
      ['sk-canary\n4f9a', /^has white space or a line break in it: /],
      ['Bearer sk-canary', /^has white space or a line break in it: /],
      ['sk-canary…', /^has characters in it that no key has: /],
      ['sk-canary\u200b4f9a', /^has characters in it that no key has: /],
      ['sk-canary\u0000', /^has characters in it that no key has: /],
    ] as const) {
      const made = Credential.of(pasted, own.origin);
      assert.ok(!made.ok);
      assert.match(made.failure, why);
      assert.ok(!made.failure.includes('canary'));
    }
  });

  it('knows its like', () => {
    assert.equal(own.fingerprint, credential(secret, 'https://api.example.com/v2').fingerprint);
    assert.notEqual(own.fingerprint, credential(secret, 'https://other.example.com').fingerprint);
    assert.notEqual(own.fingerprint, credential(`${secret}f`, own.origin).fingerprint);
  });

  it('takes its secret out of what a service made, unless it may be a word', () => {
    const text = `say ${secret} or ${Buffer.from(`Bearer ${secret}`).toString('base64')} to ollama at deployment`;
    const clean = redactAnswerFor(own, text, ['deployment']);
    assert.equal(clean.replace(/or \S+/, 'or …'), 'say [redacted] or … to ollama at deployment');
    assert.ok(!clean.includes(Buffer.from(secret).toString('base64').slice(8, 20)));
    assert.equal(redactAnswerFor(credential('ollama', own.origin), text, []), text);
    assert.equal(redactAnswerFor(undefined, 'a query1234567890', ['query1234567890', 'a']), 'a query1234567890');
    assert.equal(redactAnswerFor(undefined, 'a query12345678901', ['query12345678901']), 'a [redacted]');
  });

  it('takes its secret out of a text, and of every error that nobody expected', () => {
    assert.equal(redactFor(own, `a ${secret} b query12345`, ['query12345']), 'a [redacted] b [redacted]');
    assert.equal(redactFor(undefined, 'a query12345', ['query12345']), 'a [redacted]');
    const error = new TypeError(`bad header ${secret}`);
    assert.equal(describeError(error), 'TypeError: bad header [redacted]');
    assert.match(describeErrorWithStack(error), /^TypeError: bad header \[redacted\]\n {4}at /);
    assert.ok(!describeErrorWithStack(`thrown ${Buffer.from(secret).toString('base64')}`).includes('c2st'));
  });
});
