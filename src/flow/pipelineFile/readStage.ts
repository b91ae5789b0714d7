import type { JsonObject } from '../../base/jsonObject.ts';
import { nearestName } from '../../base/nearestName.ts';
import { shown } from '../../base/valueKinds.ts';
import { defaultPriority, type Priority } from '../../model/item.ts';
import type { StageInput } from '../flow.ts';
import type { StageDefinition } from '../pipeline.ts';
import type { Block } from './block.ts';
import { gatherKeys, httpKeys, kindKeys, retryKeys, stageKeys, type pipelineKeys } from './keys.ts';
import { readCommandStage, readModuleStage, readPromptStage } from './stageKinds.ts';
import { readHttpStage } from './readHttp.ts';
import { nameProblem } from './stageNames.ts';

export type StageBlock = Block<typeof stageKeys>;

/** What all kinds of stages have. */
export type CommonSettings = Omit<Extract<StageDefinition, { readonly kind: 'module' }>, 'kind' | 'module' | 'with'>;

type StageKind = StageDefinition['kind'];

const kinds = Object.keys(kindKeys) as readonly StageKind[];

/** Wait before the second attempt, where a stage says only how many there are; ms. */
const defaultBaseMs = 1_000;

/** @returns undefined for a stage with something wrong */
export function readStage(
  pipeline: Block<typeof pipelineKeys>,
  values: JsonObject,
  index: number,
  names: Set<string>,
): StageDefinition | undefined {
  const given = typeof values.name === 'string' && nameProblem(values.name) === undefined ? values.name : undefined;
  const called = given === undefined ? `stage ${index + 1}` : `the stage "${given}"`;
  const block = pipeline.entry('stages', index, stageKeys, { values, owner: ` of ${called}` });
  block.hintUnknown({ http: httpKeys, gather: gatherKeys, retry: retryKeys });
  const name = readName(block, index, names);
  const kind = readKind(block, called);
  const common = readCommon(block, name ?? '');
  const stage = kind && readOfKind(kind, block, common);
  return name === undefined ? undefined : stage;
}

function readName(block: StageBlock, index: number, names: Set<string>): string | undefined {
  if (!block.has('name')) {
    block.complain(`Stage ${index + 1} has no name: give it one, such as "name: metadata".`);
    return undefined;
  }
  const name = block.read('name');
  if (name === undefined) return undefined;
  const problem = nameProblem(name);
  if (problem !== undefined) {
    block.complain(`The name ${shown(name)} of stage ${index + 1} ${problem}.`, 'name');
    return undefined;
  }
  if (names.has(name)) {
    block.complain(`There are two stages with the name ${shown(name)}: give each its own.`, 'name');
    return undefined;
  }
  names.add(name);
  return name;
}

function readKind(block: StageBlock, called: string): StageKind | undefined {
  const given = kinds.filter((kind) => block.has(kind));
  const [kind, second] = given;
  const subject = called.charAt(0).toUpperCase() + called.slice(1);
  if (kind === undefined) {
    const meant = Object.keys(block.values).find((key) => !Object.hasOwn(stageKeys, key) && nearestName(key, kinds));
    const instead = meant === undefined ? '' : `"${nearestName(meant, kinds) ?? ''}" in place of ${shown(meant)}, or `;
    const message = `${subject} has nothing to do: give it ${instead}one of "prompt", "command", "http" and "module".`;
    block.complain(message, meant);
    return undefined;
  }
  if (second !== undefined) {
    block.complain(`${subject} has "${kind}" and "${second}": make two stages of them.`, second);
    return undefined;
  }
  for (const other of kinds) {
    if (other === kind) continue;
    for (const key of Object.keys(kindKeys[other]) as readonly (keyof typeof stageKeys)[]) {
      if (block.has(key)) block.report(key, `is for stages with "${other}": leave it out.`);
    }
  }
  return kind;
}

function readOfKind(kind: StageKind, block: StageBlock, common: CommonSettings): StageDefinition | undefined {
  switch (kind) {
    case 'prompt':
      return readPromptStage(block, common);
    case 'command':
      return readCommandStage(block, common);
    case 'http':
      return readHttpStage(block, common);
    case 'module':
      return readModuleStage(block, common);
  }
}

function readCommon(block: StageBlock, name: string): CommonSettings {
  const input = readInput(block);
  const when = block.read('when');
  if (block.has('when') && block.has('gather')) {
    block.report('when', 'cannot stand beside "gather": put it into the stage before, or into the one after.');
  }
  const workers = block.read('workers');
  const queue = block.read('queue');
  const service = block.read('service')?.trim();
  const retry = readRetry(block);
  const timeoutMs = block.read('timeout');
  const output = block.read('output');
  const otherwise = block.read('otherwise') ?? 'fail';
  const priority = (block.read('priority') ?? defaultPriority) as Priority;
  return {
    name,
    line: block.lineOf(),
    input,
    ...(when === undefined ? {} : { when }),
    ...(workers === undefined ? {} : { workers }),
    ...(queue === undefined ? {} : { queue }),
    ...(service === undefined ? {} : { service }),
    ...(retry === undefined ? {} : { retry }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    otherwise,
    ...(output === undefined ? {} : { output }),
    priority,
  };
}

function readInput(block: StageBlock): StageInput {
  const list = block.read('each');
  const key = block.read('key');
  const values = block.read('gather');
  if (block.has('each') && block.has('gather')) {
    block.report('gather', 'cannot stand beside "each": make two stages of them.');
  } else if (block.has('key') && !block.has('each')) {
    block.report('key', 'needs "each": without it, records keep their keys.');
  }
  if (values) {
    const gather = block.inner('gather', gatherKeys, values);
    const by = gather.read('by');
    const size = gather.read('size');
    gather.read('order');
    const require = gather.read('require') ?? 'any';
    return {
      kind: 'gather',
      ...(by === undefined ? {} : { by }),
      ...(size === undefined ? {} : { size }),
      require,
    };
  }
  if (list === undefined) return { kind: 'pass' };
  return { kind: 'expand', list, ...(key === undefined ? {} : { key }) };
}

function readRetry(block: StageBlock): CommonSettings['retry'] {
  const given = block.read('retry');
  if (given === undefined) return undefined;
  if (typeof given === 'number') return { attempts: given, baseMs: defaultBaseMs };
  const retry = block.inner('retry', retryKeys, given);
  const attempts = retry.read('attempts');
  const baseMs = retry.read('base') ?? defaultBaseMs;
  return attempts === undefined ? undefined : { attempts, baseMs };
}
