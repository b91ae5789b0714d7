import assert from 'node:assert/strict';
import fc from 'fast-check';
import { renderAddress, withParameters } from '../../../../src/stages/http/addressTemplate.ts';
import { outputPath } from '../../../../src/stages/outputPath.ts';
import { governorName } from '../../../../src/stages/http/politeness.ts';
import { scopeOf } from '../../../support/stages/task.ts';

function url(template: string, record: Record<string, unknown> = {}, query: Record<string, string> = {}): string {
  const outcome = renderAddress(template, query, scopeOf(record));
  return outcome.ok ? outcome.value.href : `! ${outcome.failure}`;
}

describe('an address', () => {
  it('holds values where they stand, and nowhere else', () => {
    assert.equal(
      url('https://a.example/works/{{ doi }}', { doi: '10.1/x?y#z' }),
      'https://a.example/works/10.1%2Fx%3Fy%23z',
    );
    assert.equal(
      url('https://a.example/w?q={{ q }}&n=1', { q: 'a&n=2 ü' }),
      'https://a.example/w?q=a%26n%3D2%20%C3%BC&n=1',
    );
    assert.equal(
      url('https://a.example/w?x=%20', { q: '&' }, { q: 'Ä {{ q }}' }),
      'https://a.example/w?x=%20&q=%C3%84%20%26',
    );
    assert.equal(
      url('https://a.example/w', { q: 'x', e: '' }, { q: '{{ q }}', e: '{{ e }}', f: '' }),
      'https://a.example/w?q=x&f=',
    );
  });

  it('stays one when it is wholly a value, or begins with one', () => {
    const address = 'https://a.example/a/b?c=d%20e';
    assert.equal(url('{{ url }}', { url: address }), address);
    assert.equal(
      url('{{ base }}/x/{{ y }}', { base: 'https://a.example/v1', y: 'a/b' }),
      'https://a.example/v1/x/a%2Fb',
    );
  });

  it('is refused when it is none', () => {
    assert.match(url('{{ url }}', { url: 'file:///etc/passwd' }), /^! .*is no address/);
    assert.match(url('{{ url }}', { url: '' }), /is no address/);
    assert.match(url('ftp://a.example/'), /is no address/);
    assert.match(url('https://u:p@a.example/'), /has a user or a password/);
    assert.match(url('https://a.example/{{ x }}', { x: 'y'.repeat(20_000) }), /more than 16384 characters/);
    assert.match(url('https://a.example/{{ gone }}'), /no value for \{\{ gone \}\}/);
  });

  it('keeps its origin, its path and its parameters, whatever a value says', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('..', '.', '%2e%2e', '../../x', '//evil.example', '@evil.example', '\\', '?a=b', '#', '\ud800'),
    );
    fc.assert(
      fc.property(anything, anything, (path, query) => {
        const outcome = renderAddress(
          'https://a.example/works/{{ p }}/end?first=1&q={{ q }}',
          { r: '{{ q }}' },
          scopeOf({ p: path, q: query }),
        );
        if (!outcome.ok) return assert.match(path, /^\.{1,2}$/);
        const { origin, pathname, searchParams } = outcome.value;
        assert.equal(origin, 'https://a.example');
        const segments = pathname.split('/');
        assert.equal(segments.length, 4);
        assert.equal(decodeURIComponent(segments[2]!), path.toWellFormed());
        assert.deepEqual([...searchParams.keys()], query === '' ? ['first', 'q'] : ['first', 'q', 'r']);
        assert.equal(searchParams.get('q'), query.toWellFormed());
      }),
      { numRuns: 200 },
    );
  });

  it('takes parameters in place of those that it has', () => {
    const changed = withParameters(new URL('https://a.example/?cursor=*&q=a%20b&cursor=2'), { cursor: 'x&y' });
    assert.equal(changed.href, 'https://a.example/?q=a%20b&cursor=x%26y');
  });

  it('names the governor of its item', () => {
    const http = { method: 'GET', url: '{{ url }}', query: {}, headers: {}, allowPrivate: false } as const;
    const scope = scopeOf({ url: 'https://Files.Example:8080/a' });
    assert.equal(governorName({ http }, scope), 'host:files.example:8080');
    assert.equal(governorName({ http, service: 'openalex' }, scope), 'openalex');
    assert.equal(governorName({ http }, scopeOf({})), 'host:');
  });
});

describe('the path of a file', () => {
  it('has each value as a part of one name', () => {
    const path = (record: Record<string, unknown>) => outputPath('downloads/{{ key }}.pdf', scopeOf(record));
    assert.deepEqual(path({ key: '10.1000/a:b' }), { ok: true, value: 'downloads/10.1000-a-b.pdf' });
    assert.deepEqual(path({ key: '../../x' }), { ok: true, value: 'downloads/_..-..-x.pdf' });
    assert.deepEqual(outputPath('a/{{ x }}/b', scopeOf({ x: '..' })), { ok: true, value: 'a/_/b' });
    assert.equal(path({}).ok, false);
  });
});
