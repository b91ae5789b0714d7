import { Transform, type TransformCallback } from 'node:stream';

/** Bytes of one message: more is no request of an agent. */
const mostBytes = 4 * 1024 * 1024;
const newline = 10;

/** As JSON-RPC numbers them. */
const parseError = -32700;
const invalidRequest = -32600;

/** The answer to what is no message. */
export interface Refused {
  readonly jsonrpc: '2.0';
  /** Null where nobody can tell which one it was. */
  readonly id: string | number | null;
  readonly error: { readonly code: number; readonly message: string };
}

/**
 * Passes on the lines of a client that are messages of JSON-RPC. Any other one is answered, so that nobody waits for it, and
 * left out: what comes after it is served.
 */
export class ClientMessages extends Transform {
  readonly #refuse: (refused: Refused) => void;
  #pieces: Buffer[] = [];
  #size = 0;
  #isTooLong = false;

  constructor(refuse: (refused: Refused) => void) {
    super();
    this.#refuse = refuse;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let from = 0;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
      this.#add(chunk.subarray(from, at));
      this.#end();
      from = at + 1;
    }
    this.#add(chunk.subarray(from));
    done();
  }

  #add(piece: Buffer): void {
    this.#size += piece.length;
    if (this.#size > mostBytes) {
      this.#isTooLong = true;
      this.#pieces = [];
    } else if (piece.length > 0) this.#pieces.push(piece);
  }

  #end(): void {
    const line = Buffer.concat(this.#pieces);
    const refused = this.#isTooLong ? tooLong : refusalOf(line.toString('utf8'));
    if (refused) this.#refuse(refused);
    else if (line.length > 0) this.push(Buffer.concat([line, Buffer.of(newline)]));
    this.#pieces = [];
    this.#size = 0;
    this.#isTooLong = false;
  }
}

function refusal(code: number, message: string, id: unknown = null): Refused {
  const named = typeof id === 'string' || typeof id === 'number' ? id : null;
  return { jsonrpc: '2.0', id: named, error: { code, message } };
}

const tooLong = refusal(invalidRequest, `A message has more than ${mostBytes / 1024 / 1024} MB: send less.`);

/** Undefined for a message, and for a line with nothing in it. */
function refusalOf(line: string): Refused | undefined {
  if (line.trim() === '') return undefined;
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return refusal(parseError, 'A line is not valid JSON: send each message as one line of JSON.');
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return refusal(invalidRequest, 'A message must be one JSON object: send them one by one.');
  }
  const { jsonrpc, id, method, params, result, error } = message as Readonly<Record<string, unknown>>;
  if (jsonrpc !== '2.0') return refusal(invalidRequest, 'A message must have "jsonrpc": "2.0".', id);
  if (method === undefined && (result !== undefined || error !== undefined)) return undefined;
  if (typeof method !== 'string') return refusal(invalidRequest, '"method" of a message must be a text.', id);
  if (id !== undefined && typeof id !== 'string' && !Number.isInteger(id)) {
    return refusal(invalidRequest, '"id" of a message must be a text or a whole number.');
  }
  if (params !== undefined && (typeof params !== 'object' || params === null || Array.isArray(params))) {
    return refusal(invalidRequest, '"params" of a message must be an object.', id);
  }
  return undefined;
}
