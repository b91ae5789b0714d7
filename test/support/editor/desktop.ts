import { downloadAndUnzipVSCode } from '@vscode/test-electron';
import { cache, reason, say } from './cache.ts';
import { vscodeVersion } from './vscodeServer.ts';

/** Whether a window can be shown here. */
export function hasDisplay(): boolean {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY) || Boolean(process.env.WAYLAND_DISPLAY);
}

/** Whether the tests are to run in a desktop VS Code and nowhere else. */
export function desktopIsDemanded(): boolean {
  return process.env.PARALLEL_CANDIDATES_EDITOR === 'desktop';
}

/**
 * The executable of a desktop VS Code for the tests, or nothing where they run in a browser-hosted one: as
 * PARALLEL_CANDIDATES_EDITOR (`desktop` or `browser`) says, else desktop where there is a display and a download.
 */
export async function desktopEditor(): Promise<string | undefined> {
  const wanted = process.env.PARALLEL_CANDIDATES_EDITOR;
  if (wanted !== undefined && wanted !== '' && wanted !== 'desktop' && wanted !== 'browser') {
    throw new Error(`PARALLEL_CANDIDATES_EDITOR is "desktop" or "browser", not "${wanted}".`);
  }
  if (wanted === 'browser' || !(desktopIsDemanded() || hasDisplay())) {
    return undefined;
  }
  try {
    return await downloadAndUnzipVSCode({ version: vscodeVersion, cachePath: cache });
  } catch (error) {
    if (desktopIsDemanded()) {
      throw error;
    }
    say(`VS Code for the desktop cannot be downloaded (${reason(error)}): running in a browser-hosted one.`);
    return undefined;
  }
}
