import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Bench, Target } from './bench.ts';
import type { DataJob, DataReport } from './dataProcess.ts';
import { runJob } from './processes.ts';
import { median } from './stats.ts';
import { figure } from './table.ts';

const dataProcess = fileURLToPath(new URL('dataProcess.ts', import.meta.url));
const boundMs = 120_000;

const columns = ['sku', 'name', 'type', 'price', 'stock', 'color', 'description', 'url'];

function fieldsAt(row: number): readonly string[] {
  return [
    `SKU-${row}`,
    `Product ${row}`,
    row % 7 === 0 ? 'category' : 'brand',
    String((row % 1000) / 10),
    String(row % 50),
    'red; green',
    `A "nice" thing, number ${row}, that one may like ${'x'.repeat(row % 40)}`,
    `https://shop.example/${row}`,
  ];
}

type Writer = (row: number, isLast: boolean) => string;

const quoted = (field: string): string => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
const objectAt = (row: number): string =>
  JSON.stringify(Object.fromEntries(fieldsAt(row).map((field, place) => [columns[place], field])));

/** Rows as a shop has them, 8 columns, about 145 bytes each. */
export const writers: Readonly<Record<'csv' | 'json' | 'jsonl', Writer>> = {
  csv: (row) => `${row === 0 ? `${columns.join(',')}\n` : ''}${fieldsAt(row).map(quoted).join(',')}\n`,
  json: (row, isLast) => `${row === 0 ? '[' : ''}${objectAt(row)}${isLast ? ']' : ',\n'}`,
  jsonl: (row) => `${objectAt(row)}\n`,
};

export async function writeRows(file: string, count: number, write: Writer): Promise<void> {
  function* rows(): Iterable<string> {
    for (let row = 0; row < count; row += 1) yield write(row, row === count - 1);
  }
  await finished(Readable.from(rows()).pipe(createWriteStream(file)));
}

interface Subject {
  readonly name: string;
  readonly job: DataJob;
}

/** Rows of data from files of a hundred thousand rows, and from one that memory should not hold. */
export const dataBench: Bench = {
  name: 'data',
  async run(context) {
    const [count, many] = context.quick ? [10_000, 100_000] : [100_000, 1_400_000];
    const narrow = 'type == "category" and price > 99';
    const subjects: Subject[] = [];
    for (const kind of ['csv', 'json', 'jsonl'] as const) {
      const file = join(context.scratch, `rows.${kind}`);
      await writeRows(file, count, writers[kind]);
      subjects.push({ name: `${kind}, ${count} rows`, job: { file } });
    }
    const file = join(context.scratch, 'many.csv');
    context.progress(`data: writing ${many} rows`);
    await writeRows(file, many, writers.csv);
    subjects.push({ name: `csv, ${many} rows, narrow filter`, job: { file, filter: narrow } });
    subjects.push({ name: `csv, ${many} rows, limit 10`, job: { file, limit: 10 } });

    const measurements: { readonly name: string; readonly report?: DataReport; readonly trouble?: string }[] = [];
    for (let round = 1; round <= context.rounds; round += 1) {
      for (const { name, job } of subjects) {
        context.progress(`data ${round}/${context.rounds}: ${name}`);
        const ran = await runJob(dataProcess, job, { boundMs });
        measurements.push(
          'result' in ran ? { name, report: ran.result as DataReport } : { name, trouble: `FAILED: ${ran.trouble}` },
        );
      }
    }
    const middle = (name: string, of: (report: DataReport) => number): number =>
      median(measurements.flatMap((each) => (each.name === name && each.report ? [of(each.report)] : [])));
    const megabytes = ({ rssBytes }: DataReport): number => rssBytes / 1e6;
    const rows = subjects.map(({ name }) => {
      const trouble = measurements.find((each) => each.name === name && each.trouble !== undefined)?.trouble;
      if (trouble !== undefined) return [name, trouble];
      return [
        name,
        figure(middle(name, ({ rows }) => rows)),
        figure(middle(name, ({ wallMs }) => wallMs)),
        figure(middle(name, ({ cpuMs }) => cpuMs)),
        figure(middle(name, megabytes)),
      ];
    });
    const [csv, , , filtered] = subjects;
    const targets: Target[] = [
      {
        what: 'data: CSV of 100,000 rows, ms',
        measured: middle(csv?.name ?? '', ({ wallMs }) => wallMs),
        atMost: 2000,
      },
      { what: 'data: CSV of 100,000 rows, MB', measured: middle(csv?.name ?? '', megabytes), atMost: 300 },
      { what: 'data: CSV of 200 MB, filtered, MB', measured: middle(filtered?.name ?? '', megabytes), atMost: 400 },
    ];
    return {
      tables: [
        {
          title: 'data: rows of a file, with their keys',
          columns: ['file', 'rows', 'ms', 'CPU ms', 'most MB'],
          rows,
          remarks: [
            '8 columns, about 145 bytes a row; each measurement in a process of its own, its start not counted.',
          ],
        },
      ],
      targets,
      measurements,
    };
  },
};
