import type { DataSettings, DataSource } from '../../model/data.ts';
import type { PipelineSource } from '../pipeline.ts';
import type { Block } from './block.ts';
import { sourceKeys, type pipelineKeys } from './keys.ts';

const noRows: PipelineSource = { order: 'oldest', watch: false };

const kinds = ['files', 'data', 'rows'] as const;

/** Where the rows come from. */
export function readSource(pipeline: Block<typeof pipelineKeys>): PipelineSource {
  const values = pipeline.read('source');
  if (!values) return noRows;
  const block = pipeline.inner('source', sourceKeys, values);
  const source = readDataSource(block);
  const order = block.read('order') ?? 'oldest';
  const watch = block.read('watch') ?? false;
  const settings = readSettings(block);
  if (!block.has('files')) {
    if (order === 'newest') block.report('order', 'is for "files": leave it out, rows keep the order of the data.');
    if (watch) block.report('watch', 'is for "files": leave it out, other data is read once.');
  }
  if (block.has('delimiter') && !block.has('data')) {
    block.report('delimiter', 'is for "data": leave it out.');
  }
  return { ...(source && { data: { source, ...settings, line: pipeline.lineOf('source') } }), order, watch };
}

function readDataSource(block: Block<typeof sourceKeys>): DataSource | undefined {
  const given = kinds.filter((kind) => block.has(kind));
  if (given.length === 0) block.complain('"source" needs one of "files", "data" and "rows".');
  if (given.length > 1) {
    const named = given.map((kind) => `"${kind}"`).join(' and ');
    block.complain(`"source" has ${named}: keep one of them.`, given[1]);
  }
  const pattern = block.read('files');
  const path = block.read('data');
  const rows = block.read('rows');
  if (path !== undefined && /[*?]/.test(path)) {
    block.report('data', 'is one file with rows: say "files" where each file that a pattern matches is a row.');
    return undefined;
  }
  if (rows?.length === 0) block.report('rows', 'is empty: give it a row.');
  if (given.length !== 1) return undefined;
  if (pattern !== undefined) return { kind: 'files', pattern };
  if (path !== undefined) return { kind: 'file', path };
  return rows && { kind: 'rows', rows };
}

function readSettings(block: Block<typeof sourceKeys>): Omit<DataSettings, 'source' | 'line'> {
  const key = block.read('key');
  const filter = block.read('filter');
  const limit = block.read('limit');
  const encoding = block.read('encoding');
  const delimiter = block.read('delimiter');
  return {
    ...(key === undefined ? {} : { key }),
    ...(filter === undefined ? {} : { filter }),
    ...(limit === undefined ? {} : { limit }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(delimiter === undefined ? {} : { delimiter }),
  };
}
