import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useLanguage, type Bundle } from '../wording/language.ts';

/**
 * Words everything in the language that the environment asks for, as far as there is a bundle of it; in English otherwise.
 *
 * @param folder where the bundles are; read only for another language than English
 */
export function useLanguageOf(env: Readonly<Record<string, string | undefined>>, folder: string): void {
  const locale = localeOf(env);
  if (locale !== undefined) useLanguage(locale, readBundle(folder, locale));
}

/** `de_CH.UTF-8` is `de-CH`; undefined for English and for "C", which is no language. */
function localeOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  // An empty variable counts as one that is not set.
  const asked = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => value !== undefined && value !== '');
  const [, language, region] = /^([a-z]{2,3})(?:_([A-Z]{2}))?(?![a-zA-Z])/.exec(asked ?? '') ?? [];
  if (language === undefined || language === 'en') return undefined;
  return region === undefined ? language : `${language}-${region}`;
}

/** The bundle of the region, or of the language. */
function readBundle(folder: string, locale: string): Bundle | undefined {
  const [language = locale] = locale.split('-');
  for (const name of new Set([locale.toLowerCase(), language])) {
    try {
      return JSON.parse(readFileSync(join(folder, `bundle.l10n.${name}.json`), 'utf8')) as Bundle;
    } catch {
      // None, or one that cannot be read: English is understood better than nothing at all.
    }
  }
  return undefined;
}
