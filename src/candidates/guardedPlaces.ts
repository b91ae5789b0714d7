import { trimName } from './safeName.ts';

/**
 * Names that programs run or read as configuration. What a service answers must not come to lie under one of them, because
 * a file there acts for the person who never looked at it.
 */

/** Of version control, editors, hooks, build services and package managers, and what keys lie in. */
const folders = [
  ...['.git', '.hg', '.svn', '.bzr', '.jj', '.githooks', '.husky'],
  ...['.vscode', '.vscode-server', '.vscode-insiders', '.vs', '.idea', '.fleet', '.zed', '.devcontainer'],
  ...['.circleci', '.buildkite', '.gitlab', '.gitea', '.forgejo', '.woodpecker', '.semaphore'],
  ...['.cargo', '.yarn', '.npm', '.pnpm', '.mvn', '.gradle', '.bundle', '.venv', '.direnv', '.docker'],
  ...['.ssh', '.gnupg', '.aws', '.azure', '.kube', '.config', '.local'],
  ...['node_modules', 'bower_components', 'site-packages', 'venv', '__pycache__'],
];

/** Folders that prompt files live in too: what is read as configuration are the files right in them, and these folders. */
const partly: Readonly<Record<string, readonly string[]>> = {
  '.github': ['workflows', 'actions', 'agents', 'chatmodes', 'hooks', 'instructions', 'ISSUE_TEMPLATE'],
  '.claude': ['agents', 'commands', 'hooks', 'rules'],
  '.cursor': ['commands', 'hooks', 'rules'],
  '.gemini': ['commands', 'extensions'],
  '.codex': ['rules'],
  '.agents': ['hooks', 'rules'],
};

const files = [
  ...['Makefile', 'GNUmakefile', 'CMakeLists.txt', 'Justfile', 'Taskfile.yml', 'Taskfile.yaml', 'Rakefile', 'Gemfile'],
  ...['Dockerfile', 'Containerfile', 'Vagrantfile', 'Jenkinsfile', 'Procfile', 'Tiltfile', 'Brewfile'],
  ...['docker-compose.yml', 'docker-compose.yaml', 'compose.yml', 'compose.yaml', 'devcontainer.json'],
  ...['azure-pipelines.yml', 'bitbucket-pipelines.yml', 'cloudbuild.yaml', 'appveyor.yml', 'action.yml', 'action.yaml'],
  ...['package.json', 'package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'],
  ...['tsconfig.json', 'jsconfig.json', 'deno.json', 'deno.jsonc', 'bunfig.toml', 'binding.gyp'],
  ...['pyproject.toml', 'setup.py', 'setup.cfg', 'tox.ini', 'noxfile.py', 'conftest.py', 'sitecustomize.py'],
  ...['requirements.txt', 'Pipfile', 'Cargo.toml', 'build.rs', 'go.mod', 'go.work', 'pom.xml', 'composer.json'],
  ...['build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts', 'build.sbt', 'flake.nix'],
  ...['desktop.ini', 'autorun.inf', 'authorized_keys', 'crontab'],
  // What agents obey.
  ...['AGENTS.md', 'CLAUDE.md', 'GEMINI.md', 'SKILL.md', 'copilot-instructions.md'],
];

const fileEndings =
  /\.(?:code-workspace|config\.[cm]?[jt]s|instructions\.md|agent\.md|chatmode\.md|pth|desktop|lnk|url|scf)$/i;

/** Overlooked by some file systems when they compare names. */
const overlooked = /\p{Default_Ignorable_Code_Point}/gu;

/** No file system has longer names. */
const longest = 1_000;

/** The same for all names that some file system takes for one: case, Unicode forms, what Windows drops. */
function plainName(name: string): string {
  // Most names, and this is asked for every file.
  if (/^\w[\w-]*(?:\.\w+)*$/.test(name) && name.length < longest) return name.toUpperCase();
  const visible = name.slice(0, longest).normalize('NFKD').replace(overlooked, '');
  const stream = visible.indexOf(':');
  return trimName(stream === -1 ? visible : visible.slice(0, stream))
    .toLowerCase()
    .toUpperCase();
}

/** What Windows makes of a long name for old programs, without its number: `NODE_M` for `node_modules`. */
function shortStem(plain: string): string {
  const bare = plain.replace(/^\.+/, '');
  const end = bare.lastIndexOf('.');
  return (end > 0 ? bare.slice(0, end) : bare).replace(/[^A-Z0-9_-]/g, '').slice(0, 6);
}

class Names {
  readonly #byPlain: ReadonlyMap<string, string>;
  readonly #byStem: ReadonlyMap<string, string>;

  constructor(names: readonly string[]) {
    this.#byPlain = new Map(names.map((name) => [plainName(name), name]));
    // Names that are short themselves get no other.
    this.#byStem = new Map(
      names
        .filter((name) => name.startsWith('.') || !/^[^.]{1,8}(?:\.[^.]{1,3})?$/.test(name))
        .map((name): [string, string] => [shortStem(plainName(name)), name])
        .reverse(),
    );
  }

  /**
   * The name as it is written here.
   *
   * @param plain of `plainName`
   */
  find(plain: string): string | undefined {
    const stem = plain.includes('~') ? /^([^.~]{1,6})~\d/.exec(plain)?.[1] : undefined;
    return this.#byPlain.get(plain) ?? (stem === undefined ? undefined : this.#byStem.get(stem));
  }
}

const guardedFolders = new Names(folders);
const partlyGuarded = new Names(Object.keys(partly));
const within = new Map(Object.entries(partly).map(([folder, names]) => [folder, new Names(names)]));
const guardedFiles = new Names(files);

/** Begins with a dot, as what programs keep for themselves does. */
export function isHidden(name: string): boolean {
  return isHiddenPlain(plainName(name));
}

function isHiddenPlain(plain: string): boolean {
  return /^\.[^.]/.test(plain);
}

/**
 * What makes a place one that programs run or read as configuration: `.git`, `.github/workflows`, `Makefile`; undefined
 * for any other place.
 *
 * @param folderNames from the top down
 * @param file the name in the last of them; absent: only the folder is asked for
 */
export function guardedPlace(folderNames: readonly string[], file?: string): string | undefined {
  const plainNames = folderNames.map(plainName);
  for (const [place, name] of plainNames.entries()) {
    const found = guardedFolders.find(name);
    if (found !== undefined) return found;
    const home = partlyGuarded.find(name);
    if (home === undefined) continue;
    const next = plainNames[place + 1];
    if (next === undefined) {
      if (file !== undefined) return home;
      continue;
    }
    const inner = within.get(home)?.find(next);
    if (inner !== undefined) return `${home}/${inner}`;
  }
  return file === undefined ? undefined : guardedFile(file);
}

function guardedFile(name: string): string | undefined {
  const plain = plainName(name);
  const known = guardedFiles.find(plain);
  if (known !== undefined) return known;
  return isHiddenPlain(plain) || fileEndings.test(plain) ? name : undefined;
}
