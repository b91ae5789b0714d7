import { isJsonObject } from '../../base/jsonObject.ts';
import type { Problem, Result } from '../../base/problem.ts';
import { readYamlSettings, type YamlSettings } from '../../base/yamlSettings.ts';
import type { Pipeline, StageDefinition } from '../pipeline.ts';
import { Block, type ReadFile } from './block.ts';
import { Findings } from './findings.ts';
import { pipelineKeys } from './keys.ts';
import { limits } from './limits.ts';
import { readDeliveries, readTable } from './readEnds.ts';
import { readSource } from './readSource.ts';
import { readStage } from './readStage.ts';

/** A pipeline file that can be read. */
export interface PipelineFile {
  /** As problems name it. */
  readonly path: string;
  readonly pipeline: Pipeline;
  /** What is left alone although somebody may have meant something by it: told, and nothing stops for it. */
  readonly hints: readonly Problem[];
  /** What it says as it stands, with its places. */
  readonly settings: YamlSettings;
}

/** What there is to say about the text of a pipeline file. */
export interface PipelineReading {
  /** Absent when something is wrong. */
  readonly file?: PipelineFile;
  readonly problems: readonly Problem[];
  /** What is left alone although somebody may have meant something by it: nothing stops for it. */
  readonly hints: readonly Problem[];
}

/** Reads the text of a pipeline file: all that is wrong with it is told at once, with line and column. */
export function readPipelineText(path: string, text: string): PipelineReading {
  const yaml = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  const part = { name: 'The pipeline file', firstLine: 1, file: 'a pipeline file' };
  const read = readYamlSettings(yaml, part, limits);
  if (!read.ok) {
    const { line, message } = read.failure;
    return { problems: [{ file: path, line, column: 1, message: bracesMessage(yaml, line) ?? message }], hints: [] };
  }
  const settings = read.value;
  const findings = { problems: new Findings(path), hints: new Findings(path) };
  const pipeline = readPipeline({ settings, ...findings });
  const [problems, hints] = [findings.problems.all(), findings.hints.all()];
  return problems.length > 0 ? { problems, hints } : { file: { path, pipeline, hints, settings }, problems, hints };
}

/** The same for those who can only go on with a file that is right. */
export function parsePipeline(path: string, text: string): Result<PipelineFile> {
  const { file, problems } = readPipelineText(path, text);
  return file ? { ok: true, value: file } : { ok: false, problems };
}

/** YAML takes a brace at the beginning of a value, and anywhere within brackets, for a block of its own. */
function bracesMessage(yaml: string, line: number): string | undefined {
  const bare = (yaml.split('\n')[line - 1] ?? '').replace(/"[^"]*"|'[^']*'/g, '');
  const at = bare.indexOf('{{');
  if (at === -1 || !(/[:,-]\s+$/.test(bare.slice(0, at)) || /[[{]/.test(bare.slice(0, at)))) return undefined;
  return `The pipeline file is not valid YAML on line ${line}: a value with "{{" in it must stand in quotes.`;
}

function readPipeline(file: ReadFile): Pipeline {
  const block = new Block(file, file.settings.values, pipelineKeys, { path: [], prefix: '', owner: '' });
  block.hintUnknown();
  const description = block.read('description');
  const source = readSource(block);
  const stages = readStages(block);
  const table = readTable(block);
  const deliver = readDeliveries(block, table?.path);
  return {
    ...(description === undefined ? {} : { description }),
    source,
    stages,
    ...(table === undefined ? {} : { table }),
    deliver,
  };
}

function readStages(block: Block<typeof pipelineKeys>): readonly StageDefinition[] {
  if (!block.has('stages')) {
    block.complain('The pipeline file needs "stages": a list of steps, each with a name and something to do.');
    return [];
  }
  const list = block.read('stages');
  if (list === undefined) return [];
  if (list.length === 0) block.report('stages', 'is empty: give it a step with a name and something to do.');
  if (list.length > limits.stages) {
    block.report('stages', `has more than ${limits.stages} steps: divide the file.`);
    return [];
  }
  const names = new Set<string>();
  return list.flatMap((values, index) => {
    if (isJsonObject(values)) return readStage(block, values, index, names) ?? [];
    const entry = block.entry('stages', index, {}, { values: {}, owner: '' });
    entry.complain(`Stage ${index + 1} must be a block of "name: value" lines.`);
    return [];
  });
}
