import assert from 'node:assert/strict';
import packageJson from '../../../package.json' with { type: 'json' };
import { contributedSettings } from '../../support/contributedSettings.ts';

/** Settings that an untrusted workspace may bring, each with the reason why that harms nobody. */
const harmless: Readonly<Record<string, string>> = {
  'parallelCandidates.mode': 'the same calls and files, at once or one after the other',
  'parallelCandidates.order': 'the same calls and files, in another order',
  'parallelCandidates.followEditor': 'shows a line of a view, or does not',
  'parallelCandidates.openBoard': 'shows a page beside the prompt file, or does not',
  'parallelCandidates.revealQueue': 'shows a panel, or does not',
};

describe('settings of an untrusted workspace', () => {
  const contributed = Object.keys(contributedSettings).sort();
  const restricted: readonly string[] = packageJson.capabilities.untrustedWorkspaces.restrictedConfigurations;

  it('are ignored, each of them, unless there is a reason why it is harmless', () => {
    assert.deepEqual([...restricted, ...Object.keys(harmless)].sort(), contributed);
    for (const reason of Object.values(harmless)) assert.notEqual(reason, '');
  });

  it('are listed once', () => {
    assert.equal(new Set(restricted).size, restricted.length);
  });
});
