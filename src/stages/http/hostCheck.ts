import { lookup as systemLookup } from 'node:dns/promises';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { isNearName, isPrivateAddress, literalAddress } from './privateAddresses.ts';

export interface FoundAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name. @throws the system's error */
export type Lookup = (hostname: string) => Promise<readonly FoundAddress[]>;

export const lookupOfSystem: Lookup = (hostname) => systemLookup(hostname, { all: true, order: 'verbatim' });

/** Where a request may go: the addresses that were checked, or wherever a proxy takes it. */
export type CheckedHost =
  | { readonly kind: 'pinned'; readonly addresses: readonly FoundAddress[] }
  /** Whoever asked vouches for the host. */
  | { readonly kind: 'trusted' }
  | { readonly kind: 'proxied' };

export interface HostCheck {
  readonly lookup: Lookup;
  /** Requests go through a proxy, which looks names up itself. */
  readonly isProxied: boolean;
}

/** Why a host is not asked. */
export type HostRefusal =
  { readonly kind: 'private'; readonly address: string } | { readonly kind: 'unknown'; readonly error: unknown };

/**
 * Looks a host up, and lets it through when none of its addresses is private. A connection goes to these addresses and
 * no other: a name that leads elsewhere a moment later leads nowhere.
 */
export async function checkHost(
  hostname: string,
  { lookup, isProxied }: HostCheck,
): Promise<Outcome<CheckedHost, HostRefusal>> {
  const literal = literalAddress(hostname);
  if (literal !== undefined) {
    if (isPrivateAddress(literal)) return failed({ kind: 'private', address: literal });
    if (isProxied) return success({ kind: 'proxied' });
    return success({ kind: 'pinned', addresses: [{ address: literal, family: literal.includes(':') ? 6 : 4 }] });
  }
  if (/(?:^|\.)localhost\.?$/i.test(hostname)) return failed({ kind: 'private', address: hostname });
  let addresses: readonly FoundAddress[];
  try {
    addresses = await lookup(hostname);
  } catch (error) {
    if (!isProxied) return failed({ kind: 'unknown', error });
    // Behind some proxies nobody but the proxy can look up the names of the world.
    return isNearName(hostname) ? failed({ kind: 'private', address: hostname }) : success({ kind: 'proxied' });
  }
  const near = addresses.find(({ address }) => isPrivateAddress(address));
  if (near) return failed({ kind: 'private', address: near.address });
  if (isProxied) return success({ kind: 'proxied' });
  if (addresses.length > 0) return success({ kind: 'pinned', addresses });
  return failed({ kind: 'unknown', error: Object.assign(new Error('no address'), { code: 'ENOTFOUND' }) });
}
