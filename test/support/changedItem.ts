import type { PlannedItem } from '../../src/runs/plan/plannedCandidate.ts';

/** All that an item says: one of a plan looks it up when it is asked, so that a spread would copy none of it. */
const said: Readonly<Record<keyof PlannedItem, true>> = {
  id: true,
  position: true,
  stage: true,
  key: true,
  root: true,
  place: true,
  parent: true,
  element: true,
  group: true,
  isSkipped: true,
  prompt: true,
  row: true,
  index: true,
  number: true,
  service: true,
  serviceKey: true,
  model: true,
  priority: true,
  reservation: true,
  messages: true,
  parameters: true,
  variables: true,
  schema: true,
  vary: true,
  output: true,
  siblings: true,
  verbalized: true,
};

/** The same item, but for some of what it says. */
export function changedItem<Item extends PlannedItem>(item: Item, changes: Partial<Item> = {}): Item {
  const names = Object.keys(said) as (keyof PlannedItem)[];
  const all = names.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]] as const]));
  return { ...(Object.fromEntries(all) as unknown as Item), ...changes };
}
