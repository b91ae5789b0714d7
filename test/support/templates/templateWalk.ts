import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { search } from '@jmespath-community/jmespath';
import type { JSONValue } from '@jmespath-community/jmespath';
import { makeDelivery, type Delivered } from '../../../src/deliver/deliveries.ts';
import { takesPart, type FlowStage, type RecordData } from '../../../src/flow/flow.ts';
import type { HttpStage, ModuleStage, Pipeline, StageDefinition } from '../../../src/flow/pipeline.ts';
import { parsePipeline } from '../../../src/flow/pipelineFile/parsePipeline.ts';
import { elementRecord, gatheredRecord, listAt, recordAfter } from '../../../src/flow/record.ts';
import { StageExpressions, withItem } from '../../../src/runs/pipeline/expressions.ts';
import { PromptWork, type StagePrompt } from '../../../src/runs/pipeline/promptStage.ts';
import { readPipelineRows } from '../../../src/runs/pipeline/pipelineRows.ts';
import { readStagePrompts } from '../../../src/runs/pipeline/stagePrompts.ts';
import { demoCatalogue } from '../../../src/services/demo/catalogue.ts';
import { DemoService } from '../../../src/services/demo/demo.ts';
import { outputPath } from '../../../src/stages/outputPath.ts';
import { DataFiles } from '../../../src/storage/dataFiles.ts';
import { DiskFiles } from '../../../src/storage/diskFiles.ts';

export const templateNames = ['articles', 'content-pages', 'flashcards', 'book', 'literature'] as const;
export type TemplateName = (typeof templateNames)[number];

export const templatesFolder = join(import.meta.dirname, '../../../media/templates/pipelines');

export interface WalkedRecord {
  readonly key: string;
  readonly record: RecordData;
}

/** What a module of a stage is given besides the record. */
export type BuiltIn = (record: RecordData) => Promise<object> | object;

interface Missing {
  readonly key: string;
  readonly stage: string;
  readonly message: string;
}

/**
 * Walks through a template one record after the other, with the demo service and its catalogue: what its files say, without the engine.
 * Built-in modules are the test's.
 */
export class TemplateWalk {
  readonly folder: string;
  readonly path: string;
  readonly pipeline: Pipeline;
  readonly missing: Missing[] = [];
  readonly #builtIns: Readonly<Record<string, BuiltIn>>;
  readonly #expressions = new StageExpressions();
  readonly #works = new Map<string, PromptWork>();

  constructor(name: TemplateName, builtIns: Readonly<Record<string, BuiltIn>> = {}) {
    this.folder = join(templatesFolder, name);
    this.path = `${name}.pipeline.yml`;
    this.#builtIns = builtIns;
    const read = parsePipeline(this.path, readFileSync(join(this.folder, this.path), 'utf8'));
    assert.ok(read.ok, JSON.stringify(read));
    assert.deepEqual(read.value.hints, []);
    this.pipeline = read.value.pipeline;
  }

  /** The prompts of all prompt stages, with their schemas and what they take in. */
  async prompts(): Promise<ReadonlyMap<string, StagePrompt>> {
    const files = new DiskFiles();
    const read = await readStagePrompts({ pipeline: this.pipeline, path: this.path, root: this.folder, files });
    assert.ok(read.ok, JSON.stringify(read));
    return read.value;
  }

  async rows(): Promise<readonly WalkedRecord[]> {
    const input = new DataFiles(this.folder, this.folder);
    const read = await readPipelineRows({ pipeline: this.pipeline, path: this.path, input });
    assert.ok(read.ok, JSON.stringify(read));
    return [...read.value.rows].map(({ key, values }) => ({ key, record: values }));
  }

  /** @param limit rows, from the first on */
  async walk(limit = Infinity): Promise<readonly WalkedRecord[]> {
    const prompts = await this.prompts();
    for (const [name, prompt] of prompts) {
      const workspace = { base: this.folder, files: new DiskFiles() };
      const services = { service: () => new DemoService('demo', 0) };
      this.#works.set(name, new PromptWork(prompt, { services, workspace, variables: {} }));
    }
    let records = (await this.rows()).slice(0, limit);
    for (const stage of this.pipeline.stages) {
      const next: WalkedRecord[] = [];
      for (const each of this.#inputs(stage, records)) {
        for (let index = 1; index <= countOf(stage, prompts.get(stage.name)); index += 1) {
          const key = countOf(stage, prompts.get(stage.name)) > 1 ? `${each.key}/${index}` : each.key;
          next.push({ key, record: await this.#pass(stage, { key, record: each.record }, index) });
        }
      }
      records = next;
    }
    return records;
  }

  async deliver(records: readonly WalkedRecord[]): Promise<readonly Delivered[]> {
    const made: Delivered[] = [];
    for (const definition of this.pipeline.deliver) {
      const delivered = await makeDelivery(
        definition,
        records.map(({ key, record }) => ({ key, data: record })),
        {
          name: this.path.replace('.pipeline.yml', ''),
          stages: this.pipeline.stages.map(({ name }) => name),
          beganAt: 0,
          missing: [],
          readFile: () => Promise.resolve({ ok: false, failure: 'There are no images.' }),
          pathOf: (template, { key, data }) => this.#path(template, withItem(data, { key, index: 1 }, false)),
        },
      );
      assert.ok(delivered.ok, JSON.stringify(delivered));
      made.push(delivered.value);
    }
    return made;
  }

  #path(template: string, record: RecordData): string | undefined {
    const path = outputPath(template, { record, expressions: this.#expressions });
    return path.ok ? path.value : undefined;
  }

  #inputs({ input, name }: StageDefinition, records: readonly WalkedRecord[]): readonly WalkedRecord[] {
    switch (input.kind) {
      case 'pass':
        return records;
      case 'expand': {
        const made = new Map<string, WalkedRecord>();
        for (const { key, record } of records) {
          const elements = listAt(record, input.list);
          assert.ok(elements, `${name} finds its list`);
          for (const at of elements.keys()) {
            const own = elementRecord(record, input.list, at);
            const named = input.key === undefined ? undefined : this.#expressions.text(input.key, own);
            const ownKey = named ?? `${key}/${at}`;
            if (!made.has(ownKey)) made.set(ownKey, { key: ownKey, record: own });
          }
        }
        return [...made.values()];
      }
      case 'gather': {
        const { size = records.length } = input;
        const groups = Array.from({ length: Math.ceil(records.length / size) }, (_, at) =>
          records.slice(at * size, (at + 1) * size),
        );
        return groups.map((members, at) => ({
          key: String(at),
          record: gatheredRecord(
            '',
            at,
            members.map(({ record }) => record),
            this.missing,
          ),
        }));
      }
    }
  }

  async #pass(stage: StageDefinition, { key, record }: WalkedRecord, index: number): Promise<RecordData> {
    const { when } = stage;
    const flowStage = { when } as Pick<FlowStage, 'when'> as FlowStage;
    if (!takesPart(flowStage, record, this.#expressions)) return record;
    const value = await this.#value(stage, { key, record }, index);
    if (value === undefined) {
      assert.equal(stage.otherwise, 'keep', `${stage.name} has nothing for ${key}`);
      return recordAfter(record, stage.name, { text: '{}', format: 'json' });
    }
    return { ...record, [stage.name]: value };
  }

  async #value(stage: StageDefinition, walked: WalkedRecord, index: number): Promise<RecordData | undefined> {
    switch (stage.kind) {
      case 'prompt':
        return this.#withFile(stage, walked, index, await this.#ask(stage.name, walked, index));
      case 'http':
        return this.#request(stage, walked);
      case 'module':
        return this.#module(stage, walked.record);
      case 'command':
        return assert.fail('No template runs programs.');
    }
  }

  async #ask(stage: string, { key, record }: WalkedRecord, index: number): Promise<RecordData> {
    const outcome = await this.#works.get(stage)!.perform({
      item: { id: `${stage}-${key}-${index}`, key, index, model: 'demo', serviceKey: '' },
      record,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    assert.equal(outcome.kind, 'completed', JSON.stringify(outcome));
    return recordAfter({}, stage, outcome.result)[stage] as RecordData;
  }

  #withFile({ output }: StageDefinition, { key, record }: WalkedRecord, index: number, value: RecordData): RecordData {
    if (output === undefined) return value;
    const file = this.#path(output, withItem(record, { key, index }, true));
    assert.ok(file !== undefined, output);
    return { ...value, file };
  }

  #request({ http, output }: HttpStage, { key, record }: WalkedRecord): RecordData | undefined {
    const text = (template: string): string => this.#expressions.fill(template, record) ?? '';
    const url = new URL(text(http.url));
    for (const [name, value] of Object.entries(http.query)) url.searchParams.set(name, text(value));
    const { status, headers, body } = demoCatalogue({ method: http.method, url: url.href });
    if (status !== 200) return undefined;
    if (output !== undefined) {
      assert.equal(headers['content-type'], http.accept);
      return {
        file: this.#path(output, withItem(record, { key, index: 1 }, false)),
        bytes: body.length,
      };
    }
    const value = JSON.parse(new TextDecoder().decode(body)) as JSONValue;
    return (search(value, http.select ?? '@') ?? undefined) as RecordData | undefined;
  }

  async #module({ module, with: options }: ModuleStage, record: RecordData): Promise<RecordData> {
    const builtIn = this.#builtIns[module];
    if (builtIn) return { ...(await builtIn(record)) };
    const file = (path: string): Promise<Uint8Array> => readFile(join(this.folder, path));
    const { default: work } = (await import(pathToFileURL(join(this.folder, module)).href)) as {
      default: (record: RecordData, tools: object) => Promise<RecordData> | RecordData;
    };
    return JSON.parse(JSON.stringify(await work(record, { with: options, file }))) as RecordData;
  }
}

function countOf(stage: StageDefinition, prompt: StagePrompt | undefined): number {
  return stage.kind === 'prompt' ? (stage.count ?? prompt?.prompt.count ?? 1) : 1;
}
