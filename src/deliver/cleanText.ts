import { wellFormed } from '../base/wellFormed.ts';

/** What no text of a file needs, and no XML may hold: controls but tab and line break, and what is no character. */
const forbidden = /(?![\t\n])\p{Cc}|\p{Noncharacter_Code_Point}/gu;

/** They turn the direction of what stands around them, and end nowhere but with a paragraph. */
const turning = /[\u202a-\u202e\u2066-\u2069]/g;

/** A foreign text that any file can hold. Line breaks are `\n`; OCR ends pages with a form feed, which is one too. */
export function cleanText(text: string): string {
  return wellFormed(text)
    .replace(/\r\n?|[\v\f\u0085]/g, '\n')
    .replace(forbidden, '\ufffd');
}

/** A foreign text as a title or the like: one line that leaves its surroundings as they are. */
export function oneLine(text: string): string {
  return cleanText(text).replace(turning, '').replace(/\s+/g, ' ').trim();
}

const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** For the text and the attributes of HTML and XML. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => named[sign] ?? sign);
}

/** Markup without the characters that XML may not hold, however they came to be in it. */
export function cleanMarkup(markup: string): string {
  return wellFormed(markup).replace(forbidden, '\ufffd');
}
