import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/** Texts by their key: as bundles have them, a text or an object with a message. */
function texts(path: string): Map<string, string> {
  const entries = Object.entries(JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, unknown>);
  return new Map(
    entries.map(([key, value]) => [key, typeof value === 'string' ? value : (value as { message: string }).message]),
  );
}

/** What must be the same in every language: places of values, commands that links run, settings and code. */
function fixedParts(text: string): string[] {
  return (text.match(/\{\d+\}|\(command:[^)]*\)|`[^`]*`|#[\w.]+#/g) ?? []).sort();
}

const languages = readdirSync(join(root, 'l10n')).flatMap(
  (name) => /^bundle\.l10n\.([\w-]+)\.json$/.exec(name)?.[1] ?? [],
);

describe('translations', () => {
  it('are there in German', () => assert.ok(languages.includes('de'), languages.join()));

  for (const language of languages) {
    for (const [english, translated] of [
      ['l10n/bundle.l10n.json', `l10n/bundle.l10n.${language}.json`],
      ['package.nls.json', `package.nls.${language}.json`],
    ] as const) {
      it(`${translated} has every text of ${english}, and nothing else`, () => {
        assert.deepEqual([...texts(translated).keys()].sort(), [...texts(english).keys()].sort());
      });

      it(`${translated} has the same values, commands and settings in each text`, () => {
        const originals = texts(english);
        for (const [key, text] of texts(translated)) {
          assert.notEqual(text.trim(), '', key);
          assert.deepEqual(fixedParts(text), fixedParts(originals.get(key) ?? ''), key);
        }
      });
    }
  }
});
