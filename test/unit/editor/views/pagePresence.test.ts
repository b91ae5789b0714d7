import assert from 'node:assert/strict';
import { PagePresence } from '../../../../src/editor/views/pagePresence.ts';

describe('the presence of a page', () => {
  function page(): { readonly presence: PagePresence; readonly sent: () => number } {
    let sent = 0;
    return { presence: new PagePresence(() => sent++), sent: () => sent };
  }

  it('begins when the page says so, and each time it says so it gets everything', () => {
    const { presence, sent } = page();
    assert.equal(presence.canHear, false);
    presence.ready();
    assert.equal(presence.canHear, true);
    presence.ready();
    assert.equal(sent(), 2);
  });

  it('outlasts a moment in which the editor calls a page hidden that stays', () => {
    const { presence, sent } = page();
    presence.ready();
    presence.shown(false);
    assert.equal(presence.canHear, false);
    presence.shown(true);
    assert.equal(presence.canHear, true);
    assert.equal(sent(), 2);
  });

  it('gives a page everything that has said it listens while the editor called it hidden', () => {
    const { presence, sent } = page();
    presence.shown(false);
    presence.ready();
    assert.equal(sent(), 0);
    presence.shown(true);
    assert.equal(sent(), 1);
  });

  it('sends nothing for a page that has only got the focus', () => {
    const { presence, sent } = page();
    presence.ready();
    presence.shown(true);
    presence.shown(true);
    assert.equal(sent(), 1);
  });
});
