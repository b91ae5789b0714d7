import type * as vscode from 'vscode';
import type { ListedCandidate } from './candidateShelves.ts';

/** What the Candidates view hands to a command. */
export type CandidateArgument =
  | { readonly kind: 'candidate'; readonly candidate: ListedCandidate }
  | { readonly kind: 'prompt' | 'row'; readonly prompt: vscode.Uri }
  | { readonly kind: 'file'; readonly file: vscode.Uri }
  /** Of a webview's context menu, which the page that it belongs to reads. */
  | { readonly kind: 'context'; readonly context: Readonly<Record<string, unknown>> };

/**
 * What a menu, a key or another extension has handed to a command: the clicked thing, and all that are selected where
 * several are. What is none of ours is left out.
 */
export function chosenArguments(clicked: unknown, selected: unknown): readonly CandidateArgument[] {
  // An inline action of one that is not selected is about that one alone.
  const isOfSelection =
    Array.isArray(selected) && selected.length > 0 && (selected.includes(clicked) || isUri(clicked));
  const given: readonly unknown[] = isOfSelection ? (selected as unknown[]) : [clicked];
  return given.flatMap((each) => {
    const known = argumentOf(each);
    return known ? [known] : [];
  });
}

function argumentOf(given: unknown): CandidateArgument | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  if (isUri(given)) return { kind: 'file', file: given };
  const { kind, candidate, prompt, webview } = given as Readonly<Record<string, unknown>>;
  if (kind === 'candidate' && isListed(candidate)) return { kind, candidate };
  if ((kind === 'prompt' || kind === 'row') && isUri(prompt)) return { kind, prompt };
  if (typeof webview === 'string') return { kind: 'context', context: given as Readonly<Record<string, unknown>> };
  return undefined;
}

function isListed(given: unknown): given is ListedCandidate {
  return typeof given === 'object' && given !== null && 'uri' in given && isUri(given.uri) && 'key' in given;
}

/** The editor's, by what it has: a command's arguments come from anywhere. */
function isUri(given: unknown): given is vscode.Uri {
  if (typeof given !== 'object' || given === null) return false;
  const { scheme, path, fsPath, authority } = given as Partial<Record<keyof vscode.Uri, unknown>>;
  return [scheme, path, fsPath, authority].every((each) => typeof each === 'string');
}
