import * as l10n from '@vscode/l10n';

/** Translations by their English text, as a file `l10n/bundle.l10n.<language>.json` has them. */
export type Bundle = l10n.l10nJsonFormat;

export interface Language {
  /** BCP 47; numbers, plurals and lists follow it. */
  readonly locale: string;
  readonly bundle: Bundle;
}

const english: Language = { locale: 'en', bundle: {} };
let inUse = english;

/**
 * Everything that is worded from here on is in this language. Without a bundle it is English, numbers too: a sentence
 * has one language. Nothing may be worded while modules load, because the language is not known then.
 *
 * @param locale as the editor or the environment has it, such as `de`, `pt-br`
 */
export function useLanguage(locale: string, bundle: Bundle | undefined): void {
  inUse = bundle === undefined ? english : { locale: knownLocale(locale), bundle };
  l10n.config({ contents: inUse.bundle });
}

export function languageInUse(): Language {
  return inUse;
}

/** JSON that can stand inside a script element of a page. */
export function languageForPage(): string {
  return JSON.stringify(inUse).replaceAll('<', '\\u003c');
}

/** Something that depends on the locale and is slow to make: made when it is first needed, and once for a language. */
export function byLanguage<Made>(make: (locale: string) => Made): () => Made {
  let made: { readonly language: Language; readonly value: Made } | undefined;
  return () => {
    if (made?.language !== inUse) made = { language: inUse, value: make(inUse.locale) };
    return made.value;
  };
}

/** Intl takes the system's own locale for one that it does not know, and throws for what is none. */
function knownLocale(locale: string): string {
  try {
    return Intl.NumberFormat.supportedLocalesOf([locale])[0] ?? english.locale;
  } catch {
    return english.locale;
  }
}
