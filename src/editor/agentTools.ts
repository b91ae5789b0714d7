import * as vscode from 'vscode';
import type { AgentCalls, AgentDependencies } from './agentCalls.ts';

/** Ids of the tools as package.json contributes them begin with it. */
const prefix = 'parallelCandidates_';

/** Others are there for terminals: a person resumes runs here, and sees prompt files. */
const offeredTools = ['start_generation', 'get_status', 'get_results', 'pick_candidate'] as const;

export type OfferedTool = (typeof offeredTools)[number];

/** Offers the editor's agents what they can do with candidates; what spends or writes something, a person confirms. */
export function registerAgentTools(dependencies: AgentDependencies): vscode.Disposable {
  let made: Promise<AgentCalls> | undefined;
  const calls = (): Promise<AgentCalls> =>
    (made ??= import('./agentCalls.ts').then(({ AgentCalls }) => new AgentCalls(dependencies)));
  return vscode.Disposable.from(
    ...offeredTools.map((name) =>
      vscode.lm.registerTool(prefix + name, {
        prepareInvocation: async ({ input }) => {
          const asked = vscode.workspace.isTrusted ? await (await calls()).confirmation(name, input) : undefined;
          return asked ? { confirmationMessages: asked } : {};
        },
        invoke: async ({ input }, token) => {
          if (!vscode.workspace.isTrusted) {
            throw new Error(
              vscode.l10n.t(
                'This workspace is not trusted, so nothing of it is used: trust it to generate candidates.',
              ),
            );
          }
          return (await calls()).invoke(name, input, token);
        },
      }),
    ),
  );
}
