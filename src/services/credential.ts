import { createHash } from 'node:crypto';
import { failed, success, type Outcome } from '../base/outcome.ts';
import { redact, rememberSecrets } from '../base/redact.ts';

/** What stands in a header and nothing else does: visible ASCII, in one piece. */
const sendable = /^[\x21-\x7e]+$/;
/** Keys that somebody pays for are longer. */
const shortestInAnswer = 16;

/** The header that a service takes its key in. */
export interface KeyHeader {
  /** In small letters. */
  readonly name: string;
  /** What stands before the key. */
  readonly prefix: string;
}

export const bearer: KeyHeader = { name: 'authorization', prefix: 'Bearer ' };

/**
 * A secret and the only origin that it may be sent to. Nobody gets the secret out of it but as headers for an address of
 * that origin; however it is printed, it says nothing of it.
 */
export class Credential {
  /** Such as `https://api.openai.com`. */
  readonly origin: string;
  readonly #secret: string;

  private constructor(secret: string, origin: string) {
    this.#secret = secret;
    this.origin = origin;
  }

  /**
   * @param secret as it was typed or pasted: white space around it is no part of it
   * @param address the credential is for its origin
   * @returns undefined for an empty secret, which is none; a failure ends the sentence `The key …`
   */
  static of(secret: string, address: string): Outcome<Credential | undefined, string> {
    const trimmed = secret.trim();
    if (trimmed === '') return success(undefined);
    if (/\s/.test(trimmed)) return failed('has white space or a line break in it: copy it again, in one piece.');
    if (!sendable.test(trimmed))
      return failed('has characters in it that no key has: copy it again, and only the key.');
    rememberSecrets([trimmed]);
    return success(new Credential(trimmed, new URL(address).origin));
  }

  /**
   * What a call to this address is sent with: nothing where it is of another origin.
   *
   * @param header that the service takes its key in
   */
  headersFor(address: string | URL, header: KeyHeader = bearer): Readonly<Record<string, string>> {
    return new URL(address).origin === this.origin ? { [header.name]: `${header.prefix}${this.#secret}` } : {};
  }

  /** `text` without the secret, nor any of these others, however they are written in it. */
  redact(text: string, others: readonly string[] = []): string {
    return redact(text, [this.#secret, ...others]);
  }

  /**
   * A text that a service made, without the secret and these others, should the service repeat them in it. Short ones stay:
   * they may be words, as the key of a local server is.
   */
  redactAnswer(text: string, others: readonly string[] = []): string {
    return redact(text, [this.#secret, ...others].filter(isNoWord));
  }

  /** The same for the same secret and origin: 64 hex digits, for keys that stay in memory. */
  get fingerprint(): string {
    return createHash('sha256')
      .update(JSON.stringify([this.origin, this.#secret]))
      .digest('hex');
  }

  toString(): string {
    return `[credential for ${this.origin}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** The same as `redactAnswer`, where there may be no credential. */
export function redactAnswerFor(credential: Credential | undefined, text: string, others: readonly string[]): string {
  return credential ? credential.redactAnswer(text, others) : redact(text, others.filter(isNoWord));
}

function isNoWord(secret: string): boolean {
  return secret.length >= shortestInAnswer;
}

/** `text` without the secret of the credential, if there is one, nor any of these others. */
export function redactFor(credential: Credential | undefined, text: string, others: readonly string[]): string {
  return credential ? credential.redact(text, others) : redact(text, others);
}
