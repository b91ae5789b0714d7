import * as v from 'valibot';

export const addressSchema = v.pipe(v.string(), v.regex(/^https?:\/\/[^/]+/), v.url());

/** Whether an address has parts in which keys are sent. */
export function mayHoldSecret(address: string): boolean {
  const { username, password, search, hash } = new URL(address);
  return username + password + search + hash !== '';
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
