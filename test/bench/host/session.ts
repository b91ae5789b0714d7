import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browserLaunchOptions } from '../../support/editor/browser.ts';
import { desktopEditor } from '../../support/editor/desktop.ts';
import { vscodeServer } from '../../support/editor/vscodeServer.ts';
import { stateVariable } from '../../../src/storage/stateFolder.ts';
import { lastLine, runScript } from '../processes.ts';
import { type HostJob, type HostReport, jobVariable, resultsVariable } from './jobs.ts';

const editor = fileURLToPath(new URL('editor.ts', import.meta.url));

/** What the process that starts the editor is asked for. */
export interface EditorJob {
  /** For everything that the editor leaves behind. */
  readonly folder: string;
  readonly workspace: string;
  readonly extension: string;
  readonly index: string;
  /** A desktop VS Code; absent: one in a browser. */
  readonly desktop?: string;
  /** For the extension host. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What has to be there before the time of a session starts. Returns the desktop editor, if that is the one. */
export async function prepareEditor(): Promise<string | undefined> {
  const desktop = await desktopEditor();
  if (desktop === undefined) {
    await vscodeServer();
    await browserLaunchOptions();
  }
  return desktop;
}

/** One editor from its start to its end, in an empty workspace. */
export async function runSession(
  job: HostJob,
  options: {
    readonly extension: string;
    readonly index: string;
    readonly desktop: string | undefined;
    readonly scratch: string;
    readonly boundMs: number;
  },
): Promise<{ readonly report: HostReport } | { readonly trouble: string }> {
  const { extension, index, desktop, scratch, boundMs } = options;
  // Sockets lie in it, whose paths may not be long.
  const folder = await mkdtemp(join(scratch, 'e-'));
  const workspace = join(folder, 'workspace');
  await mkdir(workspace);
  const results = join(folder, 'results.json');
  const editorJob: EditorJob = {
    folder,
    workspace,
    extension,
    index,
    ...(desktop === undefined ? {} : { desktop }),
    variables: {
      [jobVariable]: JSON.stringify(job),
      [resultsVariable]: results,
      [stateVariable]: join(folder, 'state'),
    },
  };
  const { code, stdout, stderr, timedOut } = await runScript(editor, [JSON.stringify(editorJob)], {
    boundMs,
    // What a killed editor leaves in the temporary folder goes with this one.
    env: { ...displayVariables(), HOME: folder, TMPDIR: folder },
  });
  if (existsSync(results)) return { report: JSON.parse(await readFile(results, 'utf8')) as HostReport };
  if (timedOut) return { trouble: `FAILED: stopped after ${Math.round(boundMs / 1000)} s` };
  return { trouble: `FAILED: ${lastLine(stderr) || lastLine(stdout) || `ended with exit code ${String(code)}`}` };
}

/** How to find a screen, the editor and the browser. */
function displayVariables(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      /^(DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_RUNTIME_DIR|PARALLEL_CANDIDATES_(EDITOR|BROWSER).*)$/.test(entry[0]),
  );
  return Object.fromEntries(entries);
}
