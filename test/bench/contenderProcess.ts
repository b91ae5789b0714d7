/** One contender in a process of its own: the job is the argument, the report goes to standard output as JSON. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import OpenAI from 'openai';
import pLimit from 'p-limit';
import { type ContenderJob, type ContenderReport, type Kept, messagesOf, model, promptsOf } from './contenders.ts';
import { threadCpuMs } from './eventLoop.ts';
import { loadPQueue } from './tools.ts';

const {
  contender,
  baseUrl,
  count,
  system: preamble,
  parameters,
  folder,
} = JSON.parse(process.argv[2] ?? '') as ContenderJob;
const prompts = promptsOf(count, preamble);
const kept: Kept[] = [];
const failures: Record<string, number> = {};
const failed = (reason: string): void => void (failures[reason] = (failures[reason] ?? 0) + 1);

/** What somebody writes who calls the SDK from a script: one streamed text, a file when the stream ends. */
async function generate(client: OpenAI, prompt: number): Promise<void> {
  const asked = prompts[prompt];
  if (!asked) throw new Error(`There is no prompt ${prompt}.`);
  try {
    const stream = await client.chat.completions.create({
      model,
      messages: messagesOf(asked),
      ...parameters,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    const file = join(folder, `${prompt}.md`);
    await writeFile(file, text);
    kept.push({ prompt, file });
  } catch (error) {
    failed(error instanceof OpenAI.APIError ? String(error.status ?? 'connection') : 'unreadable');
  }
}

function createClient(maxRetries: number | undefined): OpenAI {
  return new OpenAI({ apiKey: 'none', baseURL: baseUrl, ...(maxRetries === undefined ? {} : { maxRetries }) });
}

async function prepare(): Promise<() => Promise<unknown>> {
  switch (contender.kind) {
    case 'ours': {
      const { OurRuns, promptSources } = await import('./ourRuns.ts');
      const ours = await OurRuns.open(folder, baseUrl, contender);
      const plan = await ours.plan(
        promptSources(folder, prompts, { each: 1, output: 'candidates/${promptName}.md', parameters }),
      );
      return async () => {
        await (
          await ours.start(plan)
        ).finished;
        for (const { state, position, file, failure } of ours.items) {
          if (file !== undefined && state === 'written') kept.push({ prompt: position, file });
          else failed(failure?.reason ?? state);
        }
      };
    }
    case 'engine': {
      const { generateAll } = await import('./ours.ts');
      const keep = (prompt: number, text: string): void => void kept.push({ prompt, text });
      return () => generateAll(baseUrl, model, prompts.map(messagesOf), contender, keep, failed);
    }
    case 'p-limit': {
      const client = createClient(contender.maxRetries);
      const limit = pLimit(contender.concurrency);
      return () => Promise.all(prompts.map((_, prompt) => limit(() => generate(client, prompt))));
    }
    case 'p-queue': {
      const client = createClient(undefined);
      const PQueue = await loadPQueue();
      const { concurrency, intervalCap, interval } = contender;
      const queue = new PQueue({
        concurrency,
        ...(intervalCap === undefined ? {} : { intervalCap }),
        ...(interval === undefined ? {} : { interval }),
      });
      return () => Promise.all(prompts.map((_, prompt) => queue.add(() => generate(client, prompt))));
    }
  }
}

const run = await prepare();
const resolutionMs = 10;
const delay = monitorEventLoopDelay({ resolution: resolutionMs });
delay.enable();
const cpuBefore = process.cpuUsage();
const mainBefore = threadCpuMs();
const startedAt = performance.now();
await run();
const wallMs = performance.now() - startedAt;
const { user, system } = process.cpuUsage(cpuBefore);
const mainCpuMs = threadCpuMs() - mainBefore;
delay.disable();
const report: ContenderReport = {
  wallMs,
  kept,
  failures,
  cpuMs: (user + system) / 1000,
  mainCpuMs,
  delayP99Ms: Math.max(0, delay.percentile(99) / 1e6 - resolutionMs),
  peakBytes: process.resourceUsage().maxRSS * 1024,
};
process.stdout.write(JSON.stringify(report), () => process.exit());
