import * as vscode from 'vscode';
import { systemClock } from '../../base/clock.ts';
import { longestWatched } from '../../prompts/watchedLength.ts';
import type { GivenInputs } from '../../runs/plan/promptInputs.ts';
import { RowMemory } from '../../runs/plan/rowMemory.ts';
import type { Runs } from '../../runs/runs.ts';
import type { KnownAhead } from '../../wording/planText.ts';
import { folderOf } from '../files/folders.ts';
import type { Log } from '../outputLog.ts';
import type { PromptPlans } from '../promptPlans.ts';
import { affectsSettings, readSettings } from '../settings.ts';

/** A person who types on is left alone for so long, ms. */
const quietMs = 800;
/** Rows that are counted; what has more says so. */
const mostRows = 10_000;
/** Items that are planned to tell what they come to: more are for the plan itself. */
const mostItems = 20_000;

interface Forecast {
  readonly version: number;
  readonly known: KnownAhead;
}

/**
 * What the prompts that are open would come to, as far as that is known cheaply: looked at when the person has stopped
 * typing, once for each version, one document after the other. Spends nothing, and reads nothing before it is trusted.
 */
export class PromptForecasts implements vscode.Disposable {
  readonly #plans: PromptPlans;
  readonly #log: Pick<Log, 'unexpected'>;
  readonly #rows = new RowMemory(systemClock);
  readonly #forecasts = new WeakMap<vscode.TextDocument, Forecast>();
  readonly #due = new Map<vscode.TextDocument, { readonly version: number; readonly timer: NodeJS.Timeout }>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions: vscode.Disposable;
  #isFocused = vscode.window.state.focused;
  /** Counts up when all that is known is of no use any more. */
  #age = 0;
  #looking: Promise<void> = Promise.resolve();

  constructor(plans: PromptPlans, runs: Runs, log: Pick<Log, 'unexpected'>) {
    this.#plans = plans;
    this.#log = log;
    const unsubscribe = runs.events.subscribe((event) => {
      // A run teaches how long texts are, and fills the cache.
      if (event.type === 'runFinished') this.#forgetAll();
    });
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      new vscode.Disposable(unsubscribe),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (affectsSettings(event)) this.#forgetAll();
      }),
      vscode.workspace.onDidSaveTextDocument(() => this.#forgetAll()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#forgetAll()),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        // Data are edited in other programs. The state changes for other reasons too.
        if (focused && !this.#isFocused) this.#forgetAll();
        this.#isFocused = focused;
      }),
      vscode.workspace.onDidCloseTextDocument((document) => this.#callOff(document)),
    );
  }

  dispose(): void {
    for (const { timer } of this.#due.values()) clearTimeout(timer);
    this.#due.clear();
    this.#subscriptions.dispose();
  }

  /** What is known of a document, of its last version or an earlier one; what is not known is looked at soon. */
  of(document: vscode.TextDocument): KnownAhead {
    const known = this.#forecasts.get(document);
    if (known?.version !== this.#versionOf(document)) this.#lookSoon(document);
    return known?.known ?? {};
  }

  #versionOf({ version }: vscode.TextDocument): number {
    return version + this.#age * 1e9;
  }

  #forgetAll(): void {
    this.#age++;
    this.#rows.forget();
    this.#changed.fire();
  }

  #callOff(document: vscode.TextDocument): void {
    clearTimeout(this.#due.get(document)?.timer);
    this.#due.delete(document);
  }

  #lookSoon(document: vscode.TextDocument): void {
    if (!vscode.workspace.isTrusted || document.isUntitled) return;
    const version = this.#versionOf(document);
    // The editor asks for many reasons; only the person's typing puts it off.
    if (this.#due.get(document)?.version === version) return;
    this.#callOff(document);
    const timer = setTimeout(() => {
      this.#due.delete(document);
      this.#looking = this.#looking.then(() => this.#look(document));
    }, quietMs);
    this.#due.set(document, { version, timer });
  }

  async #look(document: vscode.TextDocument): Promise<void> {
    const version = this.#versionOf(document);
    if (document.isClosed || this.#forecasts.get(document)?.version === version) return;
    // Who has typed on meanwhile is looked at again.
    const tell = (known: KnownAhead): void => {
      if (version !== this.#versionOf(document)) return;
      this.#forecasts.set(document, { version, known });
      this.#changed.fire();
    };
    try {
      const length = document.offsetAt(document.lineAt(document.lineCount - 1).range.end);
      if (length <= longestWatched) await this.#foresee(document, tell);
      else tell({});
    } catch (error) {
      this.#log.unexpected(error);
      tell({});
    }
  }

  /** Rows are counted at once; what they come to takes longer. */
  async #foresee(document: vscode.TextDocument, tell: (known: KnownAhead) => void): Promise<void> {
    const settings = readSettings(document.uri);
    const rows = await this.#plans.countRows(document, mostRows, this.#rows.readRows);
    if (!rows.ok) {
      tell({});
      return;
    }
    const { count, hasData, hasMore, candidates } = rows.value;
    const counted = hasData ? { rows: { count, hasMore } } : {};
    const { estimate: before } = this.#forecasts.get(document)?.known ?? {};
    const isLarge = hasMore || count * candidates > mostItems;
    tell({ ...counted, ...(before && !isLarge ? { estimate: before } : {}) });
    if (isLarge) return;
    const given: GivenInputs = { ...rows.value.bound, ask: (inputs) => Promise.resolve(standIns(inputs)) };
    const answer = await this.#plans.planAhead(document, settings, given, this.#rows.readRows);
    if (answer.kind === 'refused' || answer.plan.items.length === 0) {
      tell(counted);
      return;
    }
    const { plan } = answer;
    const estimate = await this.#plans.estimate(plan, settings, folderOf(document.uri));
    const { sheetEstimate } = await import('./planSheetData.ts');
    tell({ ...counted, estimate: sheetEstimate(plan, estimate, await this.#plans.services()) });
  }
}

/** What a person has not answered yet takes about as much room as its name. */
function standIns(inputs: readonly { readonly name: string; readonly placeholder?: string }[]): Record<string, string> {
  return Object.fromEntries(inputs.map(({ name, placeholder }) => [name, placeholder ?? name]));
}
