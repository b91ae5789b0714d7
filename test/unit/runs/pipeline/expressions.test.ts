import assert from 'node:assert/strict';
import fc from 'fast-check';
import { StageExpressions, withItem } from '../../../../src/runs/pipeline/expressions.ts';
import { outputPath } from '../../../../src/stages/outputPath.ts';

const expressions = new StageExpressions();

describe('templates of pipelines', () => {
  const record = {
    title: 'A "good" book',
    subtitle: '',
    nothing: null,
    work: { doi: '10.1/ab', isOpen: false, authors: [{ name: 'Ada' }] },
  };
  const texts: readonly (readonly [string, string | undefined])[] = [
    ['no braces: a > 1', 'no braces: a > 1'],
    ['{{ title }}!', 'A "good" book!'],
    ['{{ work.doi }}', '10.1/ab'],
    ['{{ work.isOpen }}', 'false'],
    ['{{ work.authors[0].name }} and {{ work.authors.size }}', 'Ada and 1'],
    ['{{ work.isOpen == false }}', 'true'],
    ['{{ doi | default: work.doi }}', '10.1/ab'],
    ['{{ doi }}', undefined],
    ['{{ nothing }}', undefined],
    ['{{ work.title.length }}', undefined],
    ['{{ title', undefined],
    ['{{ title | nosuch }}', undefined],
  ];
  for (const [template, text] of texts) {
    it(`give ${String(text)} for ${template}`, () => assert.equal(expressions.text(template, record), text));
  }

  it('fill in empty values too, but make no key of nothing', () => {
    const template = 'echo "{{ subtitle }}"; ls';
    assert.equal(expressions.fill(template, record), 'echo ""; ls');
    assert.equal(expressions.text(template, record), '');
    assert.equal(expressions.fill('{{ work.doi }} {{ subtitle }}', record), '10.1/ab ');
    assert.equal(expressions.fill('{{ doi }}', record), undefined);
    assert.equal(expressions.fill(`${'x'.repeat(5000)}{{ title }}`, record)?.length, 5013);
  });

  it('put each value into a path as a part of one name, whatever it is', () => {
    const pathOf = (template: string, values: Record<string, unknown>): string | undefined => {
      const path = outputPath(template, { record: values, expressions });
      return path.ok ? path.value : undefined;
    };
    assert.equal(pathOf('a/{{ work.doi }}.pdf', record), 'a/10.1-ab.pdf');
    assert.equal(pathOf('{{ value }}/.{{ value }}', { value: '.NET' }), '_.NET/..NET');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const path = pathOf('out/{{ value }}.txt', { value });
        if (path === undefined) return assert.equal(value.trim(), '');
        assert.equal(path.split(/[/\\]/).length, 2);
        assert.doesNotMatch(path, /^out\/\./);
      }),
    );
  });

  it('know the key of their item as a name, and its number', () => {
    assert.deepEqual(withItem({}, { key: 'row/2', index: 2 }, true), { key: 'row-2', index: 2 });
    assert.deepEqual(withItem({ index: 7, key: 'own' }, { key: '/1', index: 1 }, false), { key: 'own', index: 7 });
  });
});
