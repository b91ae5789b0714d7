import { TagToken, type Context, type Emitter, type TopLevelToken } from 'liquidjs';
import { liquid, readable, TimedContext } from './liquid.ts';

/** What stands between outputs and tags and is no text of the template. */
export type Piece =
  | { readonly kind: 'silent' }
  | { readonly kind: 'text'; readonly text: string }
  /** Of the inputs and the row, whatever the template calls by the same name. */
  | { readonly kind: 'value'; readonly name: string }
  /** A text that names a file, which is appended to the message then. */
  | { readonly kind: 'mention'; readonly text: string; readonly path: string };

/** No template can write it. */
const pieceTag = ' piece';

class PieceToken extends TagToken {
  readonly piece: Piece;

  constructor(input: string, begin: number, end: number, piece: Piece) {
    super('{% piece %}', 0, '{% piece %}'.length, liquid.options);
    this.name = pieceTag;
    this.input = input;
    this.begin = begin;
    this.end = end;
    this.piece = piece;
  }
}

interface Trims {
  readonly before: boolean;
  readonly after: boolean;
}

export function pieceToken(
  input: string,
  { begin, end }: { readonly begin: number; readonly end: number },
  piece: Piece,
  trims: Trims = { before: false, after: false },
): TopLevelToken {
  const token = new PieceToken(input, begin, end, piece);
  token.trimLeft = trims.before;
  token.trimRight = trims.after;
  return token;
}

/** As Liquid tells of a variable: by the member `variableName`. */
class MissingInput extends Error {
  readonly variableName: string;

  constructor(name: string) {
    super(`undefined variable: ${name}`);
    this.variableName = name;
  }
}

function valueOf(name: string, context: Context): unknown {
  const values = context.environments as Readonly<Record<string, unknown>>;
  if (!Object.hasOwn(values, name) || values[name] === undefined) throw new MissingInput(name);
  return readable.call({ context }, values[name]);
}

function write(piece: Piece, context: Context, emitter: Emitter): void {
  switch (piece.kind) {
    case 'silent':
      return;
    case 'value':
      emitter.write(valueOf(piece.name, context));
      return;
    case 'mention':
      if (context instanceof TimedContext) context.mentioned.add(piece.path);
      emitter.write(piece.text);
      return;
    case 'text':
      context.memoryLimit.use(piece.text.length);
      emitter.write(piece.text);
  }
}

liquid.registerTag(pieceTag, {
  parse(token: TagToken) {
    this.piece = (token as PieceToken).piece;
  },
  render(context: Context, emitter: Emitter) {
    write(this.piece as Piece, context, emitter);
  },
});
