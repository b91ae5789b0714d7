/**
 * Loaded (`--import`) into a program that is measured: at each SIGUSR2 it notes what the heap holds after a collection,
 * which needs --expose-gc, and when the program ends it leaves its notes in the file that `probeVariable` names.
 */
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { threadCpuMs } from './eventLoop.ts';
import { probeVariable, type ProbeReport } from './probeReport.ts';

const file = process.env[probeVariable];
if (isMainThread && file !== undefined) {
  const heapBytes: number[] = [];
  process.on('SIGUSR2', () => {
    globalThis.gc?.();
    heapBytes.push(process.memoryUsage().heapUsed);
  });
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    const report: ProbeReport = {
      heapBytes,
      peakBytes: maxRSS * 1024,
      cpuMs: (userCPUTime + systemCPUTime) / 1000,
      mainCpuMs: threadCpuMs(),
    };
    writeFileSync(file, JSON.stringify(report));
  });
}
