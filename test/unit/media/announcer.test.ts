import assert from 'node:assert/strict';
import { install, type Clock } from '@sinonjs/fake-timers';
import { Announcer } from '../../../media/shared/announcer.ts';

describe('the announcer of a page', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => clock.uninstall());

  function heard(): { readonly said: string[]; readonly announcer: Announcer } {
    const said: string[] = [];
    const region = {
      get textContent(): string {
        return said.at(-1) ?? '';
      },
      set textContent(text: string) {
        said.push(text);
      },
    };
    return { said, announcer: new Announcer(region) };
  }

  it('answers a person at once', () => {
    const { said, announcer } = heard();
    announcer.say([]);
    announcer.say(['Picked.', 'And rated.']);
    assert.deepEqual(said, ['Picked. And rated.']);
  });

  it('says what goes on by itself every ten seconds at most, and all of it', () => {
    const { said, announcer } = heard();
    let written = 0;
    for (let second = 0; second < 60; second++) {
      written++;
      announcer.sayLater(() => `${written} written.`);
      clock.tick(1000);
    }
    assert.deepEqual(said, ['10 written.', '20 written.', '30 written.', '40 written.', '50 written.', '60 written.']);
  });

  it('says at the end what still waits, before the answer that comes with it, and nothing of it twice', () => {
    const { said, announcer } = heard();
    announcer.sayLater(() => '3 written.');
    announcer.sayAll(['The last one has failed.']);
    clock.tick(60_000);
    announcer.sayAll([]);
    assert.deepEqual(said, ['3 written. The last one has failed.']);
  });
});
