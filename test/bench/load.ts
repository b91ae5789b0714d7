import type { Bench } from './bench.ts';
import { hasFailed, type Measurement, measureAll, tableOf, targetsOf } from './calls.ts';
import { journalRemark, nothingLost, type Scenario } from './scenarios.ts';
import { median } from './stats.ts';

const slots = 50;

/** Many items at once against one at a time, at the same latency. */
export const loadBench: Bench = {
  name: 'load',
  async run(context) {
    const latencyMs = context.quick ? 100 : 200;
    const count = context.quick ? 500 : 1000;
    const alone = context.quick ? 10 : 20;
    const server = { latency: { kind: 'fixed', ms: latencyMs } } as const;
    const common = { name: 'load', server };
    const parallel: Scenario = {
      ...common,
      title: `${count} items, ${latencyMs} ms each, ${slots} at once`,
      count,
      idealMs: (count / slots) * latencyMs,
      contenders: [
        { kind: 'ours', name: 'ours', concurrency: slots },
        { kind: 'engine', name: 'ours, engine alone', concurrency: slots },
        { kind: 'p-limit', name: 'p-limit + openai', concurrency: slots },
      ],
      targets: nothingLost('ours'),
      remarks: [journalRemark],
    };
    const sequential: Scenario = {
      ...common,
      title: `${alone} items, ${latencyMs} ms each, one at a time`,
      count: alone,
      idealMs: alone * latencyMs,
      contenders: [{ kind: 'ours', name: 'ours, sequential', concurrency: slots, oneAtATime: true }],
      targets: nothingLost('ours, sequential'),
      remarks: [],
    };
    const many = await measureAll(parallel, context);
    const few = await measureAll(sequential, context);
    const perSecond = (
      measurements: readonly Measurement[],
      { contenders: [contender], count: items }: Scenario,
    ): number => {
      const name = contender?.name ?? '';
      const walls = measurements.flatMap((each) => (each.contender === name ? (each.wallMs ?? []) : []));
      return hasFailed(measurements, name) ? Number.NaN : (items * 1000) / median(walls);
    };
    return {
      tables: [tableOf(parallel, many), tableOf(sequential, few)],
      targets: [
        {
          what: `load: ${slots} at once / one at a time, throughput`,
          measured: perSecond(many, parallel) / perSecond(few, sequential),
          atLeast: 45,
        },
        ...targetsOf(parallel, many),
        ...targetsOf(sequential, few),
      ],
      measurements: [...many, ...few],
    };
  },
};
