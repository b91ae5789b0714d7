import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

interface SaxTag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface SaxParser {
  onerror: (error: Error) => void;
  onopentag: (tag: SaxTag) => void;
  onclosetag: (name: string) => void;
  ontext: (text: string) => void;
  write(text: string): SaxParser;
  close(): void;
}

/** It comes with the reader of books, and has no types. */
const sax = createRequire(import.meta.url)('sax') as { parser(isStrict: boolean): SaxParser };

export interface XmlDocument {
  readonly tags: readonly SaxTag[];
  readonly text: string;
}

/** What a strict parser of XML finds; anything that is not well-formed is an error. */
export function readXml(xml: string): XmlDocument {
  assert.doesNotMatch(xml, /(?![\t\n\r])[\p{Cc}]|[\ufffe\uffff]|\p{Surrogate}/u, 'characters that XML may not hold');
  const tags: SaxTag[] = [];
  const open: string[] = [];
  let text = '';
  const parser = sax.parser(true);
  parser.onerror = (error) => {
    throw error;
  };
  parser.onopentag = (tag) => {
    assert.ok(tag.name !== 'a' || !open.includes('a'), 'a link in a link');
    tags.push(tag);
    open.push(tag.name);
  };
  parser.onclosetag = () => open.pop();
  parser.ontext = (part) => (text += part);
  parser.write(xml).close();
  const ids = tags.flatMap(({ attributes: { id } }) => (id === undefined ? [] : [id]));
  assert.equal(new Set(ids).size, ids.length, 'an id twice');
  for (const { attributes } of tags) {
    const { href = '' } = attributes;
    if (href.startsWith('#')) assert.ok(ids.includes(href.slice(1)), `a link to nothing: ${href}`);
  }
  return { tags, text };
}
