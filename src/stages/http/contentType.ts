/** A media type as a header has it. */
export interface ContentType {
  /** In small letters, without parameters; empty where nothing is said. */
  readonly type: string;
  readonly charset: string | undefined;
}

export function contentTypeOf(headers: Headers): ContentType {
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').split(';');
  const charset = parameters.map((each) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/i.exec(each)?.[1]).find(Boolean);
  return { type: type.trim().toLowerCase(), charset };
}

export function isJsonType(type: string): boolean {
  return /^[^/]+\/(?:[^/]+\+)?json$/.test(type);
}

/** What files of these types begin with; `from`: it may stand so far behind the beginning. */
const beginnings: Readonly<Record<string, { readonly bytes: readonly string[]; readonly from?: number }>> = {
  'application/pdf': { bytes: ['%PDF-'], from: 1024 },
  'image/png': { bytes: ['\x89PNG\r\n'] },
  'image/jpeg': { bytes: ['\xff\xd8\xff'] },
  'image/gif': { bytes: ['GIF8'] },
  'image/tiff': { bytes: ['II*\0', 'MM\0*'] },
  'application/zip': { bytes: ['PK'] },
};

/** Types that say nothing. */
const saysNothing: ReadonlySet<string> = new Set([
  '',
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-download',
  'application/force-download',
]);

/** Whether a beginning is one of this type; undefined where nobody can tell. */
function looksLike(type: string, start: Uint8Array): boolean | undefined {
  const known = Object.hasOwn(beginnings, type) ? beginnings[type] : undefined;
  if (!known) return undefined;
  const text = Buffer.from(start.subarray(0, (known.from ?? 0) + 16)).toString('latin1');
  return known.bytes.some((bytes) => (known.from === undefined ? text.startsWith(bytes) : text.includes(bytes)));
}

/**
 * Whether an answer is of a type that was asked for. Servers that do not say are believed by what the body begins with;
 * a body that cannot be what its header says is not.
 *
 * @param accept such as `application/pdf`, `image/*` or several with commas between them
 */
export function isAccepted(accept: string, { type }: ContentType, start: Uint8Array): boolean {
  return accept.split(',').some((each) => {
    const wanted = each.replace(/;.*$/s, '').trim().toLowerCase();
    if (wanted === '*/*') return true;
    const isNamed = wanted.endsWith('/*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
    const looks = looksLike(isNamed ? type : wanted, start);
    return isNamed ? looks !== false : saysNothing.has(type) && looks === true;
  });
}

const marks: readonly (readonly [string, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** A page or an XML document may say it itself, so early. */
const declaredWithin = 1024;

/**
 * A body as text: by its byte order mark, the charset of its header, or else as UTF-8. What is no UTF-8 is read by what the
 * document says of itself, or as the web does without a word of anybody: no byte of it is lost.
 */
export function decodedText(bytes: Uint8Array, { charset }: ContentType): string {
  const [marked] = marks.find(([, mark]) => mark.every((byte, place) => bytes[place] === byte)) ?? [];
  const said = [marked, charset].map((label) => decodedAs(bytes, label)).find((text) => text !== undefined);
  const text = said ?? decodedAs(bytes, 'utf-8', { fatal: true });
  if (text !== undefined) return text;
  const start = Buffer.from(bytes.subarray(0, declaredWithin)).toString('latin1');
  const [, declared] = /(?:<meta[^>]*?charset|<\?xml[^>]*?encoding)\s*=\s*["']?\s*([\w-]+)/i.exec(start) ?? [];
  return decodedAs(bytes, declared) ?? decodedAs(bytes, 'windows-1252') ?? '';
}

/** Undefined for a charset that nobody knows, and with `fatal` for bytes that are none of it. */
function decodedAs(
  bytes: Uint8Array,
  label: string | undefined,
  options?: { readonly fatal: true },
): string | undefined {
  if (label === undefined) return undefined;
  try {
    return new TextDecoder(label, options).decode(bytes);
  } catch {
    return undefined;
  }
}
