import assert from 'node:assert/strict';
import fc from 'fast-check';
import { leadsOut } from '../../../src/base/leadsOut.ts';

describe('a path that leads out', () => {
  const leading = [
    ...[
      '/etc/passwd',
      '\\\\server\\share',
      'C:\\x',
      'c:x',
      '~/x',
      ' /x',
      '..',
      '../x',
      'a/../../x',
      'a\\..\\x',
      'a/.. /x',
    ],
    ...[
      '{pdfs,../secret}/*.pdf',
      '{a,/etc}/*',
      '{a,~}/x',
      '{a,c:}/x',
      '{..,a}/x',
      '{.,a}{.,b}/x',
      '.{.,}/x',
      '{{..,a},b}/x',
    ],
    ...['@(..|a)/x', '(a|..)/x', '+(.)/x', '[.][.]/x', '[.]./x', '\\.\\./x', '{..}/x', '.'.repeat(3)],
  ];
  for (const path of leading) it(`is ${path}`, () => assert.equal(leadsOut(path), true));

  const staying = [
    ...[
      'a.csv',
      'pdfs/**/*.pdf',
      './a',
      'a..b/c',
      'a/b..',
      '{a,b}/c.txt',
      'page {1..9}.png',
      'a (1).txt',
      'scan [a-z].png',
    ],
    ...['.hidden/x', '@(a|b)/c', 'a{', 'b}c', 'x~', 'a/~b'],
  ];
  for (const path of staying) it(`is not ${path}`, () => assert.equal(leadsOut(path), false));

  it('is one with more braces than anybody looks through', () => {
    assert.equal(leadsOut('{a,b}'.repeat(200)), true);
  });

  it('is one with groups that double themselves without end', () => {
    assert.equal(leadsOut('+('.repeat(300) + 'a' + ')'.repeat(300)), true);
  });

  it('is any with a name of two dots, whatever stands around it', () => {
    const name = fc.stringMatching(/^[a-z*.{}, ]{0,12}$/);
    fc.assert(fc.property(name, name, (before, after) => leadsOut(`${before}/../${after}`)));
  });
});
