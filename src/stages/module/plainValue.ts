/** How deep and large what a module returns may be. */
const deepest = 200;
export const mostCharacters = 20_000_000;

/**
 * Whether JSON can hold a value and give it back: JSON itself leaves functions out and makes `{}` of a Map without a word.
 *
 * @returns what is in the way, as the end of the sentence `… returned …`; undefined when nothing is
 */
export function whyNotPlain(value: unknown, depth = 0): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `${value}, which JSON cannot hold`;
    case 'undefined':
      return depth === 0 ? 'nothing' : undefined;
    case 'bigint':
    case 'symbol':
    case 'function':
      return `a ${typeof value}, which JSON cannot hold`;
    case 'object':
      return value === null ? undefined : whyNotPlainObject(value, depth);
  }
}

function nameOf(value: object): string {
  const { constructor: made } = value as { readonly constructor?: unknown };
  return typeof made === 'function' && made.name !== '' ? `a ${made.name}` : 'an object of a class of its own';
}

function whyNotPlainObject(value: object, depth: number): string | undefined {
  if (depth > deepest) return `a value that lies more than ${deepest} levels deep, or in itself`;
  if (!Array.isArray(value)) {
    // By its shape: what comes from another context has another Object.
    const prototype: unknown = Object.getPrototypeOf(value);
    const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
    const hasForm = typeof (value as { toJSON?: unknown }).toJSON === 'function';
    // A buffer would become a list of numbers.
    if ((!isPlain && !hasForm) || ArrayBuffer.isView(value)) return `${nameOf(value)}, which JSON cannot hold`;
    if (value instanceof Date && Number.isNaN(value.getTime())) {
      return 'a Date without a moment, which JSON cannot hold';
    }
  }
  for (const inner of Object.values(value)) {
    const why = whyNotPlain(inner, depth + 1);
    if (why !== undefined) return why;
  }
  return undefined;
}
