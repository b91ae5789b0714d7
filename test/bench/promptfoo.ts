import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchPrompt, type ContenderReport, model } from './contenders.ts';
import { lastLine, runScript } from './processes.ts';
import { promptfooScript } from './tools.ts';

interface Output {
  readonly results: {
    readonly stats: { readonly evaluationDurationMs?: number };
    readonly results: readonly {
      readonly testIdx: number;
      readonly success: boolean;
      readonly error?: string | null;
      readonly response?: { readonly output?: unknown };
    }[];
  };
}

/** Nothing but the calls themselves may leave the process. */
const quiet = Object.fromEntries(
  [
    'PROMPTFOO_DISABLE_TELEMETRY',
    'PROMPTFOO_DISABLE_UPDATE',
    'PROMPTFOO_DISABLE_REMOTE_GENERATION',
    'PROMPTFOO_DISABLE_SHARING',
    'PROMPTFOO_SELF_HOSTED',
  ].map((name) => [name, '1']),
);

/**
 * Runs promptfoo's own program; its start, some seconds, is not counted.
 *
 * @param home an empty folder
 */
export async function runPromptfoo(
  baseUrl: string,
  prompts: readonly BenchPrompt[],
  concurrency: number,
  boundMs: number,
  home: string,
): Promise<ContenderReport | { readonly trouble: string }> {
  const config = join(home, 'config.json');
  const output = join(home, 'output.json');
  await writeFile(
    config,
    JSON.stringify({
      prompts: ['{{text}}'],
      providers: [{ id: `openai:chat:${model}`, config: { apiBaseUrl: baseUrl, apiKey: 'none' } }],
      tests: prompts.map(({ user }) => ({ vars: { text: user } })),
    }),
  );
  const args = ['eval', '-c', config, '-o', output, '-j', String(concurrency)];
  const flags = ['--no-cache', '--no-table', '--no-progress-bar', '--no-write', '--no-share'];
  const { code, stderr, timedOut, wallMs } = await runScript(await promptfooScript(), [...args, ...flags], {
    boundMs,
    cwd: home,
    env: { ...quiet, HOME: home, PROMPTFOO_CONFIG_DIR: home },
  });
  if (timedOut) return { trouble: `stopped after ${Math.round(boundMs / 1000)} s` };
  let results: Output['results'];
  try {
    ({ results } = JSON.parse(await readFile(output, 'utf8')) as Output);
  } catch {
    return { trouble: `ended with exit code ${String(code)}: ${lastLine(stderr)}` };
  }
  const failures: Record<string, number> = {};
  for (const { success, error } of results.results) {
    if (success) continue;
    const reason = (error ?? 'no reason').slice(0, 60);
    failures[reason] = (failures[reason] ?? 0) + 1;
  }
  return {
    wallMs: results.stats.evaluationDurationMs ?? wallMs,
    kept: results.results.flatMap(({ testIdx, success, response }) =>
      success ? [{ prompt: testIdx, text: String(response?.output) }] : [],
    ),
    failures,
  };
}
