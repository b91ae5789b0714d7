import assert from 'node:assert/strict';
import { Comparisons } from '../../../../media/board/comparisons.ts';
import type { TextContent } from '../../../../media/board/textBlocks.ts';

const reference = 'One day the old fox of the woods sat down.';
const begun = 'One day the young fox of the woods ';
const compared = 'One day the -old -+young +fox of the woods ';

/** As text, with marks around what is not the same. */
function written(content: TextContent): string {
  if (typeof content === 'string') return content;
  return content.map(({ kind, text }) => ({ same: text, added: `+${text}+`, removed: `-${text}-` })[kind]).join('');
}

describe('comparisons of the board', () => {
  let now: number;
  let asked: number[];
  let comparisons: Comparisons;
  const shown = (id: string, text: string, isArriving: boolean): string => {
    comparisons.begin();
    return written(comparisons.contentOf(id, text, reference, isArriving));
  };

  beforeEach(() => {
    now = 0;
    asked = [];
    comparisons = new Comparisons(
      (afterMs) => asked.push(afterMs),
      () => now,
    );
  });

  it('do not miss in a text that still arrives what may still come', () => {
    assert.equal(shown('a', begun, true), compared);
    assert.equal(shown('a', begun, false), `${compared}-sat down.-`);
  });

  it('show at once what a text grows by, and compare it a second later or when it has ended', () => {
    assert.equal(shown('a', begun, true), compared);
    const grown = `${begun}ran away.`;
    assert.equal(shown('a', grown, true), `${compared}ran away.`);
    assert.deepEqual(asked, [1_000]);
    assert.equal(shown('a', grown, false), `${compared}-sat down-+ran away+.`);
    shown('b', begun, true);
    now = 1_000;
    assert.equal(shown('b', grown, true), `${compared}-sat down-+ran away+.`);
  });

  it('are the same ones for as long as nothing changes', () => {
    const first = comparisons.contentOf('a', begun, reference, true);
    assert.equal(comparisons.contentOf('a', begun, reference, true), first);
    const grown = comparisons.contentOf('a', `${begun}ran`, reference, true);
    assert.equal(comparisons.contentOf('a', `${begun}ran`, reference, true), grown);
  });

  it('wait for the next frame once this one has no time left', () => {
    comparisons = new Comparisons(
      (afterMs) => asked.push(afterMs),
      () => (now += 10),
    );
    comparisons.begin();
    assert.equal(written(comparisons.contentOf('a', begun, reference, false)), `${compared}-sat down.-`);
    assert.equal(comparisons.contentOf('b', begun, reference, false), begun);
    assert.deepEqual(asked, [0]);
    comparisons.begin();
    assert.equal(written(comparisons.contentOf('b', begun, reference, false)), `${compared}-sat down.-`);
  });
});
