import * as v from 'valibot';
import { secretsOf } from '../base/redact.ts';

/** Whether a text is an address of the web. */
export function isAddress(text: string): boolean {
  return /^https?:\/\/[^/]/i.test(text) && URL.canParse(text);
}

/** Whether a name or a password stands in an address: calls of such an address are refused before they are made. */
export function holdsUser(address: string): boolean {
  const { username, password } = new URL(address);
  return username + password !== '';
}

/** The part of an address up to and including the version: a whole one for chat completions was pasted. */
export function baseOf(address: string): string {
  return address.replace(/\/chat\/completions\/*(?=$|[?#])/, '');
}

export const addressSchema = v.pipe(
  v.string(),
  v.trim(),
  v.check((text) => isAddress(text) && !holdsUser(text)),
  v.transform(baseOf),
);

/** Whether an address has parts in which keys are sent. */
export function mayHoldSecret(address: string): boolean {
  const { username, password, search, hash } = new URL(address);
  return username + password + search + hash !== '' || secretsOf(address).length > 0;
}

/** An address without what may be secret in it: user, password, query, fragment. */
export function publicPart(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

/** Whether an address is on this machine. */
export function isLocal(address: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(address).hostname);
}

/** An address below another one, whose query it keeps. */
export function addressBelow(address: string, path: string): string {
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  return url.href;
}
