import { posix } from 'node:path';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { brief } from '../../base/sentence.ts';
import type { DeliveryContext } from '../delivery.ts';
import { recordName, type Notes } from '../notes.ts';

export interface Picture {
  /** `image-1.png`: of its own in a book. */
  readonly name: string;
  /** Its media type. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

const megabyte = 1024 * 1024;
const mostBytes = 20 * megabyte;
const mostBytesTogether = 200 * megabyte;

/** What every reader of books shows, by how its bytes begin. SVG can hold programs. */
const kinds = [
  { type: 'image/png', ending: 'png', pattern: /^\x89PNG\r\n/ },
  { type: 'image/jpeg', ending: 'jpg', pattern: /^\xff\xd8\xff/ },
  { type: 'image/gif', ending: 'gif', pattern: /^GIF8[79]a/ },
  { type: 'image/webp', ending: 'webp', pattern: /^RIFF[^]{4}WEBP/ },
] as const;

/** Whether an address leads away from the pipeline's folder: such images are linked, not shown. */
export function isOnTheWeb(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

/** The images of one file, each read once. */
export class Pictures {
  readonly #context: DeliveryContext;
  readonly #notes: Notes;
  readonly #folder: string;
  readonly #taken = new Map<string, Promise<Picture | undefined>>();
  #bytes = 0;
  #count = 0;

  /** @param folder that the images' paths are relative to, itself relative to the pipeline's */
  constructor(context: DeliveryContext, notes: Notes, folder = '') {
    this.#context = context;
    this.#notes = notes;
    this.#folder = folder;
  }

  /** In the order in which they were first asked for. */
  async all(): Promise<readonly Picture[]> {
    return (await Promise.all(this.#taken.values())).filter((each) => each !== undefined);
  }

  /**
   * @param source as a text refers to it
   * @param key of the record that it belongs to, or undefined for a setting
   * @returns undefined for what is no image or cannot be read, which is told once
   */
  picture(source: string, key?: string): Promise<Picture | undefined> {
    const known = this.#taken.get(source);
    if (known) return known;
    const taken = this.#take(source).then((outcome) => {
      if (outcome.ok) return outcome.value;
      const whose = key === undefined ? '' : ` of ${recordName(key).replace('The', 'the')}`;
      this.#notes.add(`The image "${brief(source, 100)}"${whose} is left out: ${outcome.failure}`);
      return undefined;
    });
    this.#taken.set(source, taken);
    return taken;
  }

  async #take(source: string): Promise<Outcome<Picture, string>> {
    const path = pathOf(source, this.#folder);
    if (path === undefined) return failed('it must be a file of the folder of the pipeline.');
    const read = await this.#context.readFile(path, mostBytes);
    if (!read.ok) return read;
    const bytes = read.value;
    const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
    const kind = kinds.find(({ pattern }) => pattern.test(start));
    if (!kind) return failed('it is no PNG, JPEG, GIF or WebP.');
    if (bytes.length > mostBytes) return failed(`it has more than ${mostBytes / megabyte} MB.`);
    if (this.#bytes + bytes.length > mostBytesTogether) {
      return failed(`the images together have more than ${mostBytesTogether / megabyte} MB.`);
    }
    this.#bytes += bytes.length;
    this.#count += 1;
    return success({ name: `image-${this.#count}.${kind.ending}`, type: kind.type, bytes });
  }
}

/** Undefined for what leads out of the folder, or is no path at all. */
function pathOf(source: string, folder: string): string | undefined {
  const bare = source.replace(/[?#].*$/s, '');
  let path: string;
  try {
    path = decodeURIComponent(bare);
  } catch {
    path = bare;
  }
  if (path === '' || /^[/\\]|^[a-z][a-z\d+.-]*:|[\\\0]/i.test(path)) return undefined;
  const whole = posix.normalize(posix.join(folder, path));
  return whole === '..' || whole.startsWith('../') || whole.startsWith('/') ? undefined : whole;
}
