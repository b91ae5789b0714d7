import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isOneOutput, render, renderAll, renderPieces } from '../../../src/stages/pieces.ts';
import { scopeOf } from '../../support/stages/task.ts';

function pieces(template: string, record: Record<string, unknown>): readonly (readonly [string, boolean])[] {
  const outcome = renderPieces(template, scopeOf(record));
  assert.ok(outcome.ok);
  return outcome.value.map(({ text, isValue }) => [text, isValue]);
}

describe('pieces of a template', () => {
  it('are told apart by who wrote them', () => {
    assert.deepEqual(pieces('a/{{ x }}/b', { x: '1' }), [
      ['a/', false],
      ['1', true],
      ['/b', false],
    ]);
    assert.deepEqual(pieces('{{ x }}{{ y }}', { x: '', y: '2' }), [
      ['', true],
      ['2', true],
    ]);
    assert.deepEqual(pieces('plain }} text', {}), [['plain }} text', false]]);
  });

  it('are told apart in loops, conditions and captures', () => {
    assert.deepEqual(pieces('{% for a in l %}[{{ a }}]{% endfor %}', { l: ['x', 'y'] }), [
      ['[', false],
      ['x', true],
      ['][', false],
      ['y', true],
      [']', false],
    ]);
    assert.deepEqual(pieces('{% capture c %}<{{ a }}>{% endcapture %}{{ c }}!', { a: 'v' }), [
      ['<v>', true],
      ['!', false],
    ]);
    assert.deepEqual(pieces(`{{ x | append: "}}" }}-`, { x: 'v' }), [
      ['v}}', true],
      ['-', false],
    ]);
  });

  it('cannot be forged by a value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        assert.deepEqual(pieces('<{{ a }}|{{ b }}>', { a, b }), [
          ['<', false],
          [a, true],
          ['|', false],
          [b, true],
          ['>', false],
        ]);
      }),
    );
  });

  it('say which value is missing', () => {
    const outcome = render('{{ there }} {{ gone }}', scopeOf({ there: 1 }));
    assert.ok(!outcome.ok);
    assert.match(outcome.failure, /^The record has no value for \{\{ gone \}\}: /);
  });

  it('take a long template with open quotes without trouble', () => {
    const template = `{{ ' " `.repeat(20_000);
    assert.ok(renderPieces(template, { record: {}, expressions: { text: (text) => text, fill: (text) => text } }).ok);
  });

  it('know a template that is one output', () => {
    assert.ok(isOneOutput(' {{ url }} '));
    assert.ok(!isOneOutput('{{ a }}{{ b }}'));
    assert.ok(!isOneOutput('{{ a }}/x'));
    assert.ok(!isOneOutput('x'));
  });

  it('are rendered in values of any depth', () => {
    const value = { a: ['{{ x }}', 1, null], b: { c: 'c{{ x }}' } };
    assert.deepEqual(renderAll(value, scopeOf({ x: 'v' })), { ok: true, value: { a: ['v', 1, null], b: { c: 'cv' } } });
    let deep: unknown = '';
    for (let depth = 0; depth < 60; depth++) deep = [deep];
    assert.ok(!renderAll(deep, scopeOf({})).ok);
  });
});
