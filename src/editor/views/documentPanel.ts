import * as vscode from 'vscode';
import { inert } from '../notifications/inert.ts';
import type { Log } from '../outputLog.ts';
import type { MessageReader } from '../../planProtocolSchema.ts';
import { PagePresence } from './pagePresence.ts';
import { pageFolder, webviewPage } from './webviewPage.ts';

export interface DocumentPanelOptions<FromPage> {
  readonly extensionUri: vscode.Uri;
  /** Name of the bundle; also tells this kind of panels from others. */
  readonly bundle: string;
  /** Our own words. */
  readonly name: string;
  readonly icon: string;
  readonly show: { readonly viewColumn: vscode.ViewColumn; readonly preserveFocus: boolean };
  readonly read: MessageReader<FromPage>;
  readonly received: (message: Exclude<FromPage, { readonly type: 'ready' }>) => void;
  readonly closed: () => void;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * A page in the editor area that shows one thing at a time. It gets that whenever it appears: a page that is hidden
 * forgets everything.
 */
export class DocumentPanel<ToPage, FromPage extends { readonly type: string }> implements vscode.Disposable {
  readonly #panel: vscode.WebviewPanel;
  #shown: ToPage | undefined;
  readonly #presence = new PagePresence(() => this.#send());

  constructor({ extensionUri, bundle, name, icon, show, read, received, closed, log }: DocumentPanelOptions<FromPage>) {
    const folder = pageFolder(extensionUri);
    this.#panel = vscode.window.createWebviewPanel(`parallelCandidates.${bundle}`, name, show, {
      enableScripts: true,
      localResourceRoots: [folder],
      enableFindWidget: true,
    });
    this.#panel.iconPath = new vscode.ThemeIcon(icon);
    const { webview } = this.#panel;
    webview.onDidReceiveMessage((message: unknown) => {
      const known = read(message);
      if (!known) {
        log.warn(`The page "${name}" sent something that it never sends: it was ignored.`);
      } else if (known.type === 'ready') this.#presence.ready();
      else received(known as Exclude<FromPage, { readonly type: 'ready' }>);
    });
    this.#panel.onDidChangeViewState(() => this.#presence.shown(this.#panel.visible));
    this.#panel.onDidDispose(closed);
    webview.html = webviewPage(webview, folder, bundle, name);
  }

  get isVisible(): boolean {
    return this.#panel.visible;
  }

  /** @param title foreign text */
  show(title: string, message: ToPage): void {
    this.#panel.title = inert(title);
    this.#shown = message;
    this.#send();
  }

  reveal(preserveFocus: boolean): void {
    this.#panel.reveal(undefined, preserveFocus);
  }

  /** Closes it. */
  dispose(): void {
    this.#panel.dispose();
  }

  #send(): void {
    if (this.#presence.canHear && this.#shown !== undefined) void this.#panel.webview.postMessage(this.#shown);
  }
}
