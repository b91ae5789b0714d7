import { basename, relative, sep } from 'node:path';
import { visible, visibleLines } from '../../base/visible.ts';
import { firstChoice } from '../../candidates/candidateNumbers.ts';
import { isCandidate } from '../../candidates/plannedItem.ts';
import type { ChatMessage } from '../../model/message.ts';
import type { PlanSheet, SheetEstimate, SheetMessage, SheetPart, SheetProblem } from '../../planProtocol.ts';
import type { Problem } from '../../prompts/promptFile.ts';
import type { PlanEstimate } from '../../runs/plan/estimatePlan.ts';
import type { Plan } from '../../runs/plan/plan.ts';
import type { PreviewPiece } from '../../runs/plan/preview.ts';
import type { ServiceDirectory } from '../../runs/serviceDirectory.ts';

/** Lines of these lists: more of them nobody reads before pressing a button. */
const mostParts = 8;
const mostFiles = 5;
const mostProblems = 50;
/** Characters of one message. */
const longestMessage = 20_000;

/** What a sheet tells of services. */
export type PricedServices = Pick<ServiceDirectory, 'hasKnownPrices' | 'countsRequests'>;

export interface SheetFacts {
  readonly plan: Plan;
  readonly estimate: PlanEstimate;
  readonly services: PricedServices;
  /** Tokens of the first item's messages, in their order. */
  readonly tokens: readonly number[];
  /** Sentences. */
  readonly changes: readonly string[];
}

/** What a plan is shown as, with no more of it than a person looks at. */
export function planSheet({ plan, estimate, services, tokens, changes }: SheetFacts): PlanSheet {
  const { items, root, hints = [], label } = plan;
  const files: string[] = [];
  for (const item of items) {
    if (files.length === mostFiles) break;
    if (isCandidate(item)) files.push(visible(relative(root, firstChoice(item)).split(sep).join('/')));
  }
  return {
    label: visible(label),
    estimate: sheetEstimate(plan, estimate, services),
    parts: estimate.parts.slice(0, mostParts).map(sheetPart),
    files,
    messages: (items[0]?.messages ?? []).map((message, place) => chatMessage(message, tokens[place] ?? 0)),
    changes: changes.map(visible),
    problems: sheetProblems([], hints),
  };
}

/** What is shown where nothing can be planned. */
export function problemSheet(label: string, problems: readonly Problem[]): PlanSheet {
  const shown = sheetProblems(problems, []);
  return { label: visible(label), parts: [], files: [], messages: [], changes: [], problems: shown };
}

/** The numbers of a plan. */
export function sheetEstimate(plan: Plan, estimate: PlanEstimate, services: PricedServices): SheetEstimate {
  const { items, cached, tokens, cost, eta, inputBasis, isOutputLearnt } = estimate;
  const kinds = new Map<string, Plan['items'][number]>();
  const rows = new Set<string>();
  let ofOtherPlan = 0;
  for (const item of plan.items) {
    if (item.row !== '') rows.add(`${item.prompt.path} ${item.key}`);
    kinds.set(`${item.serviceKey} ${item.model}`, item);
    if (services.countsRequests(item.serviceKey)) ofOtherPlan++;
  }
  const isInDollars = [...kinds.values()].every(({ serviceKey, model }) => services.hasKnownPrices(serviceKey, model));
  return {
    items,
    cached,
    tokens,
    cost,
    isInDollars: kinds.size > 0 && isInDollars,
    eta,
    inputBasis,
    isLearnt: isOutputLearnt,
    attachedBytes: plan.attachedBytes ?? 0,
    ofOtherPlan,
    there: plan.there ?? 0,
    replaced: plan.replaced?.length ?? 0,
    ...(rows.size > 0 ? { rows: rows.size } : {}),
  };
}

function sheetPart({ prompt, service, model, ...amount }: PlanEstimate['parts'][number]): SheetPart {
  return { ...amount, prompt: visible(prompt), model: visible(`${service}/${model}`) };
}

function chatMessage({ role, content, attachments = [] }: ChatMessage, tokens: number): SheetMessage {
  const names = attachments.map(({ path }) => visible(basename(path)));
  return { ...sheetMessage(role, [{ kind: 'text', text: content }], tokens), attachments: names };
}

/** A message with no more of it than can be looked at. */
export function sheetMessage(role: ChatMessage['role'], pieces: readonly PreviewPiece[], tokens: number): SheetMessage {
  const shown: SheetMessage['pieces'][number][] = [];
  let room = longestMessage;
  let hidden = 0;
  for (const piece of pieces) {
    if (piece.kind !== 'text') {
      if (room > 0) shown.push({ kind: piece.kind, name: visible(piece.name) });
      continue;
    }
    // Not half of a character that takes two places.
    const text = piece.text.length > room ? piece.text.slice(0, room).replace(/[\uD800-\uDBFF]$/, '') : piece.text;
    if (text !== '') shown.push({ kind: 'text', text: visibleLines(text) });
    room -= text.length;
    hidden += piece.text.length - text.length;
    if (hidden > 0) room = 0;
  }
  return { role, tokens, pieces: shown, hidden, attachments: [] };
}

/** @returns in the order of the lists; see `problemAt` */
export function sheetProblems(problems: readonly Problem[], hints: readonly Problem[]): SheetProblem[] {
  return [
    ...problems.map((problem) => sheetProblem('problem', problem)),
    ...hints.map((hint) => sheetProblem('hint', hint)),
  ].slice(0, mostProblems);
}

function sheetProblem(severity: SheetProblem['severity'], { file, line, message }: Problem): SheetProblem {
  return { severity, file: visible(file), ...(line === undefined ? {} : { line }), message: visible(message) };
}
