import * as vscode from 'vscode';
import type { PlanHostMessage, PlanPanelMessage, PlanSheet } from '../../planProtocol.ts';
import { readPlanPanelMessage } from '../../planProtocolSchema.ts';
import type { Log } from '../outputLog.ts';
import { DocumentPanel } from './documentPanel.ts';

/** What the person makes of a plan. */
export type PlanDecision = 'generate' | 'edit' | 'cancel';

interface Asked {
  readonly panel: DocumentPanel<PlanHostMessage, PlanPanelMessage>;
  readonly decide: (decision: PlanDecision) => void;
}

/** The plan as a sheet in the editor area, with its question. There is one at a time: the next takes its place. */
export class PlanSheets implements vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #log: Pick<Log, 'warn'>;
  #asked: Asked | undefined;

  constructor(extensionUri: vscode.Uri, log: Pick<Log, 'warn'>) {
    this.#extensionUri = extensionUri;
    this.#log = log;
  }

  dispose(): void {
    this.#asked?.panel.dispose();
  }

  /** @param goTo shows a problem by its place in the list. @returns `cancel` when the sheet is closed */
  ask(sheet: PlanSheet, goTo: (problem: number) => void): Promise<PlanDecision> {
    this.#asked?.panel.dispose();
    return new Promise((resolve) => {
      const decide = (decision: PlanDecision): void => {
        if (this.#asked === asked) this.#asked = undefined;
        resolve(decision);
        panel.dispose();
      };
      const panel = new DocumentPanel<PlanHostMessage, PlanPanelMessage>({
        extensionUri: this.#extensionUri,
        bundle: 'plan',
        name: vscode.l10n.t('Plan'),
        icon: 'checklist',
        show: { viewColumn: vscode.ViewColumn.Active, preserveFocus: false },
        read: readPlanPanelMessage,
        received: (message) => {
          switch (message.type) {
            case 'generate':
              // What problems stop has no such button.
              if (sheet.estimate) decide('generate');
              return;
            case 'edit':
            case 'cancel':
              decide(message.type);
              return;
            case 'goTo':
              goTo(message.problem);
              return;
          }
        },
        closed: () => decide('cancel'),
        log: this.#log,
      });
      const asked = { panel, decide };
      this.#asked = asked;
      panel.show(vscode.l10n.t('Plan: {0}', sheet.label), { type: 'plan', sheet });
    });
  }
}
