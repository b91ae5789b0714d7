/** Tags of Jinja that Liquid does not have. */
export const jinjaTags: ReadonlySet<string> = new Set([
  ...['set', 'endset', 'elif', 'macro', 'endmacro', 'call', 'endcall', 'import', 'from', 'extends', 'with', 'endwith'],
  ...['filter', 'endfilter', 'autoescape', 'endautoescape', 'trans', 'endtrans', 'do', 'namespace'],
]);

/** Words of Liquid that do the same. */
const sameTags: Readonly<Partial<Record<string, string>>> = { set: 'assign', elif: 'elsif' };

/** How Liquid says a tag of Jinja, where only its name is another one. */
export function jinjaMend(name: string, tag: string): { readonly title: string; readonly text: string } | undefined {
  const same = sameTags[name];
  // `{% set x %}` without a value is a block.
  if (same === undefined || tag.includes('\n') || (name === 'set' && !tag.includes('='))) return undefined;
  const text = tag.replace(name, same);
  return { title: `Change to ${text}`, text };
}
