/** Tags of Jinja and what Liquid calls the same. */
const tags: Readonly<Record<string, string>> = { elif: 'elsif', set: 'assign' };

/** Filters of Jinja and what Liquid calls the same; empty: nothing needs to be done. */
const filters: Readonly<Record<string, string>> = {
  tojson: 'json',
  length: 'size',
  count: 'size',
  upper: 'upcase',
  lower: 'downcase',
  capitalize: 'capitalize',
  trim: 'strip',
  safe: '',
  e: '',
  escape: '',
};

const part = /\{#-?[\s\S]*?#\}|\{\{[^{}]*\}\}|\{%[^{}]*%\}/g;

/** Says in Liquid what a template says in Jinja, as far as only the words are others; lines stay where they are. */
export function fromJinja(template: string): string {
  return template.replace(part, (found) => {
    if (found.startsWith('{#')) return found.replace(/[^\n]/g, '');
    return found
      .replace(/^(\{%-?\s*)(\w+)/, (_, start: string, tag: string) => start + (tags[tag] ?? tag))
      .replace(/^(\{%-?\s*(?:if|elsif|unless)\s+)not\s+([\w.]+)(\s*-?%\})$/, '$1$2 == blank$3')
      .replace(/([\w.]+)\s+is\s+defined\b/g, '$1')
      .replace(/\bloop\.index0\b/g, 'forloop.index0')
      .replace(/\bloop\.(index|first|last|length)\b/g, 'forloop.$1')
      .replace(/\|\s*(\w+)(\(\s*\))?/g, (whole: string, name: string) => {
        const same = Object.hasOwn(filters, name) ? filters[name] : undefined;
        return same === undefined ? whole : same === '' ? '' : `| ${same}`;
      })
      .replace(/\|\s*default\(([^()]*)\)/g, '| default: $1')
      .replace(/\|\s*join\(([^()]*)\)/g, '| join: $1');
  });
}
