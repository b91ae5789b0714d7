import { comparableRelativePath } from '../../base/comparablePath.ts';
import { isJsonObject } from '../../base/jsonObject.ts';
import { nearestName } from '../../base/nearestName.ts';
import { shown } from '../../base/valueKinds.ts';
import { deliveryKinds, type DeliveryDefinition, type TableDefinition } from '../pipeline.ts';
import type { Block } from './block.ts';
import { deliveryKeys, tableKeys, type pipelineKeys } from './keys.ts';
import { limits } from './limits.ts';

type PipelineBlock = Block<typeof pipelineKeys>;

export function readTable(pipeline: PipelineBlock): TableDefinition | undefined {
  const values = pipeline.read('table');
  if (!values) return undefined;
  const block = pipeline.inner('table', tableKeys, values);
  const path = block.read('file');
  const columns = block.read('columns');
  if (path?.includes('{{') === true) block.report('file', 'is one file: leave out the template.');
  if (path === undefined) return undefined;
  return { path, ...(columns === undefined ? {} : { columns }), line: pipeline.lineOf('table') };
}

/** @param table that no delivery may write */
export function readDeliveries(pipeline: PipelineBlock, table: string | undefined): readonly DeliveryDefinition[] {
  const list = pipeline.read('deliver') ?? [];
  if (list.length > limits.deliveries) {
    pipeline.report('deliver', `has more than ${limits.deliveries} entries: leave some out.`);
    return [];
  }
  const taken = new Set(table === undefined ? [] : [comparableRelativePath(table)]);
  return list.flatMap((values, index) => readDelivery(pipeline, values, index, taken) ?? []);
}

function readDelivery(
  pipeline: PipelineBlock,
  values: unknown,
  index: number,
  taken: Set<string>,
): DeliveryDefinition | undefined {
  const block = pipeline.entry('deliver', index, deliveryKeys, {
    values: isJsonObject(values) ? values : {},
    owner: ` of delivery ${index + 1}`,
  });
  if (!isJsonObject(values)) {
    block.complain(`Delivery ${index + 1} must be a block such as "epub: book.epub".`);
    return undefined;
  }
  const [kind, second] = deliveryKinds.filter((each) => block.has(each));
  if (kind === undefined) {
    const known = deliveryKinds.map((each) => `"${each}"`).join(', ');
    const meant = Object.keys(values).find((key) => nearestName(key, deliveryKinds));
    const instead =
      meant === undefined ? '' : `"${nearestName(meant, deliveryKinds) ?? ''}" in place of ${shown(meant)}, or `;
    block.complain(`Delivery ${index + 1} makes nothing: give it ${instead}one of ${known}, with a path.`, meant);
    return undefined;
  }
  if (second !== undefined) {
    block.complain(`Delivery ${index + 1} is "${kind}" and "${second}": make two entries of them.`, second);
    return undefined;
  }
  const path = block.read(kind);
  if (path === undefined) return undefined;
  const place = comparableRelativePath(path);
  if (taken.has(place)) block.report(kind, 'is a file that is written already: give each its own.');
  taken.add(place);
  const { [kind]: _path, ...options } = values;
  return { kind, path, options, line: block.lineOf() };
}
