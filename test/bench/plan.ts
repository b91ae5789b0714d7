import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, Target } from './bench.ts';
import { writeRows, writers } from './data.ts';
import type { PlanJob, PlanReport } from './planProcess.ts';
import { runJob } from './processes.ts';
import { median } from './stats.ts';
import { figure } from './table.ts';

const planProcess = fileURLToPath(new URL('planProcess.ts', import.meta.url));
const boundMs = 120_000;

interface Subject {
  readonly name: string;
  readonly job: PlanJob;
}

/** What a run would do with a hundred thousand rows: all of them read, rendered, named and numbered. */
export const planBench: Bench = {
  name: 'plan',
  async run(context) {
    const count = context.quick ? 10_000 : 100_000;
    const [file, few] = [join(context.scratch, 'planned.csv'), join(context.scratch, 'few.csv')];
    await writeRows(file, count, writers.csv);
    await writeRows(few, 10, writers.csv);
    const [nothing, plain, withInputs]: readonly [Subject, Subject, Subject] = [
      { name: 'csv, 10 rows', job: { file: few } },
      { name: `csv, ${count} rows`, job: { file } },
      { name: `csv, ${count} rows, with inputs`, job: { file, inputs: true } },
    ];
    const subjects = [nothing, plain, withInputs];
    const measurements: { readonly name: string; readonly report?: PlanReport; readonly trouble?: string }[] = [];
    for (let round = 1; round <= context.rounds; round += 1) {
      for (const { name, job } of subjects) {
        context.progress(`plan ${round}/${context.rounds}: ${name}`);
        const ran = await runJob(planProcess, job, { boundMs });
        measurements.push(
          'result' in ran ? { name, report: ran.result as PlanReport } : { name, trouble: `FAILED: ${ran.trouble}` },
        );
      }
    }
    const all = ({ name }: Subject, of: (report: PlanReport) => number): readonly number[] =>
      measurements.flatMap((each) => (each.name === name && each.report ? [of(each.report)] : []));
    const middle = (subject: Subject, of: (report: PlanReport) => number): number => median([...all(subject, of)]);
    const least = (subject: Subject, of: (report: PlanReport) => number): number => Math.min(...all(subject, of));
    const megabytes = ({ rssBytes }: PlanReport): number => rssBytes / 1e6;
    const rows = subjects.map((subject) => {
      const trouble = measurements.find((each) => each.name === subject.name && each.trouble !== undefined)?.trouble;
      if (trouble !== undefined) return [subject.name, trouble];
      return [
        subject.name,
        figure(middle(subject, ({ items }) => items)),
        figure(middle(subject, ({ wallMs }) => wallMs)),
        figure(least(subject, ({ wallMs }) => wallMs)),
        figure(middle(subject, ({ cpuMs }) => cpuMs)),
        figure(middle(subject, megabytes)),
      ];
    });
    const targets: Target[] = [
      { what: 'plan: CSV of 100,000 rows, ms', measured: middle(plain, ({ wallMs }) => wallMs), atMost: 2000 },
      { what: 'plan: CSV of 100,000 rows, MB', measured: middle(plain, megabytes), atMost: 300 },
    ];
    return {
      tables: [
        {
          title: 'plan: a prompt file with rows of data, one candidate each',
          columns: ['file', 'items', 'ms', 'least ms', 'CPU ms', 'most MB'],
          rows,
          remarks: [
            'Each measurement in a process of its own, its start not counted; its memory is, with what the sources take to load.',
          ],
        },
      ],
      targets,
      measurements,
    };
  },
};
