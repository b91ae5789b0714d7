interface Group<Item> {
  leader: Item;
  readonly waiting: Set<Item>;
}

/**
 * Items whose prompts begin with the same long prefix, at a service that caches prompts: the first one leads, and the
 * others wait until the service has begun to answer it, so that they find the prefix in the cache. A group is forgotten
 * once its leader was heard: what comes later begins a new one, because a cache forgets too.
 */
export class PrefixLeads<Item> {
  readonly #groups = new Map<string, Group<Item>>();

  /** @returns whether the item may start; else it is kept until `heard` or `left` gives it back */
  mayStart(prefix: string, item: Item): boolean {
    const group = this.#groups.get(prefix);
    if (!group) this.#groups.set(prefix, { leader: item, waiting: new Set() });
    else if (group.leader !== item) group.waiting.add(item);
    return group === undefined || group.leader === item;
  }

  /** The service has begun to answer the item, or its attempt has ended. @returns those that may start now */
  heard(prefix: string, item: Item): readonly Item[] {
    const group = this.#groups.get(prefix);
    if (group?.leader !== item) return [];
    this.#groups.delete(prefix);
    return [...group.waiting];
  }

  /** The item does not wait any more. @returns the one that leads in its place, and may start now */
  left(prefix: string, item: Item): Item | undefined {
    const group = this.#groups.get(prefix);
    if (!group || group.waiting.delete(item) || group.leader !== item) return undefined;
    const [next] = group.waiting;
    if (next === undefined) {
      this.#groups.delete(prefix);
      return undefined;
    }
    group.waiting.delete(next);
    group.leader = next;
    return next;
  }
}
