import assert from 'node:assert/strict';
import {
  inSmallLetters,
  keyHeaderOf,
  secretsOfHeaders,
  whyNoHeader,
  whyNoKeyHeader,
  withQuery,
} from '../../../src/services/callAdditions.ts';

describe('what a person adds to the calls of a service', () => {
  it('is no header of the key, of the connection or of the body', () => {
    for (const name of ['Authorization', 'authorization']) assert.match(whyNoHeader(name, 'x')!, /is for the key/);
    for (const name of [
      'Connection',
      'Content-Length',
      'Content-Type',
      'Expect',
      'HOST',
      'Keep-Alive',
      'Proxy-Authorization',
      'TE',
      'Trailer',
      'Transfer-Encoding',
      'Upgrade',
    ]) {
      assert.match(whyNoHeader(name, 'x')!, /belongs to the connection/, name);
      assert.match(whyNoKeyHeader(name)!, /belongs to the connection/, name);
    }
    for (const name of ['', 'a b', 'a:b', 'a\n', 'ä']) assert.match(whyNoHeader(name, 'x')!, /no name/, name);
    for (const value of ['a\nb', 'a\rb', 'a\0b', '…', 'x'.repeat(9000)]) {
      assert.match(whyNoHeader('X-Title', value)!, /a value that cannot be sent/);
    }
    for (const name of ['X-Title', 'HTTP-Referer', 'cf-aig-authorization', 'Cookie', 'user-agent']) {
      assert.equal(whyNoHeader(name, 'Köln, 1 & "2"'), undefined);
    }
    assert.equal(whyNoKeyHeader('Authorization'), undefined);
  });

  it('goes into the query, over what stands there', () => {
    assert.equal(withQuery('https://a.example/v1?b=1', {}), 'https://a.example/v1?b=1');
    assert.equal(withQuery('https://a.example/v1?b=1&v=1', { v: '2&3' }), 'https://a.example/v1?b=1&v=2%263');
  });

  it('says how a key is sent', () => {
    assert.deepEqual(keyHeaderOf('API-Key'), { name: 'api-key', prefix: '' });
    assert.deepEqual(keyHeaderOf('Authorization'), { name: 'authorization', prefix: 'Bearer ' });
    assert.deepEqual(inSmallLetters({ 'X-A': '1', 'x-a': '2' }), { 'x-a': '2' });
  });

  it('is secret, but for what a text may be about', () => {
    const headers = {
      'HTTP-Referer': 'https://roses.example',
      'X-Title': 'All about roses',
      'X-Gateway': 'gateway-7f3a',
      'X-Auth': 'two words',
      empty: ' ',
    };
    const { all, ofTexts } = secretsOfHeaders(headers);
    assert.deepEqual(all, ['https://roses.example', 'All about roses', 'gateway-7f3a', 'two words']);
    assert.deepEqual(ofTexts, ['gateway-7f3a', 'two words']);
  });
});
