import { oneLine } from '../cleanText.ts';

/** What Crossref and OpenAlex send in titles: simple HTML, JATS and MathML. */
const tags =
  /<\/?(?:(?:jats|mml):[a-z-]{1,30}|i|b|u|em|strong|bold|italic|sub|sup|sc|scp|tt|span|p|br|inf|title|sec)(?:\s[^<>]{0,500})?\/?>/gi;

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** The text of a title with markup in it. */
export function plainTitle(text: string): string {
  const bare = text.replace(tags, '');
  return oneLine(
    bare.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi, (entity, decimal, hex, name) => {
      if (typeof name === 'string') return named[name.toLowerCase()] ?? entity;
      const code = typeof decimal === 'string' ? Number(decimal) : parseInt(String(hex), 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
    }),
  );
}
