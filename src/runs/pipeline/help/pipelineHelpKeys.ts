import type { JsonObject } from '../../../base/jsonObject.ts';
import { optionsOf, type DeliveryOption } from '../../../deliver/deliveryOptions.ts';
import { pipelineKeys, type Key as FileKey, type KeyTable as FileTable } from '../../../flow/pipelineFile/keys.ts';
import { builtInModules, deliveryKinds } from '../../../flow/pipeline.ts';
import type { Key, KeyTable } from '../../../prompts/help/key.ts';

type Source = Pick<Key, 'from' | 'template' | 'values'>;

const template: Source = { template: 'liquid' };
const expression: Source = { template: 'liquid', from: 'expression' };

/** What only the workspace knows of the values of keys, by their paths. */
const sources: Readonly<Record<string, Source>> = {
  'source.data': { from: 'dataFiles' },
  'source.key': { template: 'liquid', from: 'columns' },
  'source.filter': { from: 'expression' },
  'stages.each': { from: 'lists' },
  'stages.key': expression,
  'stages.gather.by': expression,
  'stages.when': expression,
  'stages.output': template,
  'stages.service': { from: 'services' },
  'stages.prompt': { template: 'liquid', from: 'promptFiles' },
  'stages.prompt.file': { from: 'promptFiles' },
  'stages.prompt.text': template,
  'stages.model': { from: 'models' },
  'stages.models': { from: 'models' },
  'stages.command': template,
  'stages.stdin': template,
  'stages.http.url': template,
  'stages.http.query': template,
  'stages.http.headers': template,
  'stages.http.body': template,
  'stages.module': { from: 'modules', values: builtInModules },
  'stages.with': template,
  'table.columns': { from: 'columns' },
};

/** Values that a shape lists. */
function valuesOf(schema: JsonObject): readonly string[] | undefined {
  if (Array.isArray(schema.enum)) return schema.enum.map(String);
  return schema.type === 'boolean' ? ['true', 'false'] : undefined;
}

function helpKey({ says, example, reading, inner }: FileKey<unknown>, name: string, path: string): Key {
  const values = valuesOf(reading.schema);
  const table = inner && helpTable(inner.table, path);
  return {
    description: `${says.charAt(0).toUpperCase()}${says.slice(1)}.`,
    schema: reading.schema,
    example: example.startsWith(`${name}: `) ? example.slice(name.length + 2) : example,
    ...(values ? { values } : {}),
    ...(Object.hasOwn(sources, path) ? sources[path] : {}),
    ...(table && inner.kind === 'block' ? { keys: table } : {}),
    ...(table && inner.kind === 'list' ? { entries: table } : {}),
  };
}

function helpTable(table: FileTable, path: string): KeyTable {
  return Object.fromEntries(
    Object.entries(table).map(([name, key]) => [name, helpKey(key, name, path === '' ? name : `${path}.${name}`)]),
  );
}

/** The kinds of deliveries that take an option, by its name. */
export const optionKinds: ReadonlyMap<string, readonly string[]> = deliveryKinds.reduce((kinds, kind) => {
  for (const name of Object.keys(optionsOf(kind))) kinds.set(name, [...(kinds.get(name) ?? []), kind]);
  return kinds;
}, new Map<string, readonly string[]>());

function valuesOfOption({ takes }: DeliveryOption): Pick<Key, 'from' | 'values'> {
  switch (takes) {
    case 'flag':
      return { values: ['true', 'false'] };
    case 'field':
      return { from: 'columns' };
    case 'list':
      return { from: 'lists' };
    case 'text':
    case 'texts':
    case 'path':
    case 'blocks':
      return {};
    default:
      return { values: takes };
  }
}

/** What an option says, of each kind where they do not say the same. */
function describeOption(name: string, kinds: readonly string[]): string {
  const bySentence = new Map<string, string[]>();
  for (const kind of deliveryKinds.filter((each) => kinds.includes(each))) {
    const says = optionsOf(kind)[name]?.says ?? '';
    bySentence.set(says, [...(bySentence.get(says) ?? []), `\`${kind}\``]);
  }
  const sentences = [...bySentence].map(([says, of]) => `${of.join(', ')}: ${says}.`);
  return sentences.join(' ');
}

const deliveryOptionKeys: KeyTable = Object.fromEntries(
  [...optionKinds].flatMap(([name, kinds]) => {
    const [option] = deliveryKinds.flatMap((kind) => (kinds.includes(kind) ? (optionsOf(kind)[name] ?? []) : []));
    if (!option) return [];
    const { example } = option;
    return [[name, { description: describeOption(name, kinds), schema: {}, example, ...valuesOfOption(option) }]];
  }),
);

function withOptions({ deliver, ...keys }: KeyTable): KeyTable {
  return deliver ? { ...keys, deliver: { ...deliver, entries: { ...deliver.entries, ...deliveryOptionKeys } } } : keys;
}

/** The keys of pipeline files, as help while writing has them. */
export const pipelineHelpKeys: KeyTable = withOptions(helpTable(pipelineKeys, ''));
