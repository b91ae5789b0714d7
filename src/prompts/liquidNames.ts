import { evalQuotedToken, TypeGuards, type Template, type Token, type Value } from 'liquidjs';

/** Where a template asks for a variable; offsets are UTF-16 units of the template. */
export interface NameUse {
  /** `product` of `product.price`. */
  readonly name: string;
  readonly begin: number;
  readonly end: number;
  /** Nothing is wrong when it has no value. */
  readonly mayBeMissing: boolean;
}

export interface Names {
  readonly used: readonly NameUse[];
  /** Those that the template itself gives a value. */
  readonly own: ReadonlySet<string>;
}

/** Tags that take a missing variable for empty. */
const lenientTags: ReadonlySet<string> = new Set(['if', 'unless', 'case', 'assign']);

class NameReader {
  readonly used: NameUse[] = [];
  #mayBeMissing = false;

  readValue(value: Value, mayBeMissing: boolean): void {
    this.#mayBeMissing = mayBeMissing || value.filters[0]?.name === 'default';
    for (const token of value.initial.postfix) this.readToken(token, this.#mayBeMissing);
    for (const filter of value.filters) {
      for (const argument of filter.args) this.readToken(Array.isArray(argument) ? argument[1] : argument, false);
    }
  }

  readToken(token: Token | undefined, mayBeMissing: boolean): void {
    if (token === undefined) return;
    if (TypeGuards.isRangeToken(token)) {
      this.readToken(token.lhs, mayBeMissing);
      this.readToken(token.rhs, mayBeMissing);
    } else if (TypeGuards.isPropertyAccessToken(token)) {
      const [first, ...others] = token.props;
      this.readToken(token.variable, mayBeMissing);
      if (token.variable === undefined && first) this.#readRoot(first, mayBeMissing);
      for (const property of token.variable === undefined ? others : token.props) this.readToken(property, false);
    }
  }

  #readRoot(root: Token, mayBeMissing: boolean): void {
    const { begin, end } = root;
    if (TypeGuards.isQuotedToken(root)) this.used.push({ name: evalQuotedToken(root), begin, end, mayBeMissing });
    else if ('content' in root) this.used.push({ name: root.getText(), begin, end, mayBeMissing });
    else this.readToken(root, mayBeMissing);
  }
}

export function namesOfValue(value: Value): readonly NameUse[] {
  const reader = new NameReader();
  reader.readValue(value, false);
  return reader.used;
}

/** All variables of parsed templates, those of branches that a value may choose too. */
export function namesOf(templates: readonly Template[]): Names {
  const reader = new NameReader();
  const own = new Set<string>();
  const waiting: Template[] = [...templates].reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const mayBeMissing = TypeGuards.isTagToken(next.token) && lenientTags.has(next.token.name);
    for (const argument of next.arguments?.() ?? []) {
      if ('filters' in argument && 'initial' in argument) reader.readValue(argument as Value, mayBeMissing);
      else reader.readToken(argument, mayBeMissing);
    }
    for (const name of next.blockScope?.() ?? []) own.add(name);
    for (const name of next.localScope?.() ?? []) own.add(name.content);
    for (const child of childrenOf(next).reverse()) waiting.push(child);
  }
  return { used: reader.used, own };
}

function childrenOf(template: Template): Template[] {
  const step = template.children?.(false, true).next();
  return step?.done === true ? [...step.value] : [];
}

/** Names without which a template does not work: `{% if tone %}` and `default` say of a name that it may be missing. */
export function neededNames(templates: readonly Template[]): readonly NameUse[] {
  const { used, own } = namesOf(templates);
  const optional = new Set(used.filter(({ mayBeMissing }) => mayBeMissing).map(({ name }) => name));
  return used.filter(({ name }) => !own.has(name) && !optional.has(name));
}
