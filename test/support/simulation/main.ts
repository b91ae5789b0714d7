import { scenarios } from './scenarios.ts';
import { simulate } from './simulate.ts';

const names = process.argv.slice(2);
const unknown = names.filter((name) => !scenarios.some((scenario) => scenario.name === name));
if (unknown.length > 0) {
  console.error(`No such scenario: ${unknown.join(', ')}. There are: ${scenarios.map(({ name }) => name).join(', ')}.`);
  process.exit(1);
}
const width = Math.max(...scenarios.map(({ name }) => name.length));
const seconds = (ms: number): string => (ms / 1000).toFixed(1).padStart(8);
console.log(
  `${'scenario'.padEnd(width)} makespan    bound  service   eff.  calls   429  fail wasted%  lost twice inv. ord. peak /s  /min`,
);
for (const scenario of scenarios) {
  if (names.length > 0 && !names.includes(scenario.name)) continue;
  const report = await simulate(scenario);
  console.log(
    [
      report.scenario.padEnd(width),
      seconds(report.makespan),
      seconds(report.bound.makespanMs),
      seconds(report.serviceBound.makespanMs),
      report.efficiency.toFixed(3).padStart(6),
      String(report.calls).padStart(6),
      String(report.rejected429).padStart(5),
      String(report.failed).padStart(5),
      (100 * report.wasted).toFixed(1).padStart(7),
      String(report.lost).padStart(5),
      String(report.writtenTwice).padStart(5),
      String(report.priorityInversions).padStart(4),
      String(report.orderViolations).padStart(4),
      String(report.peak).padStart(4),
      String(report.mostInSecond).padStart(3),
      String(report.mostInMinute).padStart(5),
    ].join(' '),
  );
}
