import { createHash } from 'node:crypto';

/** Anki's own alphabet for GUIDs. */
const digits = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&()*+,-./:;<=>?@[]^_`{|}~';

function sha1(text: string): Buffer {
  return createHash('sha1').update(text, 'utf8').digest();
}

/**
 * What Anki knows a note by: importing a deck again updates the notes that have the same. Base 91 of the first half of a
 * hash, as Anki's own GUIDs are of 64 random bits.
 */
export function guidOf(deck: string, key: string): string {
  let number = sha1(`${deck}\0${key}`).readBigUInt64BE();
  let guid = '';
  do {
    guid = digits.charAt(Number(number % 91n)) + guid;
    number /= 91n;
  } while (number > 0n);
  return guid;
}

/** A number for what Anki numbers by the ms at which it was made: of the years 2014 to 2017, and always the same. */
export function idOf(what: string): number {
  return 1_400_000_000_000 + Number(sha1(what).readBigUInt64BE() % 100_000_000_000n);
}

/** By which Anki finds notes with the same first field. @param text without markup */
export function checksumOf(text: string): number {
  return sha1(text).readUInt32BE();
}
