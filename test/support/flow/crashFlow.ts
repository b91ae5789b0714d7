import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Flow, FlowStage, RecordData } from '../../../src/flow/flow.ts';
import type { StageText } from '../../../src/flow/record.ts';
import type { RunFlow, StageTask } from '../../../src/runs/session/runFlow.ts';
import type { ServiceSettings } from '../../../src/model/serviceSettings.ts';
import { namesOnly } from './memoryFlow.ts';

export const crashService: ServiceSettings = { name: 'stages', kind: 'demo', models: ['m'], maxConcurrent: 4 };

const common: Pick<FlowStage, 'variants' | 'priority' | 'reservation'> = {
  variants: [{ service: crashService.name, model: 'm', index: 1 }],
  priority: 5,
  reservation: 1,
};

/** Four stages: each row becomes several records, three of one parity come together again, and go one step further. */
export const crashFlow: Flow = {
  pipeline: 'crash.pipeline.yml',
  stages: [
    { name: 'split', input: { kind: 'pass' }, ...common },
    { name: 'each', input: { kind: 'expand', list: 'split.list' }, queue: 2, ...common },
    {
      name: 'together',
      input: { kind: 'gather', by: '{{ parity }}', size: 3, require: 'any' },
      workers: 2,
      ...common,
    },
    { name: 'last', input: { kind: 'pass' }, queue: 1, ...common },
  ],
};

export const crashRows: readonly RecordData[] = Array.from({ length: 10 }, (_, row) => ({
  row,
  parity: row % 2 === 0 ? 'even' : 'odd',
}));

/** What a stage comes to depends on the record alone; undefined: it fails. */
function resultOf({ stage, record, item }: StageTask): StageText | undefined {
  switch (stage.name) {
    case 'split': {
      // Nothing can follow these two, one of which would leave a file.
      if (Number(record.row) >= 8) return { format: 'json', text: JSON.stringify({ list: 'none' }) };
      const list = Array.from({ length: Number(record.row) % 4 }, (_, at) => ({ at }));
      return { format: 'json', text: JSON.stringify({ list }) };
    }
    case 'each':
      if (record.row === 5 && record.at === 0) return undefined;
      return { format: 'json', text: JSON.stringify({ made: `${String(record.row)}.${String(record.at)}` }) };
    case 'together':
      return { format: 'json', text: JSON.stringify({ count: (record.records as readonly unknown[]).length }) };
    default:
      return { format: 'text', text: `the end of ${item.key}` };
  }
}

/** Work that notes each of its calls in a file before it does anything else. */
export function crashWork(folder: string, latencyMs: number): RunFlow['work'] {
  return async (task) => {
    note(folder, task.item.id);
    await delay(latencyMs);
    const result = resultOf(task);
    return result === undefined
      ? { kind: 'failed', failure: { reason: 'bad-request', message: 'This one fails.' } }
      : { kind: 'completed', result: { ...result, model: 'm' }, usage: { input: 1, output: 1 } };
  };
}

export const crashStages = (folder: string, latencyMs: number): Pick<RunFlow, 'work' | 'expressions' | 'identity'> => ({
  work: crashWork(folder, latencyMs),
  expressions: namesOnly,
  identity: ({ name }) => name,
});

/** Every item that was called, call by call. */
export function calls(folder: string): readonly string[] {
  const path = callsPath(folder);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
}

function callsPath(folder: string): string {
  return join(folder, 'calls.log');
}

/** On the disk before the call goes on: whoever is killed afterwards has made it. */
function note(folder: string, item: string): void {
  const file = openSync(callsPath(folder), 'a');
  try {
    writeSync(file, `${item}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
