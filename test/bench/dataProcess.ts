/** One measurement of reading data in a process of its own: the job is the argument, the report goes out as JSON. */
import { dirname, basename } from 'node:path';
import { readRows } from '../../src/data/readRows.ts';
import { rowExpressions } from '../../src/prompts/rowExpressions.ts';
import { readRowFrontMatter } from '../../src/prompts/rowFrontMatter.ts';
import { DataFiles } from '../../src/storage/dataFiles.ts';

export interface DataJob {
  /** Absolute. */
  readonly file: string;
  readonly filter?: string;
  readonly limit?: number;
}

export interface DataReport {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** The most that the process ever held. */
  readonly rssBytes: number;
  readonly rows: number;
  readonly total: number;
}

async function measure({ file, filter, limit }: DataJob): Promise<DataReport> {
  const folder = dirname(file);
  const startedAt = performance.now();
  const before = process.cpuUsage();
  const read = await readRows(
    {
      source: { kind: 'file', path: basename(file) },
      line: 1,
      ...(filter !== undefined && { filter }),
      ...(limit !== undefined && { limit }),
    },
    {
      promptPath: 'bench.prompt.md',
      input: new DataFiles(folder, folder),
      expressions: rowExpressions,
      readFrontMatter: readRowFrontMatter,
    },
  );
  const { user, system } = process.cpuUsage(before);
  if (!read.ok) throw new Error(read.problems[0]?.message);
  return {
    wallMs: performance.now() - startedAt,
    cpuMs: (user + system) / 1000,
    rssBytes: process.resourceUsage().maxRSS * 1024,
    rows: read.value.rows.length,
    total: read.value.total,
  };
}

process.stdout.write(JSON.stringify(await measure(JSON.parse(process.argv[2] ?? '') as DataJob)));
