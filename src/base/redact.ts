import { escapeForPattern } from './pattern.ts';

const mark = '[redacted]';
/** Below this, a secret is looked for as a whole word only, or nothing would be left of a sentence. */
const shortest = 8;
/** Fragments of an encoding that are shorter than this stand in ordinary words. */
const shortestFragment = 10;

/** One character as it stands in plain text, in an address, in (doubly escaped) JSON or in HTML. */
function anyFormOf(character: string): string {
  const percent = [...Buffer.from(character)].map((byte) => `%(?:25)?${byte.toString(16).padStart(2, '0')}`).join('');
  const units = Array.from(character, (_, place) => character.charCodeAt(place).toString(16).padStart(4, '0'));
  const code = character.codePointAt(0) ?? 0;
  const named: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  };
  const forms = [
    `\\\\{0,4}${escapeForPattern(character)}`,
    percent,
    units.map((unit) => `\\\\{1,4}u${unit}`).join(''),
    `&#(?:0{0,4}${code}|x0{0,4}${code.toString(16)});`,
    ...(named[character] === undefined ? [] : [named[character]]),
    ...(character === ' ' ? ['\\+'] : []),
  ];
  return `(?:${forms.join('|')})`;
}

/**
 * What Base64 makes of a secret that stands at any of the three places of a group, without the characters that its
 * neighbours have a part in; in both alphabets.
 */
function base64FragmentsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const first = before === 0 ? 0 : before + 1;
    const inner = encoded.slice(first, (before + bytes.length) % 3 === 0 ? undefined : -1);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function patternOf(secret: string): RegExp | undefined {
  const trimmed = secret.trim();
  if (trimmed.length < 3) return undefined;
  const plain = Array.from(trimmed, anyFormOf).join('');
  if (trimmed.length < shortest) return new RegExp(`(?<![a-z0-9])${plain}(?![a-z0-9])`, 'giu');
  const encoded = [...base64FragmentsOf(trimmed), Buffer.from(trimmed).toString('hex')]
    .filter((fragment) => fragment.length >= shortestFragment)
    .map(escapeForPattern);
  if (encoded.length === 0) return new RegExp(plain, 'giu');
  return new RegExp(`${plain}|(?<fragment>(?:${[...new Set(encoded)].join('|')})[a-z0-9+/_=-]{0,8})`, 'giu');
}

/** Whatever belongs to the same word goes with a fragment. Not a part of the pattern, which would try it everywhere. */
const beforeFragment = /[a-z0-9+/_-]{1,8}$/i;

function withoutMatches(text: string, pattern: RegExp): string {
  let clean = '';
  let end = 0;
  for (const { 0: found, index, groups } of text.matchAll(pattern)) {
    const before = text.slice(end, index);
    clean += groups?.fragment === undefined ? before : cutWord(before);
    clean += mark;
    end = index + found.length;
  }
  return clean + text.slice(end);
}

function cutWord(before: string): string {
  const start = Math.max(0, before.length - 8);
  return before.slice(0, start) + before.slice(start).replace(beforeFragment, '');
}

/** A service that fails does so often, with the same key. */
const patterns = new Map<string, RegExp | undefined>();

function cachedPatternOf(secret: string): RegExp | undefined {
  const known = patterns.get(secret);
  if (known !== undefined) return known;
  if (patterns.size >= 50) patterns.clear();
  const pattern = patternOf(secret);
  patterns.set(secret, pattern);
  return pattern;
}

/**
 * `text` without any of the secrets, however they are written in it: plain, Base64, hexadecimal, percent-encoded,
 * escaped for JSON or HTML. To be called before a text is cut, for a half of a secret is not recognised.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  // The longest first: one secret may hold another.
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    const pattern = cachedPatternOf(secret);
    if (pattern !== undefined) clean = withoutMatches(clean, pattern);
  }
  return clean;
}

/** A foreign text that was cut, without the word that the cut fell into: half of a secret is not recognised as one. */
export function withoutCutWord(text: string): string {
  let end = text.length;
  while (end > 0 && /\S/.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** The same, but a word ends at whatever no secret has in it: of a text in Chinese, all but a word in Latin letters is left. */
export function withoutCutLatinWord(text: string): string {
  let end = text.length;
  while (end > 0 && /[!-\u024F]/.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** At most so many characters of a foreign text, that secrets can still be taken out of. */
export function beginningOf(text: string, characters: number): string {
  return text.length <= characters ? text : withoutCutWord(text.slice(0, characters));
}

const inUse = new Set<string>();

/** Secrets that are in use in this process, for whoever tells of an error without knowing what it may hold. */
export function rememberSecrets(secrets: readonly string[]): void {
  for (const secret of secrets) inUse.add(secret);
}

/** An error that nobody expected, in words: without its stack and without any secret of this process. */
export function describeError(error: unknown): string {
  return redact(inWords(error), [...inUse]);
}

/** Anything can be thrown, also what has no words. */
function inWords(error: unknown): string {
  try {
    return String(error);
  } catch {
    return typeof error;
  }
}

/** The same with its stack where it has one, for a log. */
export function describeErrorWithStack(error: unknown): string {
  const text = error instanceof Error ? error.stack : undefined;
  return redact(text ?? inWords(error), [...inUse]);
}

/** A part of a path that nobody would have thought of: long, with digits among its letters. */
function isOpaque(segment: string): boolean {
  return segment.length >= 20 && /\d/.test(segment) && /[a-z]/i.test(segment) && /^[\w.~%=+-]+$/.test(segment);
}

function parsed(address: string): URL | undefined {
  return URL.canParse(address) ? new URL(address) : undefined;
}

/** The parts of an address that may be keys: its password, the values of its query, opaque parts of its path. */
export function secretsOf(address: string): string[] {
  const url = parsed(address);
  if (url === undefined) return [];
  const named = [...url.searchParams].filter(([name]) => /key|token|secret|sig|pass|auth/i.test(name));
  // These are secrets however short they are.
  const certain = [url.password, ...named.map(([, value]) => value)].map(decoded);
  const others = [url.username, ...url.searchParams.values(), ...url.pathname.split('/').filter(isOpaque)].map(decoded);
  // Dates of an API's version and the like are no secrets.
  const likely = others.filter((part) => part.length >= shortest && !/^[\d.:-]+(?:-preview)?$/.test(part));
  return [...new Set([...certain.filter((part) => part !== ''), ...likely])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An address to be shown: without user, password, fragment, values of the query and opaque parts of the path. */
export function redactAddress(address: string): string {
  const url = parsed(address);
  if (url === undefined) return address.replace(/[?#].*$/s, '').replace(/\/\/[^/@]*@/, '//');
  const path = url.pathname
    .split('/')
    .map((segment) => (isOpaque(segment) ? '…' : segment))
    .join('/');
  const query = [...url.searchParams.keys()].map((name) => `${name}=…`).join('&');
  return `${url.protocol}//${url.host}${path}${query === '' ? '' : `?${query}`}`;
}
