import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { HostMessage, PanelMessage } from '../../protocol.ts';
import { readPanelMessage } from '../../protocolSchema.ts';
import type { ItemSnapshot, RunEvent, RunSnapshot } from '../../model/run.ts';
import { commandIds } from '../commandIds.ts';
import type { Folders } from '../files/folders.ts';
import type { Log } from '../outputLog.ts';
import { showWarning } from '../notifications/messages.ts';
import type { Runs } from '../../runs/runs.ts';
import { readItemTexts, readRecordWay } from '../../runs/board/recordWay.ts';
import { queueItem, queueRun, recordMessage, textsMessage } from './queueMessages.ts';
import { QueueWatch } from './queueWatch.ts';
import { pageFolder, webviewPage } from './webviewPage.ts';

/** Changes are gathered for this long before they are sent, ms: four times a second are as good as at once. */
const gatherMs = 250;
/** How often runs that others work on are looked at, ms. */
const watchOthersMs = 3000;

interface Dependencies {
  readonly extensionUri: vscode.Uri;
  readonly runs: Runs;
  readonly folders: Folders;
  readonly log: Pick<Log, 'warn'>;
}

/** The host of the queue panel: sends a snapshot when the panel appears, gathered changes while it is visible. */
export class QueuePanel implements vscode.WebviewViewProvider, vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #runs: Runs;
  readonly #folders: Folders;
  readonly #log: Pick<Log, 'warn'>;
  readonly #unsubscribe: () => void;
  readonly #watching: QueueWatch;
  readonly #changedRuns = new Map<string, RunSnapshot>();
  readonly #changedItems = new Map<string, ItemSnapshot>();
  #view: vscode.WebviewView | undefined;
  #timer: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;

  constructor({ extensionUri, runs, folders, log }: Dependencies) {
    this.#extensionUri = extensionUri;
    this.#runs = runs;
    this.#folders = folders;
    this.#log = log;
    this.#watching = new QueueWatch(runs, (message) => this.#post(message));
    this.#unsubscribe = runs.events.subscribe((event) => this.#gather(event));
  }

  dispose(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    this.#watching.dispose();
    this.#unsubscribe();
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    const { webview } = view;
    const folder = pageFolder(this.#extensionUri);
    webview.options = { enableScripts: true, localResourceRoots: [folder] };
    webview.onDidReceiveMessage((received: unknown) => {
      const message = readPanelMessage(received);
      if (message) this.#received(message);
      else this.#log.warn('The queue panel sent something that it never sends: it was ignored.');
    });
    view.onDidChangeVisibility(() => {
      if (view.visible) this.#sendSnapshot();
      else this.#watching.rest();
    });
    view.onDidDispose(() => {
      this.#watching.rest();
      this.#view = undefined;
    });
    webview.html = webviewPage(webview, folder, 'queue', vscode.l10n.t('Queue'));
    this.#showBadge();
  }

  #gather(event: RunEvent): void {
    switch (event.type) {
      case 'runStarted':
        for (const item of event.items) this.#changedItems.set(`${item.run} ${item.id}`, item);
        this.#changedRuns.set(event.run.id, event.run);
        break;
      case 'itemChanged':
        this.#changedItems.set(`${event.item.run} ${event.item.id}`, event.item);
        break;
      case 'runChanged':
      case 'runFinished':
        this.#changedRuns.set(event.run.id, event.run);
        break;
      case 'runsReplaced':
        this.#sendSnapshot();
        break;
      case 'attemptFinished':
      case 'callsAdapted':
        return;
    }
    this.#timer ??= setTimeout(() => this.#sendChanges(), gatherMs);
    this.#watching.poke();
  }

  #sendChanges(): void {
    this.#timer = undefined;
    const message: HostMessage = {
      type: 'changes',
      runs: [...this.#changedRuns.values()].map(queueRun),
      items: [...this.#changedItems.values()].map(queueItem),
      now: Date.now(),
    };
    this.#changedRuns.clear();
    this.#changedItems.clear();
    this.#showBadge();
    this.#post(message);
  }

  #sendSnapshot(): void {
    this.#watchOthers();
    // What was gathered before is older than the snapshot.
    this.#changedRuns.clear();
    this.#changedItems.clear();
    const { runs, items } = this.#runs.snapshots();
    this.#post({
      type: 'snapshot',
      snapshot: { runs: runs.map(queueRun), items: items.map(queueItem), now: Date.now() },
    });
  }

  /** Runs of other windows and of terminals are looked at for as long as somebody sees them. */
  #watchOthers(): void {
    const isNeeded =
      this.#view?.visible === true && this.#runs.snapshots().runs.some(({ state }) => state === 'elsewhere');
    if (!isNeeded) {
      clearTimeout(this.#watch);
      this.#watch = undefined;
      return;
    }
    this.#watch ??= setTimeout(() => {
      this.#watch = undefined;
      void this.#runs.refreshElsewhere();
    }, watchOthersMs);
  }

  /** What is sent to a hidden panel is lost; it asks for a snapshot when it is visible again. */
  #post(message: HostMessage): void {
    if (this.#view?.visible) void this.#view.webview.postMessage(message);
  }

  #showBadge(): void {
    if (!this.#view) return;
    const unfinished = this.#runs.active.reduce(
      (sum, { counts }) => sum + counts.queued + counts.running + counts.retrying,
      0,
    );
    if ((this.#view.badge?.value ?? 0) === unfinished) return;
    this.#view.badge = unfinished === 0 ? undefined : { value: unfinished, tooltip: describeInProgress(unfinished) };
  }

  #received(message: PanelMessage): void {
    switch (message.type) {
      case 'ready':
        this.#sendSnapshot();
        return;
      case 'generate':
        void vscode.commands.executeCommand(commandIds.generate);
        return;
      case 'cancelItems':
        for (const item of message.items) this.#runs.cancelItem(message.run, item);
        return;
      case 'prioritise':
        this.#runs.reprioritise(message.run, message.items, message.by);
        return;
      case 'watch':
        this.#watching.watch(message);
        return;
      case 'showRecord':
        void this.#showRecord(message.run, message.item);
        return;
      case 'showTexts':
        void this.#showTexts(message.run, message.item);
        return;
      case 'openCandidate':
        void this.#open(message.run, message.item);
        return;
      case 'pauseRun':
        this.#runs.pause(message.run);
        return;
      case 'resumeRun':
        if (this.#runs.isGoingOn(message.run)) this.#runs.unpause(message.run);
        else void vscode.commands.executeCommand(commandIds.resumeRun, message.run);
        return;
      case 'retryFailed':
        void vscode.commands.executeCommand(commandIds.retryFailed, message.run);
        return;
      case 'discardRun':
        void vscode.commands.executeCommand(commandIds.discardRun, message.run);
        return;
      case 'runItemsAgain':
        void vscode.commands.executeCommand(commandIds.runItemAgain, message.run, message.items);
        return;
      case 'retryItems':
        void vscode.commands.executeCommand(commandIds.retryFailed, message.run, message.items);
        return;
      case 'runStageAgain':
        void vscode.commands.executeCommand(commandIds.runStageAgain, message.run, message.stage);
        return;
      case 'cancelRun':
        this.#runs.cancel(message.run);
        return;
      case 'endWatch':
        this.#runs.endWatch(message.run);
        return;
      case 'clearFinished':
        this.#runs.clearFinished();
        return;
    }
  }

  async #showRecord(run: string, item: string): Promise<void> {
    const workspace = this.#runs.workspaceOf(run);
    const way = workspace && (await readRecordWay(workspace.journal, run, item));
    this.#post(recordMessage(run, item, way?.ok ? way.value : undefined));
  }

  async #showTexts(run: string, item: string): Promise<void> {
    const workspace = this.#runs.workspaceOf(run);
    const texts = workspace && (await readItemTexts(workspace.journal, run, item));
    this.#post(textsMessage(run, item, texts?.ok && texts.value ? texts.value : { input: '' }));
  }

  async #open(run: string, item: string): Promise<void> {
    const file = this.#runs.item(run, item)?.file;
    const workspace = this.#runs.workspaceOf(run);
    if (file === undefined || !workspace) return;
    try {
      await vscode.window.showTextDocument(this.#folders.uriOf(workspace, file), { preview: true });
    } catch {
      void showWarning(vscode.l10n.t('{0} is no longer there: it was moved or deleted.', basename(file)));
    }
  }
}

function describeInProgress(items: number): string {
  return items === 1 ? vscode.l10n.t('1 item in progress') : vscode.l10n.t('{0} items in progress', items);
}
