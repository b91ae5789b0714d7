import { basename } from 'node:path';
import * as vscode from 'vscode';
import { candidateLabel, candidateNumber, choiceSentences } from '../../wording/choices.ts';
import { strings } from '../../wording/strings.ts';
import type { ActiveCandidate } from '../activeCandidate.ts';
import type { CandidateShelves, ListedCandidate } from '../candidateShelves.ts';
import { commandIds } from '../commandIds.ts';
import { inert } from '../notifications/inert.ts';
import { pickOne, showError, showInformation, showWarning } from '../notifications/messages.ts';
import { registerTrusted } from '../trust.ts';
import { candidateDetails, candidateIcon } from '../views/candidateItems.ts';

/** Files in one comparison: with more, nobody finds anything, and the editor takes its time. */
const mostCompared = 100;

/** What others are compared with. */
interface Reference {
  readonly uri: vscode.Uri;
  /** What a person calls it. */
  readonly name: string;
}

/** "Compare Candidates" and "Compare All": in the editor's own comparisons. */
export class CompareCommands implements vscode.Disposable {
  readonly #shelves: CandidateShelves;
  readonly #active: ActiveCandidate;
  readonly #registrations: vscode.Disposable;

  constructor(shelves: CandidateShelves, active: ActiveCandidate) {
    this.#shelves = shelves;
    this.#active = active;
    this.#registrations = vscode.Disposable.from(
      registerTrusted(commandIds.compare, (clicked, selected) => this.#compare(clicked, selected)),
      registerTrusted(commandIds.compareAll, (clicked, selected) => this.#compareAll(clicked, selected)),
    );
  }

  dispose(): void {
    this.#registrations.dispose();
  }

  /** Two with each other, more with the first, one with the picked one or another that the person names. */
  async #compare(clicked: unknown, selected: unknown): Promise<void> {
    const title = vscode.l10n.t('Compare Candidates');
    const chosen = await this.#active.candidates(title, clicked, selected);
    const [first, second, ...more] = chosen;
    if (!first) return;
    if (second && more.length > 0) {
      const [picked = first] = chosen.filter(({ isPicked }) => isPicked);
      await showAll({ uri: picked.uri, name: candidateNumber(picked) }, chosen);
      return;
    }
    if (second) await showTwo({ uri: first.uri, name: candidateNumber(first) }, second);
    else {
      const reference = await this.#referenceFor(first, title);
      if (reference) await showTwo(reference, first);
    }
  }

  /** All of a row with the picked one, the target or the first. */
  async #compareAll(clicked: unknown, selected: unknown): Promise<void> {
    const title = vscode.l10n.t('Compare All Candidates');
    const prompt = await this.#active.promptFor(title, clicked, selected);
    const listing = prompt && (await this.#shelves.list(prompt, 'apart'));
    if (!listing) return;
    if (!listing.ok) {
      void showError(listing.failure);
      return;
    }
    const current = listing.value.candidates.filter(({ isArchived }) => !isArchived);
    const row = await this.#rowOf(current, title, clicked);
    if (row === undefined) return;
    const candidates = current.filter((each) => each.row === row);
    const reference = await this.#referenceOf(candidates);
    const others = candidates.filter(({ uri }) => uri.toString() !== reference?.uri.toString());
    if (reference && others.length > 0) await showAll(reference, others);
    else void showInformation(choiceSentences.noTwo());
  }

  /** That of what was clicked or is in front, or the only one; else the person is asked. */
  async #rowOf(candidates: readonly ListedCandidate[], title: string, clicked: unknown): Promise<string | undefined> {
    const rows = Map.groupBy(candidates, ({ row }) => row);
    if (rows.size < 2) return candidates[0]?.row ?? '';
    const named = rowOf(clicked) ?? this.#rowInFront(candidates, clicked);
    if (named !== undefined && rows.has(named)) return named;
    const choices = [...rows].map(([row, those]) => ({
      label: row,
      description: vscode.l10n.t('{0} candidates', those.length),
      row,
    }));
    return (await pickOne(choices, { title, placeHolder: vscode.l10n.t('Select a row') }))?.row;
  }

  #rowInFront(candidates: readonly ListedCandidate[], clicked: unknown): string | undefined {
    const file = clicked instanceof vscode.Uri ? clicked : this.#active.current;
    return candidates.find(({ uri }) => uri.toString() === file?.toString())?.row;
  }

  /** The picked one of a row, the target, or the first. */
  async #referenceOf(candidates: readonly ListedCandidate[]): Promise<Reference | undefined> {
    const picked = candidates.find(({ isPicked }) => isPicked);
    const [first] = candidates;
    if (picked) return { uri: picked.uri, name: candidateNumber(picked) };
    return (first && (await this.#targetOf(first))) ?? (first && { uri: first.uri, name: candidateNumber(first) });
  }

  async #targetOf(candidate: ListedCandidate): Promise<Reference | undefined> {
    const target = await this.#shelves.targetOf(candidate);
    if (!target.ok) return undefined;
    try {
      await vscode.workspace.fs.stat(target.value);
      return { uri: target.value, name: basename(target.value.path) };
    } catch {
      return undefined;
    }
  }

  async #referenceFor(candidate: ListedCandidate, title: string): Promise<Reference | undefined> {
    const listing = await this.#shelves.list(candidate.prompt, 'apart');
    if (!listing.ok) {
      void showError(listing.failure);
      return undefined;
    }
    const others = listing.value.candidates.filter(({ path, row }) => row === candidate.row && path !== candidate.path);
    const picked = others.find(({ isPicked }) => isPicked);
    if (picked) return { uri: picked.uri, name: candidateNumber(picked) };
    const target = await this.#targetOf(candidate);
    const choices = [
      ...(target
        ? [{ label: target.name, description: vscode.l10n.t('the target'), icon: 'target', reference: target }]
        : []),
      ...others.map((other) => ({
        label: candidateNumber(other),
        description: candidateDetails(other),
        icon: candidateIcon(other),
        reference: { uri: other.uri, name: candidateNumber(other) },
      })),
    ];
    const [only] = choices;
    if (!only) void showInformation(choiceSentences.noTwo());
    if (choices.length < 2) return only?.reference;
    const placeHolder = vscode.l10n.t('Select what {0} is compared with', candidateLabel(candidate));
    return (await pickOne(choices, { title, placeHolder }))?.reference;
  }
}

function rowOf(clicked: unknown): string | undefined {
  if (typeof clicked !== 'object' || clicked === null) return undefined;
  if ('row' in clicked && typeof clicked.row === 'string') return clicked.row;
  const candidate = 'candidate' in clicked ? clicked.candidate : undefined;
  return candidate === undefined ? undefined : rowOf(candidate);
}

async function showTwo({ uri, name }: Reference, candidate: ListedCandidate): Promise<void> {
  const title = `${strings.join([candidate.promptName, candidate.row])}: ${name} ↔ ${candidateNumber(candidate)}`;
  await vscode.commands.executeCommand('vscode.diff', uri, candidate.uri, inert(title), { preview: true });
}

/** @param candidates the reference itself is left out */
async function showAll({ uri, name }: Reference, candidates: readonly ListedCandidate[]): Promise<void> {
  const others = candidates.filter((each) => each.uri.toString() !== uri.toString());
  const [first] = others;
  if (!first) return;
  const shown = others.slice(0, mostCompared);
  const title = vscode.l10n.t('{0}: against {1}', strings.join([first.promptName, first.row]), name);
  await vscode.commands.executeCommand(
    'vscode.changes',
    inert(title),
    shown.map((candidate) => [candidate.uri, uri, candidate.uri]),
  );
  if (shown.length < others.length) {
    void showWarning(
      vscode.l10n.t(
        'The first {0} of {1} candidates are compared: archive some, or choose those to compare.',
        shown.length,
        others.length,
      ),
    );
  }
}
