/** An item that has ended before a gather, and has not been gathered. */
export interface Gatherable {
  /** Of the item. */
  readonly position: number;
  readonly place: string;
}

/**
 * Which members a gather takes now. Members are taken in order of their places and never past an item that may still
 * bring one, so that the same members come together whatever order they end in.
 *
 * @param slots by place
 * @param size members of one gather; undefined: all of the group
 * @param openFrom lowest place of an item that has not ended and may still bring members; undefined: there is none
 * @returns the members of each gather that begins
 */
export function gathers<Member extends Gatherable>(
  slots: readonly Member[],
  size: number | undefined,
  openFrom: string | undefined,
): Member[][] {
  if (size === undefined) return openFrom === undefined && slots.length > 0 ? [[...slots]] : [];
  const settled = openFrom === undefined ? slots : slots.filter(({ place }) => place < openFrom);
  const groups: Member[][] = [];
  for (let from = 0; from < settled.length; from += size) {
    const members = settled.slice(from, from + size);
    if (members.length === size || openFrom === undefined) groups.push(members);
  }
  return groups;
}
