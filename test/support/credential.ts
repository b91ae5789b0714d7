import assert from 'node:assert/strict';
import { Credential } from '../../src/services/credential.ts';

export function credential(secret: string, address: string): Credential {
  const made = Credential.of(secret, address);
  assert.ok(made.ok && made.value);
  return made.value;
}
