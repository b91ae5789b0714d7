import assert from 'node:assert/strict';
import fc from 'fast-check';
import { visibleText } from '../../../src/base/visible.ts';
import { mostShown, SentTexts } from '../../../src/editor/views/boardTexts.ts';

describe('texts that a board is sent', () => {
  it('are sent by what they grow, and whole when they become others', () => {
    const sent = new SentTexts();
    assert.deepEqual(sent.update('c1', 'One'), { id: 'c1', from: 0, text: 'One', hasMore: false });
    assert.deepEqual(sent.update('c1', 'One two'), { id: 'c1', from: 3, text: ' two', hasMore: false });
    assert.equal(sent.update('c1', 'One two'), undefined);
    assert.deepEqual(sent.update('c1', 'Another'), { id: 'c1', from: 0, text: 'Another', hasMore: false });
    assert.deepEqual(sent.update('c1', ''), { id: 'c1', from: 0, text: '', hasMore: false });
  });

  it('come to the same at the other end, whatever they become', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
        const sent = new SentTexts();
        let there = '';
        for (const text of texts) {
          const news = sent.update('c1', text);
          if (news) there = there.slice(0, news.from) + news.text;
          assert.equal(there, visibleText(text));
        }
      }),
    );
  });

  it('show what a terminal would obey or an eye would miss, and keep tabs', () => {
    const hostile = '\u001b[31mred\u202etxt.exe\tend<img src=x onerror=alert(1)>';
    assert.equal(
      new SentTexts().update('c1', hostile)?.text,
      '␛[31mred⟨U+202E⟩txt.exe\tend<img src=x onerror=alert(1)>',
    );
  });

  it('are cut where they are too long to be shown', () => {
    const news = new SentTexts().update('c1', `${'a'.repeat(mostShown - 1)}🙂🙂`);
    assert.deepEqual([news?.text.length, news?.hasMore], [mostShown - 1, true]);
  });

  it('are sent again to a page that has forgotten them', () => {
    const sent = new SentTexts();
    sent.update('c1', 'One');
    sent.update('c2', 'Two');
    sent.keepOnly(new Set(['c2']));
    assert.deepEqual([sent.update('c1', 'One')?.from, sent.update('c2', 'Two')], [0, undefined]);
    sent.clear();
    assert.equal(sent.update('c2', 'Two')?.text, 'Two');
  });
});
