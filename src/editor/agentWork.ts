import * as vscode from 'vscode';
import { visibleJson } from '../base/visible.ts';
import { allowedBudget, type AgentHost } from '../runs/agents/agentHost.ts';
import { FollowedRuns } from '../runs/agents/followedRuns.ts';
import { plannedPick } from '../runs/agents/pickForAgent.ts';
import { forecast } from '../runs/agents/startGeneration.ts';
import { readInput } from '../runs/agents/toolFields.ts';
import { agentTools, generationInput, pickInput, type AgentTool } from '../runs/agents/tools.ts';
import type { Runs } from '../runs/runs.ts';
import type { ServiceDirectory } from '../runs/serviceDirectory.ts';
import { describeEstimate } from '../wording/estimates.ts';
import { numbers } from '../wording/numbers.ts';
import type { OfferedTool } from './agentTools.ts';
import { EditorAgentFolder, type AgentFolderTools } from './editorAgentFolder.ts';
import type { Endings } from './notifications/endings.ts';
import { inert } from './notifications/inert.ts';

export interface AgentWorkTools extends AgentFolderTools {
  readonly runs: Runs;
  readonly endings: Endings;
}

type Confirmation = NonNullable<vscode.PreparedToolInvocation['confirmationMessages']>;

/** What a person is asked before a tool does its work. */
const confirmations = {
  start_generation: confirmGeneration,
  get_status: undefined,
  get_results: undefined,
  pick_candidate: confirmPick,
} as const satisfies Readonly<
  Record<OfferedTool, ((host: AgentHost, input: unknown) => Promise<Confirmation | undefined>) | undefined>
>;

/** What the editor's agents can do with candidates; what spends or writes something, a person confirms. */
export function agentWork(
  dependencies: AgentWorkTools,
  services: ServiceDirectory,
): (name: OfferedTool) => vscode.LanguageModelTool<unknown> {
  const { runs, endings } = dependencies;
  const host: AgentHost = {
    runs,
    services,
    followed: new FollowedRuns((summary) => void endings.tell(summary)),
    get folders() {
      return (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => new EditorAgentFolder(uri, dependencies));
    },
  };
  return (name) => {
    const tool = agentTools.find((each) => each.name === name);
    if (!tool) throw new Error(`There is no tool ${name}.`);
    return {
      prepareInvocation: async ({ input }) => {
        const asked = vscode.workspace.isTrusted ? await confirmations[name]?.(host, input) : undefined;
        return asked ? { confirmationMessages: asked } : {};
      },
      invoke: ({ input }, token) => invoke(tool, host, input, token),
    };
  };
}

async function invoke(
  tool: AgentTool,
  host: AgentHost,
  input: unknown,
  token: vscode.CancellationToken,
): Promise<vscode.LanguageModelToolResult> {
  if (!vscode.workspace.isTrusted) {
    throw new Error(
      vscode.l10n.t('This workspace is not trusted, so nothing of it is used: trust it to generate candidates.'),
    );
  }
  const called = new AbortController();
  const subscription = token.onCancellationRequested(() => called.abort());
  if (token.isCancellationRequested) called.abort();
  try {
    const outcome = await tool.call(host, input, called.signal);
    if (!outcome.ok) throw new Error(outcome.failure);
    return new vscode.LanguageModelToolResult([
      new vscode.LanguageModelTextPart(visibleJson(JSON.stringify(outcome.value))),
    ]);
  } finally {
    subscription.dispose();
  }
}

/**
 * Shows what a generation comes to. Where that is not known, the person is asked all the same: by the time they agree, the
 * file may be another one. Undefined for what is refused whatever happens.
 */
async function confirmGeneration(host: AgentHost, given: unknown): Promise<Confirmation | undefined> {
  const input = readInput(generationInput, given);
  if (!input.ok) return undefined;
  const { promptFile, cap } = input.value;
  const made = await forecast(host, input.value);
  const facts = made.ok ? describeEstimate(made.value.estimate, made.value.plan.attachedBytes) : [made.failure];
  const { requests, cost } = allowedBudget(host, cap);
  const most = [
    ...(requests === undefined ? [] : [vscode.l10n.t('Cap on requests: {0}.', numbers.whole(requests))]),
    ...(cost === undefined ? [] : [vscode.l10n.t('Cap on cost: {0}.', numbers.money(cost))]),
  ];
  return confirmation(vscode.l10n.t('Generate candidates of {0}?', promptFile), [facts.join(' '), most.join(' ')]);
}

async function confirmPick(host: AgentHost, given: unknown): Promise<Confirmation | undefined> {
  const input = readInput(pickInput, given);
  if (!input.ok) return undefined;
  const { candidate } = input.value;
  const planned = await plannedPick(host, input.value);
  if (!planned.ok) return confirmation(vscode.l10n.t('Pick {0}?', candidate), [planned.failure]);
  const { shown, target } = planned.value;
  const what = vscode.l10n.t('It is copied to {0}. What is there goes to the archive beside it.', shown(target.path));
  return confirmation(vscode.l10n.t('Pick {0}?', candidate), [what]);
}

/** The editor reads Markdown in it. */
function confirmation(title: string, paragraphs: readonly string[]): Confirmation {
  return { title: inert(title), message: paragraphs.map(inert).join('\n\n') };
}
