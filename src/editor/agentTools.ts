import * as vscode from 'vscode';
import type { AgentWorkTools } from './agentWork.ts';

/** Ids of the tools as package.json contributes them begin with it. */
const prefix = 'parallelCandidates_';

/** Tools for the editor's agents. Others are there for terminals: a person resumes runs here, and sees prompt files. */
const offered = ['start_generation', 'get_status', 'get_results', 'pick_candidate'] as const;
export type OfferedTool = (typeof offered)[number];

/** Offers the editor's agents what they can do with candidates, which is loaded when one of them does it. */
export function registerAgentTools(tools: AgentWorkTools): vscode.Disposable {
  let loaded: Promise<(name: OfferedTool) => vscode.LanguageModelTool<unknown>> | undefined;
  const loadWork = async () => {
    const { agentWork } = await import('./agentWork.ts');
    return agentWork(tools, await tools.plans.services());
  };
  const toolOf = async (name: OfferedTool): Promise<vscode.LanguageModelTool<unknown>> => {
    loaded ??= loadWork();
    return (await loaded)(name);
  };
  return vscode.Disposable.from(
    ...offered.map((name) =>
      vscode.lm.registerTool<unknown>(prefix + name, {
        prepareInvocation: async (options, token) => (await toolOf(name)).prepareInvocation?.(options, token),
        invoke: async (options, token) => (await toolOf(name)).invoke(options, token),
      }),
    ),
  );
}
