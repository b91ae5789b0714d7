import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Validator, type Schema } from '@cfworker/json-schema';
import { parse } from 'yaml';
import { isJsonObject } from '../../../../src/base/jsonObject.ts';
import { deliveryKinds } from '../../../../src/flow/pipeline.ts';
import {
  deliveryKeys,
  kindKeys,
  pipelineKeys,
  promptKeys,
  stageKeys,
  type KeyTable,
} from '../../../../src/flow/pipelineFile/keys.ts';
import { pipelineSchema } from '../../../../src/flow/pipelineFile/pipelineSchema.ts';
import { schemaText, schemaUrl } from '../../../support/writeSchemas.ts';
import { literature } from './support.ts';

const page = readFileSync(new URL('../../../../docs/pipelines.md', import.meta.url), 'utf8');

/** All tables of keys, by the keys that lead to them. */
function* tablesOf(table: KeyTable, path: readonly string[] = []): Iterable<readonly [path: string, table: KeyTable]> {
  yield [path.join('.'), table];
  for (const [name, { inner }] of Object.entries(table)) if (inner) yield* tablesOf(inner.table, [...path, name]);
}

const tables = [...tablesOf(pipelineKeys)];

/** What a schema says of the keys in a place. */
function schemaAt(path: string): unknown {
  let schema: unknown = pipelineSchema();
  for (const name of path === '' ? [] : path.split('.')) {
    assert.ok(isJsonObject(schema) && isJsonObject(schema.properties), name);
    const property = schema.properties[name];
    assert.ok(isJsonObject(property), name);
    const blocks = [property, property.items, ...(Array.isArray(property.anyOf) ? (property.anyOf as unknown[]) : [])];
    schema = blocks.find((block) => isJsonObject(block) && isJsonObject(block.properties));
  }
  return schema;
}

describe('keys of pipeline files', () => {
  it('are those that are told where they lead', () => {
    const names = tables.map(([path]) => path).sort();
    const stages = ['gather', 'http', 'http.paging', 'prompt', 'retry'].map((name) => `stages.${name}`);
    assert.deepEqual(names, ['', 'deliver', 'source', 'stages', ...stages, 'table'].sort());
  });

  for (const [path, table] of tables) {
    it(`are in the JSON Schema: ${path === '' ? 'the file' : path}`, () => {
      const schema = schemaAt(path);
      assert.ok(isJsonObject(schema) && isJsonObject(schema.properties));
      assert.deepEqual(Object.keys(schema.properties), Object.keys(table));
    });

    for (const [name, { reading, example, says, inner }] of Object.entries(table)) {
      it(`have an example that can be read: ${path}.${name}`, () => {
        const values: unknown = parse(example);
        assert.ok(isJsonObject(values) && Object.keys(values)[0] === name, example);
        assert.notEqual(reading.read(values[name]), undefined, example);
        assert.ok(!says.endsWith('.') && says.length > 5);
        for (const needed of inner?.kind === 'block' ? inner.needs : [])
          assert.ok(Object.hasOwn(inner?.table ?? {}, needed));
        const schema = schemaAt(path);
        assert.ok(isJsonObject(schema) && isJsonObject(schema.properties));
        const { valid, errors } = new Validator(schema.properties[name] as Schema, '7').validate(values[name]);
        assert.ok(valid, JSON.stringify(errors));
      });

      it(`are in docs/pipelines.md as they are: ${path}.${name}`, () => {
        const cell = (text: string): string => text.replaceAll('|', '\\|');
        assert.ok(page.includes(`\n| \`${name}\` | ${cell(says)} | \`${cell(example)}\` |\n`), `${name}: ${says}`);
      });
    }
  }

  it('are all that docs/pipelines.md has', () => {
    const rows = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
    const known = tables.flatMap(([, table]) => Object.keys(table));
    assert.deepEqual([...rows].sort(), [...known].sort());
  });

  it('of stages belong to one kind, or to all', () => {
    assert.deepEqual(Object.keys(kindKeys), ['prompt', 'command', 'http', 'module']);
    for (const [kind, table] of Object.entries(kindKeys)) {
      assert.ok(Object.hasOwn(table, kind));
      for (const key of Object.keys(table)) assert.ok(Object.hasOwn(stageKeys, key));
    }
    assert.deepEqual(Object.keys(deliveryKeys), [...deliveryKinds]);
    assert.deepEqual(Object.keys(promptKeys), ['file', 'text']);
  });
});

describe('the JSON Schema of pipeline files', () => {
  const validator = new Validator(pipelineSchema(), '7');

  it('accepts the file of the design', () => {
    const { valid, errors } = validator.validate(parse(literature));
    assert.ok(valid, JSON.stringify(errors));
  });

  it('is the one for other editors', () => {
    assert.equal(readFileSync(schemaUrl('pipeline'), 'utf8'), schemaText('pipeline'), 'run: npm run schemas');
  });

  it('says what each key is for', () => {
    const text = JSON.stringify(pipelineSchema());
    for (const [, table] of tables)
      for (const { says } of Object.values(table)) assert.ok(text.includes(JSON.stringify(says).slice(3, -1)));
  });

  const wrong = [
    {},
    { stages: [{ name: 'a' }] },
    { stages: [{ module: 'ocr' }] },
    { stages: [{ name: 'a', module: 'ocr', prompt: 'x.prompt.md' }] },
    { stages: [{ name: 'a b', module: 'ocr' }] },
    { stages: [{ name: 'a', module: 'ocr', workers: 0 }] },
    { stages: [{ name: 'a', module: 'ocr', retry: {} }] },
    { stages: [{ name: 'a', module: 'ocr', timeout: 'soon' }] },
    { stages: [{ name: 'a', http: {} }] },
    { stages: [{ name: 'a', module: 'ocr' }], table: { columns: ['a'] } },
    { stages: [{ name: 'a', module: 'ocr' }], deliver: [{ title: 'x' }] },
    { stages: [{ name: 'a', module: 'ocr' }], source: { order: 'first' } },
  ];
  for (const value of wrong) {
    it(`refuses ${JSON.stringify(value)}`, () => assert.equal(validator.validate(value).valid, false));
  }
});
