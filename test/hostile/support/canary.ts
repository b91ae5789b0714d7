import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A key that nobody else has, with characters that every encoding changes. */
export function newCanary(): string {
  return `sk-${randomBytes(6).toString('hex')}/+"&${randomBytes(6).toString('hex')}=`;
}

function codesOf(text: string, write: (code: number) => string): string {
  return Array.from(text, (_, place) => write(text.charCodeAt(place))).join('');
}

/** The ways in which a key may be written. */
export const encodings: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  hex: (text) => Buffer.from(text).toString('hex'),
  HEX: (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'base64 of the header': (text) => Buffer.from(`Bearer ${text}`).toString('base64'),
  url: encodeURIComponent,
  'url twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  json: (text) => JSON.stringify(text).slice(1, -1),
  'json twice': (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3),
  'json in ascii': (text) => codesOf(text, (code) => `\\u${code.toString(16).padStart(4, '0')}`),
  html: (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
  'html by number': (text) => codesOf(text, (code) => `&#${code};`),
};

/** Whatever tells the key, or half of it: each is looked for as it stands. */
function tracesOf(canary: string): ReadonlySet<string> {
  const [first = '', second = ''] = canary.match(/[0-9a-f]{12}/g) ?? [];
  const inBase64 = [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(canary)]);
    // Without what its neighbours have a part in.
    const inner = bytes.toString('base64').slice(4, 4 + 16);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const whole = Object.values(encodings).map((encode) => encode(canary));
  const hex = [first, second].map((half) => Buffer.from(half).toString('hex'));
  return new Set([first, second, ...hex, ...hex.map((half) => half.toUpperCase()), ...inBase64, ...whole]);
}

/** Everything that lies in a folder, by path: names count as contents. */
export function filesIn(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const whole = join(folder, path);
    const isFile = lstatSync(whole).isFile();
    found.set(path, isFile ? `${path}\n${readFileSync(whole, 'latin1')}` : path);
  }
  return found;
}

/** @param places where is searched, by what they are called */
export function assertNowhere(canary: string, places: Iterable<readonly [string, string]>): void {
  const traces = tracesOf(canary);
  for (const [place, text] of places) {
    for (const trace of traces) {
      const at = text.indexOf(trace);
      if (at < 0) continue;
      assert.fail(`The key stands in ${place}: …${text.slice(Math.max(0, at - 60), at + trace.length + 20)}…`);
    }
  }
}
