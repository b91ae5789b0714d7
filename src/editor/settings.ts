import * as vscode from 'vscode';
import { defaultSafetyFactor } from '../engine/governor.ts';
import type { QueueOrder } from '../engine/priorityQueue.ts';
import type { RetryPolicy } from '../engine/retry.ts';
import { readServices, type ServiceConfiguration } from '../runs/serviceConfiguration.ts';

const section = 'parallelCandidates';

export interface Settings extends ServiceConfiguration {
  readonly defaultService: string;
  readonly safetyFactor: number;
  readonly sequential: boolean;
  readonly retry: RetryPolicy;
  readonly order: QueueOrder;
  readonly fallback: boolean;
  readonly revealQueue: boolean;
}

/** Settings as they hold for a resource; the editor has checked their types against package.json. */
export function readSettings(scope: vscode.Uri | undefined): Settings {
  const configuration = vscode.workspace.getConfiguration(section, scope);
  return {
    ...readServices(configuration.get('services')),
    defaultService: configuration.get('defaultService', 'demo'),
    safetyFactor: configuration.get('safetyFactor', defaultSafetyFactor),
    sequential: configuration.get<'parallel' | 'sequential'>('mode', 'parallel') === 'sequential',
    retry: {
      attempts: configuration.get('retry.attempts', 3),
      baseMs: configuration.get('retry.baseSeconds', 1) * 1000,
    },
    order: configuration.get('order', 'oldest'),
    fallback: configuration.get('fallback', true),
    revealQueue: configuration.get('revealQueue', true),
  };
}

export function promptFileGlob(): string {
  return vscode.workspace.getConfiguration(section).get('promptFiles', '**/*.prompt.md');
}

export function affectsPromptFiles(event: vscode.ConfigurationChangeEvent): boolean {
  return event.affectsConfiguration(`${section}.promptFiles`);
}
