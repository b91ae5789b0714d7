import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PipelineReport } from '../../src/terminal/pipelineReport.ts';
import { DemoServer } from '../support/templates/demoServer.ts';
import { PipelinePlace } from '../support/templates/pipelinePlace.ts';
import { templatesFolder } from '../support/templates/templateWalk.ts';
import type { Bench, BenchContext, Target } from './bench.ts';
import { median } from './stats.ts';
import { figure, type Table } from './table.ts';

/** The terminal program with a template, on a server of this computer that takes its time. */
interface PipelineCase {
  readonly name: string;
  readonly template: string;
  /** Of each answer, ms. */
  readonly latencyMs: number;
  readonly slots: number;
  /** Rows or files, at once and one at a time: few are enough to tell how long each takes alone. */
  readonly rows: readonly [parallel: number, sequential: number];
  /** Pictures and papers that there are more of than in the template. */
  readonly prepare?: (folder: string, rows: number) => void;
  /** How many times as fast it must be. */
  readonly atLeast: number;
}

interface Measured {
  readonly case: string;
  readonly isSequential: boolean;
  readonly rows: number;
  readonly calls: number;
  /** Of the run, by its own account. */
  readonly runMs: number;
  readonly failed: number;
  readonly records: number;
  readonly mostConcurrent: number;
}

/** As many PDFs as are wanted, in turn those of the template. */
function papers(folder: string, rows: number): void {
  const pdfs = join(folder, 'pdfs');
  const own = readdirSync(pdfs).sort();
  for (let number = own.length; number < rows; number++) {
    copyFileSync(join(pdfs, own[number % own.length] ?? ''), join(pdfs, `more-${String(number).padStart(3, '0')}.pdf`));
  }
}

/** As many words as are wanted. */
function words(folder: string, rows: number): void {
  const lines = Array.from({ length: rows }, (_, number) => `word${number},English\n`);
  writeFileSync(join(folder, 'words.csv'), `word,language\n${lines.join('')}`);
}

function casesOf(quick: boolean): readonly PipelineCase[] {
  const literature = { template: 'literature', slots: 10, prepare: papers, atLeast: 3 };
  return [
    { ...literature, name: 'literature, 10 PDFs', latencyMs: quick ? 100 : 300, rows: [10, 10] },
    { ...literature, name: 'literature, 60 PDFs', latencyMs: quick ? 50 : 300, rows: [60, quick ? 10 : 20] },
    {
      name: 'flashcards, 50 at once',
      template: 'flashcards',
      latencyMs: quick ? 300 : 1000,
      slots: 50,
      // Many, because the beginning and the end of a run have fewer calls in flight.
      rows: [quick ? 50 : 600, quick ? 5 : 10],
      prepare: words,
      atLeast: 45,
    },
    {
      name: 'articles, 5 drafts',
      template: 'articles',
      latencyMs: quick ? 300 : 1000,
      slots: 5,
      rows: [1, 1],
      atLeast: 3,
    },
  ];
}

async function run(each: PipelineCase, isSequential: boolean): Promise<Measured> {
  const rows = each.rows[isSequential ? 1 : 0];
  const server = await DemoServer.start(each.latencyMs);
  const place = new PipelinePlace(join(templatesFolder, each.template), each.template, server);
  try {
    each.prepare?.(join(place.folder, each.template), rows);
    const how = isSequential ? ['--sequential'] : [];
    const running = place.run(each.slots, [...how, '--limit', String(rows)]);
    const { code, stdout, stderr } = await running.result;
    if (stdout === '') throw new Error(`${each.name} ended with ${String(code)}: ${stderr.trim().split('\n').at(-1)}`);
    const { durationMs, failed, records } = JSON.parse(stdout) as PipelineReport;
    const calls = server.calls + server.requests;
    const { mostConcurrent } = server;
    return { case: each.name, isSequential, rows, calls, runMs: durationMs, failed, records, mostConcurrent };
  } finally {
    place.dispose();
    await server.close();
  }
}

/** The templates at once against one after the other, with the same program in the same round. */
export const pipelinesBench: Bench = {
  name: 'pipelines',
  async run(context: BenchContext) {
    const cases = casesOf(context.quick);
    const measurements: Measured[] = [];
    for (let round = 1; round <= context.rounds; round++) {
      for (const each of cases) {
        for (const isSequential of [false, true]) {
          const how = isSequential ? 'one at a time' : 'at once';
          context.progress(`pipelines ${round}/${context.rounds}: ${each.name}, ${how}`);
          measurements.push(await run(each, isSequential));
        }
      }
    }
    const of = (each: PipelineCase, isSequential: boolean): readonly Measured[] =>
      measurements.filter((measured) => measured.case === each.name && measured.isSequential === isSequential);
    const middle = (found: readonly Measured[], value: (measured: Measured) => number): number =>
      median(found.map(value));
    const perCall = (found: readonly Measured[]): number => middle(found, ({ runMs, calls }) => runMs / calls);
    const table: Table = {
      title: 'pipelines: the templates at once and one at a time, on a server of this computer',
      columns: [
        'template',
        'ms each',
        'slots',
        'calls',
        'seconds',
        'alone: calls',
        'seconds',
        'times as fast',
        'failed',
      ],
      rows: cases.map((each) => {
        const [many, alone] = [of(each, false), of(each, true)];
        return [
          each.name,
          figure(each.latencyMs),
          figure(each.slots),
          figure(middle(many, ({ calls }) => calls)),
          figure(middle(many, ({ runMs }) => runMs / 1000)),
          figure(middle(alone, ({ calls }) => calls)),
          figure(middle(alone, ({ runMs }) => runMs / 1000)),
          figure(perCall(alone) / perCall(many)),
          `${figure(middle(many, ({ failed }) => failed))} / ${figure(middle(alone, ({ failed }) => failed))}`,
        ];
      }),
      remarks: [
        'times as fast: by the time that a call takes in the run, so that few rows tell how long many take alone.',
        'seconds: of the run by its own account; calls: of the service and of the catalogue.',
        'An answer begins after a fifth of its time. The first with parameters that the service has not seen leads the others until then.',
      ],
    };
    const targets = cases.flatMap((each): Target[] => {
      const [many, alone] = [of(each, false), of(each, true)];
      return [
        {
          what: `pipelines: ${each.name}, times as fast`,
          measured: perCall(alone) / perCall(many),
          atLeast: each.atLeast,
        },
        {
          what: `pipelines: ${each.name}, errors beyond those one at a time`,
          measured: middle(many, ({ failed }) => failed) - middle(alone, ({ failed }) => failed),
          atMost: 0,
          anySize: true,
        },
      ];
    });
    return { tables: [table], targets, measurements };
  },
};
