import { leadsOut } from '../../base/leadsOut.ts';
import { limits } from './limits.ts';
import { word, type Reading } from './reading.ts';

/** `{{ … }}` in a template. */
const output = /\{\{[^]*?\}\}/g;

/** An expression may stand without braces: `doi` is `{{ doi }}`. */
export function asTemplate(expression: string): string {
  return /\{[{%]/.test(expression) ? expression : `{{ ${expression.trim()} }}`;
}

export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}

/** A template or an expression without braces, as a template. */
export const expression: Reading<string> = {
  wanted: 'a name such as "metadata.doi", or a template such as "{{ metadata.doi }}"',
  schema: { type: ['string', 'number', 'boolean'] },
  read: (value) => {
    const text = typeof value === 'boolean' || typeof value === 'number' ? String(value) : word.read(value);
    return text === undefined ? undefined : asTemplate(text);
  },
};

function isNamePart(name: string): boolean {
  return name !== '' && name.trim() === name && !/[{}|[\]"'\n]/.test(name);
}

/** Names with dots between them: where a value is in the record. Braces around it are as good as none. */
export const recordPath: Reading<string> = {
  wanted: 'names with dots between them, such as "references.items"',
  schema: { type: 'string', pattern: '\\S' },
  read: (value) => {
    const given = typeof value === 'string' ? value.trim() : '';
    const path = given.startsWith('{{') && given.endsWith('}}') ? given.slice(2, -2).trim() : given;
    return path.split('.').every(isNamePart) ? path : undefined;
  },
};

function isPath(path: string): boolean {
  return path.trim() !== '' && path.length <= limits.pathLength && !/\p{Cc}/u.test(path) && !leadsOut(path);
}

/** A path, or a pattern of paths, that stays below the folder of the file. */
export const path: Reading<string> = {
  wanted: 'a path below the folder of the pipeline file',
  schema: { type: 'string', pattern: '\\S', maxLength: limits.pathLength },
  read: (value) => (typeof value === 'string' && isPath(value) ? value.trim() : undefined),
};

/** A path of a file, with templates in it. */
export const pathTemplate: Reading<string> = {
  wanted: 'a path below the folder of the pipeline file that ends in the name of a file',
  schema: path.schema,
  read: (value) => {
    if (typeof value !== 'string' || value.length > limits.pathLength) return undefined;
    const fixed = value.replace(output, 'x');
    const literals = value.match(output)?.join('') ?? '';
    const isHidden = /["'/\\]\.\.["'/\\]/.test(literals);
    const isFile = !/(?:^|[/\\])\s*\.?\s*$/.test(fixed);
    return isPath(fixed) && isFile && !isHidden ? value.trim() : undefined;
  },
};

/** A path whose name has one of some endings. */
export function pathEndingIn(...endings: readonly string[]): Reading<string> {
  const quoted = endings.map((ending) => `"${ending}"`);
  const last = quoted.pop() ?? '';
  return {
    wanted: `a path below the folder of the pipeline file that ends in ${quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`}`,
    schema: path.schema,
    read: (value) => {
      const read = pathTemplate.read(value);
      return read !== undefined && endings.some((ending) => read.toLowerCase().endsWith(ending)) ? read : undefined;
    },
  };
}
