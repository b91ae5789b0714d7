import { existsSync } from 'node:fs';
import { mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { LaunchOptions } from '@playwright/test';
import { prepared, reason, run, say } from './cache.ts';

const bundledVersion = '153.0.0';
const fontsVersion = '2.37.3';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * What Playwright needs to start a Chromium: the one that PARALLEL_CANDIDATES_BROWSER names, else an installed Chrome,
 * Chromium or Edge, else one from the npm registry, else the distribution's.
 */
export async function browserLaunchOptions(): Promise<LaunchOptions> {
  const named = process.env.PARALLEL_CANDIDATES_BROWSER;
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) {
      throw new Error(`PARALLEL_CANDIDATES_BROWSER names a file that does not exist: ${named}`);
    }
    return { executablePath: named, args: flags };
  }
  const installed = await installedBrowser();
  if (installed !== undefined) {
    return { executablePath: installed, args: flags };
  }
  const fetched = (await fetchedBrowser()) ?? (await distributionBrowser());
  if (fetched === undefined) {
    throw new Error(
      'No browser to show the editor in: install Chrome, Chromium or Edge, or name one in PARALLEL_CANDIDATES_BROWSER.',
    );
  }
  return { args: flags, ...fetched };
}

async function installedBrowser(): Promise<string | undefined> {
  for (const candidate of usualPlaces()) {
    // A snap sees neither the temporary folder nor hidden ones, so Playwright's profile is out of its reach.
    if (existsSync(candidate) && !/\bsnap\b/.test(await realpath(candidate))) {
      return candidate;
    }
  }
  return undefined;
}

function usualPlaces(): string[] {
  switch (process.platform) {
    case 'darwin':
      return ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
        (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
      );
    case 'win32':
      return ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'].flatMap((program) =>
        ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].map((root) => join(process.env[root] ?? 'C:/', program)),
      );
    default: {
      const names = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser', 'microsoft-edge-stable'];
      const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
      return names.flatMap((name) => folders.map((folder) => join(folder, name)));
    }
  }
}

/** A headless Chromium with the libraries and fonts that a bare machine lacks. */
async function fetchedBrowser(): Promise<LaunchOptions | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return undefined;
  }
  try {
    const folder = await prepared(`chromium-${bundledVersion}`, prepareChromium);
    return { executablePath: join(folder, 'chromium'), env: environmentFor(folder) };
  } catch (error) {
    say(`The Chromium from the npm registry cannot be used: ${reason(error)}`);
    return undefined;
  }
}

async function prepareChromium(folder: string): Promise<void> {
  say('Fetching Chromium …');
  const download = join(folder, 'download');
  const packages = [`@sparticuz/chromium@${bundledVersion}`, `dejavu-fonts-ttf@${fontsVersion}`];
  await mkdir(download);
  await run('npm', [
    'install',
    '--prefix',
    download,
    '--no-save',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    ...packages,
  ]);
  // The package unpacks into the temporary folder, and its shared libraries only where it believes to be in a cloud.
  await run(
    process.execPath,
    ['--input-type=module', '-e', "await (await import('@sparticuz/chromium')).default.executablePath()"],
    { cwd: download, env: { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' } },
  );
  await rename(join(download, 'node_modules/dejavu-fonts-ttf/ttf'), join(folder, 'fonts/dejavu'));
  await rm(download, { recursive: true });
  await writeFile(join(folder, 'fonts/fonts.conf'), fontsConfiguration);
  await run(join(folder, 'chromium'), ['--no-sandbox', '--version'], { env: environmentFor(folder) });
}

function environmentFor(folder: string): Record<string, string> {
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    ...Object.fromEntries(inherited),
    FONTCONFIG_FILE: join(folder, 'fonts/fonts.conf'),
    LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
  };
}

/** The same Latin letters on every machine; the machine's own fonts for what these two lack. */
const fontsConfiguration = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">.</dir>
  <dir>/usr/share/fonts</dir>
  <dir>/usr/local/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
  <alias binding="same"><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="same"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="same"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`;

async function distributionBrowser(): Promise<LaunchOptions | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    return undefined;
  }
  try {
    say('Installing Chromium …');
    await run('apt-get', ['update']);
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core']);
  } catch (error) {
    say(`Chromium could not be installed: ${reason(error)}`);
  }
  const executablePath = await installedBrowser();
  return executablePath === undefined ? undefined : { executablePath };
}
