import { liquid } from './liquid.ts';
import { namesOf } from './liquidNames.ts';
import type { CodeRegion } from './codeRegions.ts';
import type { Segment } from './segments.ts';

type Tag = Extract<Segment, { kind: 'tag' }>;

/** Words between the beginning and the end of a block. */
const middles: ReadonlySet<string> = new Set(['else', 'elsif', 'when']);
const blocks: ReadonlySet<string> = new Set([
  ...['if', 'unless', 'for', 'case', 'tablerow', 'capture', 'block', 'comment', 'raw'],
]);
/** Behind it, a name has a value in the whole message. */
const given = /(?:assign|capture|increment|decrement)\s{1,20}([\p{L}_][\p{L}\p{N}_-]{0,100})/gu;
/** The name of a loop has a value within it. */
const loopName = /^\{%-?\s*(?:for|tablerow)\s+([\p{L}_][\p{L}\p{N}_-]{0,100})/u;

export function isLiquidTag(name: string): boolean {
  return name in liquid.tags || middles.has(name) || (name.startsWith('end') && blocks.has(name.slice(3)));
}

/** A block in code, or a tag that needs no end. */
interface CodeBlock {
  readonly name: string;
  readonly region: CodeRegion | undefined;
  readonly tags: Tag[];
}

export interface LiveTags {
  /** The tags that Liquid gets; the others are text. */
  readonly live: ReadonlySet<Tag>;
  readonly own: OwnNames;
}

interface Scope {
  readonly begin: number;
  end: number;
}

/** Names that tags of a template give a value. */
export class OwnNames {
  readonly #everywhere = new Set<string>(['forloop', 'tablerowloop']);
  readonly #scopes = new Map<string, Scope[]>();

  add(name: string): void {
    this.#everywhere.add(name);
  }

  addWithin(name: string, scope: Scope): void {
    const scopes = this.#scopes.get(name);
    if (scopes) scopes.push(scope);
    else this.#scopes.set(name, [scope]);
  }

  has(name: string, offset: number): boolean {
    if (this.#everywhere.has(name)) return true;
    return this.#scopes.get(name)?.some(({ begin, end }) => begin <= offset && offset < end) ?? false;
  }
}

/** Decides about the tags of a template: outside of code they are Liquid's, in code where they work as they stand. */
class TagReader {
  readonly #text: string;
  readonly #known: ReadonlySet<string>;
  readonly #live = new Set<Tag>();
  readonly #own = new OwnNames();
  readonly #open: CodeBlock[] = [];

  constructor(text: string, known: ReadonlySet<string>) {
    this.#text = text;
    this.#known = known;
  }

  read(tags: readonly { readonly tag: Tag; readonly region: CodeRegion | undefined }[]): LiveTags {
    // What is given a value behind the code has it there too: a loop may come round.
    this.#takeAll(tags.filter(({ region }) => !region).map(({ tag }) => tag));
    for (const { tag, region } of tags) {
      if (region) this.#readInCode(tag, region);
      else this.#readOutside(tag);
    }
    return { live: this.#live, own: this.#own };
  }

  #takeAll(tags: readonly Tag[]): void {
    const loops: Scope[] = [];
    for (const tag of tags) {
      this.#live.add(tag);
      const text = this.#text.slice(tag.begin, tag.end);
      for (const [, name = ''] of text.matchAll(given)) this.#own.add(name);
      if (tag.name === 'for' || tag.name === 'tablerow') {
        const scope = { begin: tag.end, end: this.#text.length };
        loops.push(scope);
        this.#own.addWithin(loopName.exec(text)?.[1] ?? '', scope);
      } else if (tag.name === 'endfor' || tag.name === 'endtablerow') {
        const scope = loops.pop();
        if (scope) scope.end = tag.begin;
      }
    }
  }

  #readOutside({ name }: Tag): void {
    if (blocks.has(name)) {
      this.#open.push({ name, region: undefined, tags: [] });
    } else if (name.startsWith('end')) {
      const at = this.#open.findLastIndex((block) => !block.region);
      if (at !== -1) this.#open.length = at;
    }
  }

  #readInCode(tag: Tag, region: CodeRegion): void {
    const { name } = tag;
    const around = this.#open.at(-1);
    const within = around?.region === region ? around : undefined;
    if (blocks.has(name)) {
      this.#open.push({ name, region, tags: [tag] });
    } else if (!name.startsWith('end')) {
      if (within) within.tags.push(tag);
      else if (!middles.has(name)) this.#decide([tag]);
    } else if (within?.name === name.slice(3)) {
      within.tags.push(tag);
      this.#open.pop();
      const outer = this.#open.at(-1);
      // Appended one by one: there may be more than a call takes.
      if (outer?.region === region) for (const each of within.tags) outer.tags.push(each);
      else this.#decide(within.tags);
    }
  }

  /** A whole block, or one tag. */
  #decide(tags: readonly Tag[]): void {
    const [first] = tags;
    const last = tags.at(-1);
    if (!first || !last) return;
    try {
      const names = namesOf(liquid.parse(this.#text.slice(first.begin, last.end)));
      const isKnown = (name: string): boolean =>
        this.#known.has(name) || names.own.has(name) || this.#own.has(name, first.begin);
      if (!names.used.every(({ name }) => isKnown(name))) return;
    } catch {
      // It does not work as it stands.
      return;
    }
    this.#takeAll(tags);
  }
}

export function liveTags(
  text: string,
  tags: readonly { readonly tag: Tag; readonly region: CodeRegion | undefined }[],
  known: ReadonlySet<string>,
): LiveTags {
  return new TagReader(text, known).read(tags);
}
