import { stat } from 'node:fs/promises';
import { describeErrorWithStack, describeError } from '../../base/redact.ts';
import { visibleJson } from '../../base/visible.ts';
import type { AgentHost } from '../../runs/agents/agentHost.ts';
import { FollowedRuns } from '../../runs/agents/followedRuns.ts';
import { agentTools, type AgentTool } from '../../runs/agents/tools.ts';
import { TokenCounter } from '../../services/tokenCounter.ts';
import { lastRealPath } from '../../storage/journalFolders.ts';
import { generateOptions } from './generate.ts';
import { TerminalAgentFolder, tokenWorker, type AgentOptions } from '../terminalAgentFolder.ts';
import { defineCommand } from '../command.ts';
import { limitOptions } from '../limitOptions.ts';
import type { ServedTool } from '../mcp/served.ts';
import { text, under } from '../options.ts';
import { useProxyOf } from '../proxy.ts';
import { exitWritten, printJson } from '../report.ts';
import { say, withSession, type TerminalSession } from '../session.ts';
import { trustOption } from '../terminalSettings.ts';
import { UsageError } from '../usage.ts';

const { json: _json, budget, dailyBudget, ...limits } = limitOptions;

const mcpOptions = {
  ...under('Where:', {
    folder: text('--folder <folder>', 'the folder that agents work in (default: the one you are in)'),
  }),
  service: generateOptions.service,
  cache: generateOptions.cache,
  ...trustOption,
  ...limits,
  ...under('How much:', {
    budget: { ...budget, description: 'what each run may spend at most, whatever cap an agent asks for' },
    dailyBudget,
  }),
};

/** Clients that close the connection end the program soon after they have asked it to stop, ms. */
const graceMs = 1_500;

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const instructions =
  'Generates many candidates of a prompt file at once, so that the best can be picked. ' +
  'Start with start_generation, which needs a cap; then get_status until the run has ended; then get_results and pick_candidate. ' +
  'A run outlives the connection: get_status without a run lists those that there are, and resume_generation goes on with one that was cut off.';

export const mcp = defineCommand({
  name: 'mcp',
  summary: 'serve agents over standard input and output (Model Context Protocol)',
  options: mcpOptions,
  wrongArguments: ([first]) => `"mcp" takes no "${first}".`,
  run: async (_args, options) => {
    const unused = useProxyOf(process.env);
    if (unused !== undefined) say(unused);
    const root = await lastRealPath(options.folder ?? '.');
    const found = await stat(root).catch(() => undefined);
    if (found?.isDirectory() !== true) throw new UsageError(`There is no folder ${options.folder ?? root}.`);
    const nameOf: AgentOptions['nameOf'] = (option) => (option === 'json' ? '--json' : options.nameOf(option));
    return withSession((session) => serve(session, root, { ...options, json: false, nameOf }));
  },
});

/**
 * Serves one client. When it goes, what it has begun goes on to its end within its cap; when the program is asked to stop,
 * what is in flight may finish for a moment, and the rest waits in the journal for whoever resumes it.
 */
async function serve(session: TerminalSession, root: string, options: AgentOptions): Promise<number> {
  session.progress.usePlainLines();
  const counter = new TokenCounter(tokenWorker);
  const folder = new TerminalAgentFolder(root, { session, options, counter });
  const host: AgentHost = {
    runs: session.runs,
    services: session.services,
    followed: new FollowedRuns(),
    folders: [folder],
    ...(options.budget === undefined ? {} : { mostSpent: options.budget }),
  };
  const { serveTools } = await import('../mcp/mcpServer.ts');
  const serving = serveTools({
    name: 'parallel-candidates',
    version: process.env.PARALLEL_CANDIDATES_VERSION ?? 'unknown',
    instructions,
    tools: agentTools.map((tool) => servedTool(tool, host)),
    print: printJson,
    onError: (error) => say(describeError(error)),
  });
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) session.runs.abort();
    else void session.runs.stop(graceMs);
    isStopping = true;
    void serving.close();
  };
  for (const signal of stopSignals) process.on(signal, stop);
  try {
    await serving.ended;
    await host.followed.untilAllEnded();
    return exitWritten;
  } finally {
    for (const signal of stopSignals) process.off(signal, stop);
    await counter.dispose();
  }
}

function servedTool(tool: AgentTool, host: AgentHost): ServedTool {
  const { name, title, description, isReadOnly } = tool;
  return {
    ...{ name, title, description, isReadOnly },
    inputSchema: { ...tool.inputSchema },
    call: async (given, signal) => {
      try {
        const outcome = await tool.call(host, given, signal);
        if (outcome.ok) return { text: visibleJson(JSON.stringify(outcome.value)), isError: false };
        return { text: outcome.failure, isError: true };
      } catch (error) {
        say(describeErrorWithStack(error));
        return { text: `This did not work, which is a fault of the program: ${describeError(error)}`, isError: true };
      }
    },
  };
}
