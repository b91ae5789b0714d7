import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useLanguageOf } from '../../../src/terminal/locale.ts';
import { languageInUse, useLanguage } from '../../../src/wording/language.ts';
import { useScratchFolder } from '../../support/scratch.ts';

const dist = join(import.meta.dirname, '../../../dist');

describe('language of the terminal', () => {
  const scratch = useScratchFolder();
  afterEach(() => useLanguage('en', undefined));

  function given(bundles: Readonly<Record<string, unknown>>): void {
    for (const [name, bundle] of Object.entries(bundles)) {
      writeFileSync(join(scratch(), `bundle.l10n.${name}.json`), JSON.stringify(bundle));
    }
  }

  function localeFor(env: Readonly<Record<string, string>>): string {
    useLanguage('en', undefined);
    useLanguageOf(env, scratch());
    return languageInUse().locale;
  }

  it('is what the environment asks for: LC_ALL before LC_MESSAGES before LANG', () => {
    given({ de: {}, fr: {}, 'pt-br': {} });
    assert.equal(localeFor({ LANG: 'de_CH.UTF-8' }), 'de-CH');
    assert.equal(localeFor({ LANG: 'de_DE', LC_MESSAGES: 'fr' }), 'fr');
    assert.equal(localeFor({ LANG: 'de', LC_MESSAGES: 'fr', LC_ALL: 'pt_BR.UTF-8@x' }), 'pt-BR');
    assert.equal(localeFor({ LANG: 'de', LC_ALL: '' }), 'de');
  });

  it('is English where it asks for English, for nothing, or for what there is no bundle of', () => {
    given({ de: {}, c: {}, en: {} });
    writeFileSync(join(scratch(), 'bundle.l10n.it.json'), '{');
    for (const asked of ['en_GB.UTF-8', 'C', 'C.UTF-8', 'POSIX', '', 'ja_JP.UTF-8', 'it_IT', 'deutsch', '../de']) {
      assert.equal(localeFor({ LANG: asked }), 'en', asked);
    }
    assert.equal(localeFor({ LANG: 'de', LC_ALL: 'C' }), 'en');
    assert.equal(localeFor({}), 'en');
  });

  it('takes the bundle of the region before that of the language', () => {
    given({ pt: { Pause: 'Pausa' }, 'pt-br': { Pause: 'Pausar' } });
    localeFor({ LANG: 'pt_BR' });
    assert.deepEqual(languageInUse().bundle, { Pause: 'Pausar' });
    localeFor({ LANG: 'pt_PT' });
    assert.deepEqual(languageInUse().bundle, { Pause: 'Pausa' });
  });

  it('is what the built program speaks when a bundle lies beside it', () => {
    const program = join(scratch(), 'program');
    cpSync(dist, join(program, 'dist'), {
      recursive: true,
      filter: (path) => !/test|\.map$/.test(path.slice(dist.length)),
    });
    mkdirSync(join(program, 'l10n'));
    writeFileSync(
      join(program, 'l10n', 'bundle.l10n.de.json'),
      JSON.stringify({ '{0}: run {1} finished in {2}': '{0}: Lauf {1} nach {2} beendet', Latency: 'Dauer' }),
    );
    writeFileSync(join(scratch(), 'a.prompt.md'), '---\ncandidates:\n  count: 1\n---\nWrite a line.\n');
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(program, 'dist', 'cli.js'), 'generate', 'a.prompt.md', '--service', 'demo'],
      {
        cwd: scratch(),
        encoding: 'utf8',
        env: { ...process.env, PARALLEL_CANDIDATES_STATE: join(scratch(), 'state'), LC_ALL: 'de_DE.UTF-8' },
      },
    );
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^a: Lauf \S+ nach \d+,\d+ s beendet$/m);
    assert.match(stderr, /^ {2}Dauer +p50 \d+,\d\d s, /m);
  });
});
