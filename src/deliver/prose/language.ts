import type { OptionReader } from '../optionReader.ts';

/** As `de` or `pt-BR`; English where none is said. */
export function readLanguage(reader: OptionReader): string {
  const language = reader.text('language') ?? 'en';
  if (/^[a-z]{2,3}(?:-[a-z\d]{2,8}){0,3}$/i.test(language)) return language;
  reader.problem('"language" must be the code of a language, such as "en" or "pt-BR".');
  return 'en';
}

/** Attributes of a document; what is written from the right is shown so. */
export function languageAttributes(language: string): string {
  const isFromTheRight = /^(?:ar|dv|fa|he|iw|ks|ps|sd|ug|ur|yi)\b/i.test(language);
  return `lang="${language}"${isFromTheRight ? ' dir="rtl"' : ''}`;
}
