import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { PipelineReport } from '../../../src/terminal/pipelineReport.ts';
import type { Workbench } from '../../support/terminalHarness.ts';

/** What a pipeline of the terminal program came to. */
export interface PipelineResult {
  readonly code: number | null;
  readonly report: PipelineReport;
  readonly stderr: string;
  /** `state` of each record, by its key, as the table says at the end. */
  readonly states: Readonly<Record<string, string>>;
}

/** A pipeline whose records have a `key` each; some of them are hostile. */
export interface HostilePipeline {
  /** YAML: the entries of `stages`, with two blanks before each. */
  readonly stages: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** YAML of the file's other keys. */
  readonly more?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const name = 'hostile.pipeline.yml';

/** Runs a pipeline in the folder of a workbench; its table has the state of every record. */
export async function runHostile(
  bench: Workbench,
  { stages, rows, more = '', env = {} }: HostilePipeline,
  ...args: readonly string[]
): Promise<PipelineResult> {
  writeFileSync(bench.seen('rows.json'), JSON.stringify(rows));
  const table = 'table: { file: states.csv, columns: [key, state] }';
  writeFileSync(bench.seen(name), `source: { data: rows.json, key: key }\nstages:\n${stages}\n${table}\n${more}`);
  const command = ['run', name, '--json', '--base-url', bench.server.baseUrl, '--attempts', '1', ...args];
  const { code, stdout, stderr } = await bench.start(command, env).result;
  assert.notEqual(stdout, '', stderr);
  const lines = readFileSync(bench.seen('states.csv'), 'utf8').trim().split('\r\n').slice(1);
  const states = Object.fromEntries(lines.map((line) => line.split(',') as [string, string]));
  return { code, report: JSON.parse(stdout) as PipelineReport, stderr, states };
}

/** The sentences of what has failed, by record: each is one, and says something that a person can read. */
export function sentencesOf({ report, stderr }: PipelineResult): Readonly<Record<string, string>> {
  for (const { message, record } of report.errors) {
    assert.match(message, /^[^\n]{10,700}[.!]$/, record);
  }
  // eslint-disable-next-line no-control-regex -- what a terminal would obey
  assert.doesNotMatch(stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  return Object.fromEntries(report.errors.map(({ record, reason, message }) => [record, `${reason}: ${message}`]));
}

/** The records that are named have failed, with a sentence each, and every other one is through. */
export function onlyTheseFailed(result: PipelineResult, keys: readonly string[]): Readonly<Record<string, string>> {
  const failed = Object.entries(result.states).filter(([, state]) => state !== 'written');
  assert.deepEqual(
    failed.map(([key, state]) => [key, state]).sort(),
    keys.map((key) => [key, 'failed']).sort(),
    JSON.stringify(result.report.errors),
  );
  assert.deepEqual([result.code, result.report.failed], [keys.length > 0 ? 1 : 0, keys.length], result.stderr);
  const sentences = sentencesOf(result);
  assert.deepEqual(Object.keys(sentences).sort(), [...keys].sort());
  return sentences;
}
