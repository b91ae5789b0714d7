import { hash } from 'node:crypto';

/** SHA-256 of a text as UTF-8, 64 hex digits. */
export function contentHash(text: string): string {
  return hash('sha256', text);
}

/** SHA-256, 64 hex digits. */
export function bytesHash(bytes: Uint8Array): string {
  return hash('sha256', bytes);
}
