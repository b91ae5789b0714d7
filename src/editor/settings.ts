import * as vscode from 'vscode';
import { defaultSafetyFactor } from '../engine/governor/governor.ts';
import type { RunOptions } from '../runs/runOptions.ts';
import type { CacheLimits } from '../storage/journal/records.ts';
import { defaultServiceName } from '../services/kinds.ts';
import { readServices, type ServiceConfiguration } from '../services/serviceConfiguration.ts';

const dayMs = 24 * 60 * 60 * 1000;
const section = 'parallelCandidates';

export interface Settings extends ServiceConfiguration {
  readonly defaultService: string;
  readonly safetyFactor: number;
  readonly run: RunOptions;
  readonly fallback: boolean;
  readonly revealQueue: boolean;
}

/** Settings as they hold for a resource; the editor has checked their types against package.json. */
export function readSettings(scope: vscode.Uri | undefined): Settings {
  const configuration = vscode.workspace.getConfiguration(section, scope);
  return {
    ...readServices(configuration.get('services')),
    defaultService: configuration.get('defaultService', defaultServiceName),
    safetyFactor: configuration.get('safetyFactor', defaultSafetyFactor),
    run: {
      sequential: configuration.get<'parallel' | 'sequential'>('mode', 'parallel') === 'sequential',
      retry: {
        attempts: configuration.get('retry.attempts', 3),
        baseMs: configuration.get('retry.baseSeconds', 1) * 1000,
      },
      order: configuration.get('order', 'oldest'),
      cache: configuration.get('cache', 'off'),
    },
    fallback: configuration.get('fallback', true),
    revealQueue: configuration.get('revealQueue', true),
  };
}

/** How much the cache of a folder keeps, and how long. */
export function cacheLimits(scope: vscode.Uri | undefined): CacheLimits {
  const configuration = vscode.workspace.getConfiguration(section, scope);
  return {
    mostCharacters: configuration.get('cacheLimits.megabytes', 200) * 1_000_000,
    maxAgeMs: configuration.get('cacheLimits.days', 30) * dayMs,
  };
}

export function promptFileGlob(): string {
  return vscode.workspace.getConfiguration(section).get('promptFiles', '**/*.prompt.md');
}

export function affectsPromptFiles(event: vscode.ConfigurationChangeEvent): boolean {
  return event.affectsConfiguration(`${section}.promptFiles`);
}
