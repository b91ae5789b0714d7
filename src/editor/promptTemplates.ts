import * as vscode from 'vscode';
import type { Choice } from './notifications/messages.ts';

/** A prompt to start from, with the files that it needs. */
export interface PromptTemplate extends Choice {
  /** Of `media/templates/prompts`. */
  readonly folder: string;
  /** What the prompt is called where the person has no other name for it. */
  readonly suggestedName: string;
}

export function promptTemplates(): readonly PromptTemplate[] {
  return [
    {
      folder: 'drafts',
      icon: 'list-ordered',
      label: vscode.l10n.t('Drafts to choose from'),
      detail: vscode.l10n.t('Several candidates of one text, with a variable'),
      suggestedName: 'tagline',
    },
    {
      folder: 'blank',
      icon: 'file',
      label: vscode.l10n.t('Blank'),
      detail: vscode.l10n.t('A text, and how many candidates of it'),
      suggestedName: 'prompt',
    },
    {
      folder: 'rows',
      icon: 'table',
      label: vscode.l10n.t('Rows of a table'),
      detail: vscode.l10n.t('A text for each row of a CSV file, which is created too'),
      suggestedName: 'product',
    },
    {
      folder: 'json',
      icon: 'json',
      label: vscode.l10n.t('JSON by a schema'),
      detail: vscode.l10n.t('JSON files that match a JSON Schema, which is created too'),
      suggestedName: 'facts',
    },
    {
      folder: 'images',
      icon: 'file-media',
      label: vscode.l10n.t('Images described'),
      detail: vscode.l10n.t('A text for each image of a list, for models that see'),
      suggestedName: 'images',
    },
    {
      folder: 'models',
      icon: 'compare-changes',
      label: vscode.l10n.t('Several models compared'),
      detail: vscode.l10n.t('The same text by each of several models'),
      suggestedName: 'comparison',
    },
    {
      folder: 'skill',
      icon: 'mortar-board',
      label: vscode.l10n.t('Skill'),
      detail: vscode.l10n.t('A SKILL.md in a folder of its own, with a file that goes with it'),
      suggestedName: 'release-notes',
    },
  ];
}
