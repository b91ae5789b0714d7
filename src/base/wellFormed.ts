/** `text` with a replacement character for every half of a surrogate pair: UTF-8 has no room for it. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
