import type { JsonObject } from '../../base/jsonObject.ts';
import { deliveryKinds } from '../pipeline.ts';
import { kindKeys, pipelineKeys, type Key, type KeyTable } from './keys.ts';

/** The keys of a block. A key that is not known is a hint, so that nothing is said against it. */
function blockSchema(table: KeyTable, needs: readonly string[]): JsonObject {
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(table).map(([name, key]) => [name, keySchema(key)])),
    ...(needs.length > 0 ? { required: needs } : {}),
  };
}

function exactlyOne(keys: readonly string[]): JsonObject {
  return { oneOf: keys.map((key) => ({ required: [key] })) };
}

function keySchema({ reading, says, example, inner }: Key<unknown>): JsonObject {
  const about = {
    description: `${says.charAt(0).toUpperCase()}${says.slice(1)}.`,
    markdownDescription: markdown(says, example),
  };
  if (!inner) return { ...reading.schema, ...about };
  const block = blockSchema(inner.table, inner.needs);
  if (inner.kind === 'list') return { type: 'array', items: { ...block, ...entryRules(inner.table) }, ...about };
  const others = (reading.schema.anyOf ?? []) as readonly JsonObject[];
  const plain = others.filter((schema) => schema.type !== 'object');
  return plain.length === 0 ? { ...block, ...about } : { anyOf: [...plain, block], ...about };
}

/** An entry does one thing. */
function entryRules(table: KeyTable): JsonObject {
  return table === pipelineKeys.stages.inner.table ? exactlyOne(Object.keys(kindKeys)) : exactlyOne(deliveryKinds);
}

function markdown(says: string, example: string): string {
  return `${says.charAt(0).toUpperCase()}${says.slice(1)}.\n\n\`\`\`yaml\n${example}\n\`\`\``;
}

/** JSON Schema (draft-07) of a pipeline file, for completion and hover. What several keys say together is the reader's. */
export function pipelineSchema(): JsonObject {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Pipeline of Parallel Candidates',
    ...blockSchema(pipelineKeys, ['stages']),
  };
}
