import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench } from './bench.ts';
import type { FlowJob, FlowReport } from './flowJobs.ts';
import { runJob } from './processes.ts';
import { median } from './stats.ts';
import { figure, type Table } from './table.ts';

const flowProcess = fileURLToPath(new URL('flowProcess.ts', import.meta.url));
const boundMs = 300_000;
const callMs = 1;
const megabyte = 1024 * 1024;

interface Measurement {
  readonly job: FlowJob;
  readonly report?: FlowReport;
  readonly trouble?: string;
}

/** Four stages through engine, flow and journal. */
export const flowBench: Bench = {
  name: 'flow',
  async run(context) {
    const records = context.quick ? 1000 : 10_000;
    const subjects = [
      { name: 'one worker a stage', workers: 1, gathers: false, queue: 100, records },
      { name: 'four workers a stage', workers: 4, gathers: false, queue: 100, records },
      { name: 'four workers a stage, the last gathers by tens', workers: 4, gathers: true, queue: 100, records },
      {
        name: 'four workers a stage, queues of 10, 1,000 records',
        workers: 4,
        gathers: false,
        queue: 10,
        records: 1000,
      },
    ];
    const measurements: Measurement[] = [];
    for (let round = 1; round <= context.rounds; round++) {
      for (const [place, { name, ...subject }] of subjects.entries()) {
        context.progress(`flow ${round}/${context.rounds}: ${name}, ${subject.records} records`);
        const folder = join(context.scratch, `flow-${round}-${place}`);
        mkdirSync(folder);
        const job: FlowJob = { folder, callMs, ...subject };
        const ran = await runJob(flowProcess, job, { boundMs, nodeOptions: ['--expose-gc'] });
        measurements.push('result' in ran ? { job, report: ran.result as FlowReport } : { job, trouble: ran.trouble });
      }
    }
    const reportsOf = (place: number): FlowReport[] =>
      measurements.flatMap(({ report }, at) => (report && at % subjects.length === place ? [report] : []));
    const middle = (place: number, of: (report: FlowReport) => number): number => median(reportsOf(place).map(of));
    const heapAt = (report: FlowReport, place: number): number => report.heap[place]?.bytes ?? Number.NaN;
    const table: Table = {
      title: `flow: 4 stages, ${records} records, ${callMs} ms each, through engine, flow and journal`,
      columns: [
        'stages',
        'seconds',
        '/ bound',
        '/ bound with commits',
        'commit ms',
        'waiting',
        'CPU µs/item',
        'heap MB at 10 %',
        '50 %',
        '99 %',
      ],
      rows: subjects.map(({ name }, place) => {
        if (reportsOf(place).length === 0) {
          return [name, measurements.find((_, at) => at % subjects.length === place)?.trouble ?? ''];
        }
        return [
          name,
          figure(middle(place, ({ wallMs }) => wallMs / 1000)),
          figure(middle(place, ({ wallMs, boundMs: bound }) => wallMs / bound)),
          figure(middle(place, ({ wallMs, durableBoundMs }) => wallMs / durableBoundMs)),
          figure(middle(place, ({ commitMs }) => commitMs)),
          figure(middle(place, ({ mostWaiting }) => mostWaiting)),
          figure(middle(place, ({ cpuMs, calls }) => (cpuMs * 1000) / calls)),
          ...[0, 1, 2].map((at) => figure(middle(place, (report) => heapAt(report, at) / megabyte))),
        ];
      }),
      remarks: [
        'bound: the calls of one stage with as many workers and nothing around them, in the same process before.',
        'with commits: a slot makes its next call when its text is on the disk, so each call is followed by one commit.',
        'waiting: items before any stage but the first, most at once.',
        'heap: live, of the main thread, when that share of the first stage had ended. CPU: of all threads.',
      ],
    };
    return {
      tables: [table],
      targets: [
        {
          what: `flow: ${records} records, one worker a stage, time / bound`,
          measured: middle(0, ({ wallMs, boundMs: bound }) => wallMs / bound),
          atMost: 1.15,
        },
        {
          what: `flow: ${records} records, one worker a stage, time / bound with commits`,
          measured: middle(0, ({ wallMs, durableBoundMs }) => wallMs / durableBoundMs),
          atMost: 1.15,
        },
        {
          what: 'flow: heap at 99 % / heap at 10 %',
          measured: middle(0, (report) => heapAt(report, 2) / heapAt(report, 0)),
          atMost: 1.1,
          anySize: true,
        },
        {
          what: 'flow: 1,000 records, queues of 10: heap at 99 % / heap at 10 %',
          measured: middle(3, (report) => heapAt(report, 2) / heapAt(report, 0)),
          atMost: 1.1,
          anySize: true,
        },
        {
          what: 'flow: 1,000 records, queues of 10: items that waited before a stage',
          measured: Math.max(...reportsOf(3).map(({ mostWaiting }) => mostWaiting)),
          atMost: 10,
          anySize: true,
        },
      ],
      measurements,
    };
  },
};
