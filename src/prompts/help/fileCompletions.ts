import type { Completion, FolderEntry } from './completions.ts';

/** What a path is written for. */
export type FileUse = 'dataFiles' | 'schemaFiles' | 'attachments' | 'include' | 'promptFiles' | 'modules';

const endings: Readonly<Record<FileUse, RegExp>> = {
  // Prompt files of GitHub Models are YAML too.
  dataFiles: /(?<!\.prompt)\.(?:csv|tsv|jsonl?|ndjson|ya?ml)$/i,
  schemaFiles: /\.json$/i,
  attachments: /\.(?:png|jpe?g|gif|webp|pdf)$/i,
  promptFiles: /(?:\.prompt\.ya?ml|\.prompty|\.md|\.txt)$/i,
  modules: /\.m?js$/i,
  include:
    /\.(?:md|markdown|txt|csv|tsv|jsonl?|ndjson|ya?ml|html?|xml|css|[cm]?[jt]sx?|py|rb|rs|go|java|cs|c|h|cpp|sh|sql|toml)$/i,
};

/** Folders that no prompt file takes anything from. */
const hidden = /^(?:\.|node_modules$)/;

/**
 * @param written the path so far: what comes behind its last `/` is chosen
 * @param insert how a whole path is written at the place
 */
export function fileCompletions(
  use: FileUse,
  written: string,
  entries: readonly FolderEntry[],
  insert: (path: string) => string,
): Completion[] {
  const folder = written.slice(0, written.lastIndexOf('/') + 1);
  return entries
    .filter(({ name, isFolder }) => !hidden.test(name) && (isFolder || endings[use].test(name)))
    .map(({ name, isFolder }): Completion => {
      const path = `${folder}${name}${isFolder ? '/' : ''}`;
      return isFolder
        ? { kind: 'folder', label: path, insert: insert(path), leadsOn: true }
        : { kind: 'file', label: path, insert: insert(path) };
    });
}
