/** One measurement of planning a run in a process of its own: the job is the argument, the report goes out as JSON. */
import { basename, dirname, join } from 'node:path';
import { planRun } from '../../src/runs/plan/plan.ts';
import { DiskFiles } from '../../src/storage/diskFiles.ts';

export interface PlanJob {
  /** Absolute; the prompt file is said to lie beside it. */
  readonly file: string;
  /** Whether the prompt has values of its own beside those of the rows. */
  readonly inputs?: boolean;
}

export interface PlanReport {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** The most that the process ever held. */
  readonly rssBytes: number;
  readonly items: number;
}

const promptOf = (data: string, inputs: string): string => `---
${inputs}candidates:
  count: 1
  data: { file: ${data}, key: sku }
---
Write a tagline for {{ name }}, a {{ type }} that costs {{ price }}.

{{ description }}
`;

async function measure({ file, inputs = false }: PlanJob): Promise<PlanReport> {
  const folder = dirname(file);
  const text = promptOf(basename(file), inputs ? 'inputs: { tone: warm }\n' : '');
  const startedAt = performance.now();
  const before = process.cpuUsage();
  const planned = await planRun({
    sources: [{ path: join(folder, 'tagline.prompt.md'), text }],
    root: folder,
    services: [{ name: 'demo', kind: 'demo', models: ['demo'] }],
    defaultService: 'demo',
    serviceKey: ({ name }) => name,
    files: new DiskFiles(),
  });
  const { user, system } = process.cpuUsage(before);
  if (!planned.ok) throw new Error(planned.problems[0]?.message);
  return {
    wallMs: performance.now() - startedAt,
    cpuMs: (user + system) / 1000,
    rssBytes: process.resourceUsage().maxRSS * 1024,
    items: planned.value.items.length,
  };
}

process.stdout.write(JSON.stringify(await measure(JSON.parse(process.argv[2] ?? '') as PlanJob)));
