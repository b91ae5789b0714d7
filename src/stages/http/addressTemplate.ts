import { failed, success, type Outcome } from '../../base/outcome.ts';
import { brief } from '../../base/sentence.ts';
import { wellFormed } from '../../base/wellFormed.ts';
import { isOneOutput, render, renderPieces, type Scope } from '../pieces.ts';

/** Nobody's server takes more. */
const longest = 16_384;

/** As a part of a path or a query: nothing in it means anything to a URL. */
function encoded(value: string): string {
  return encodeURIComponent(wellFormed(value));
}

/**
 * Renders the address of a request. Values are percent-encoded where they stand, so that none reaches beyond its place;
 * one that an address begins with is a base, and stays as it is.
 *
 * @returns one sentence for what is no address of the web
 */
export function renderAddress(
  template: string,
  query: Readonly<Record<string, string>>,
  scope: Scope,
): Outcome<URL, string> {
  const pieces = renderPieces(template.trim(), scope);
  if (!pieces.ok) return pieces;
  const [first, ...others] = pieces.value;
  const base = first?.isValue === true ? first.text.trim() : (first?.text ?? '');
  const rest = others.map(({ text, isValue }) => (isValue ? encoded(text) : text)).join('');
  const text = base + rest;
  if (text.length > longest)
    return failed(`The address has more than ${longest} characters: shorten what is put into it.`);
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) {
    return failed(`"${brief(text, 100)}" is no address: it must begin with http:// or https:// and name a host.`);
  }
  // What is wholly a record's may have any path; elsewhere a value would climb out of the path that its author wrote.
  const path = text.replace(/^https?:\/\/[^/?#\\]*/i, '').replace(/[?#].*$/s, '');
  if (!isOneOutput(template) && /(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\]|$)/i.test(path)) {
    return failed(
      `The address "${brief(text, 100)}" has "." or ".." in its path, which leads elsewhere: correct the record.`,
    );
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    return failed('The address has a user or a password in it: name a service whose key is sent.');
  }
  url.hash = '';
  const added: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    const rendered = render(value, scope);
    if (!rendered.ok) return rendered;
    // A value that is not there is none: an empty one is written as such.
    if (rendered.value !== '' || value === '') added.push(`${encoded(name)}=${encoded(rendered.value)}`);
  }
  return success(withQueryText(url, added));
}

/** The query that is there stays as it is written. */
export function withQueryText(url: URL, added: readonly string[]): URL {
  const longer = new URL(url);
  if (added.length > 0) longer.search = [...(url.search.length > 1 ? [url.search.slice(1)] : []), ...added].join('&');
  return longer;
}

/** The same with parameters in place of those that have their names. */
export function withParameters(url: URL, parameters: Readonly<Record<string, string>>): URL {
  const others = url.search
    .slice(1)
    .split('&')
    .filter((part) => part !== '' && !Object.hasOwn(parameters, nameOf(part)));
  const changed = new URL(url);
  changed.search = [
    ...others,
    ...Object.entries(parameters).map(([name, value]) => `${encoded(name)}=${encoded(value)}`),
  ].join('&');
  return changed;
}

function nameOf(part: string): string {
  return [...new URLSearchParams(part).keys()][0] ?? '';
}
