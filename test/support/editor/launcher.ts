/**
 * Stands where a VS Code executable is expected and takes its arguments: runs the tests that `--extensionTestsPath`
 * names in the extension host of a VS Code server, with a headless browser as its window, and ends with their exit code.
 */
import { resolve } from 'node:path';
import { format, parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { stateVariable } from '../../../src/storage/stateFolder.ts';
import { browserLaunchOptions } from './browser.ts';
import { reason } from './cache.ts';
import { startEditorServer } from './editorServer.ts';

const testTimeout = 15 * 60_000;

// Playwright and the server end with this process; a signal must not leave their folders behind.
const stopped = new Promise<number>((done) => {
  process.once('SIGINT', () => done(130));
  process.once('SIGTERM', () => done(143));
});

try {
  process.exitCode = await runTests();
} catch (error) {
  process.stderr.write(`${reason(error)}\n`);
  process.exitCode = 1;
}

async function runTests(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      extensionDevelopmentPath: { type: 'string' },
      extensionTestsPath: { type: 'string' },
      'user-data-dir': { type: 'string' },
    },
    allowPositionals: true,
    strict: false,
  });
  const { extensionDevelopmentPath: extension, extensionTestsPath: tests, 'user-data-dir': userDataDir } = values;
  const [folder] = positionals;
  if (typeof extension !== 'string' || typeof tests !== 'string' || folder === undefined) {
    throw new Error(
      'Expected --extensionDevelopmentPath=…, --extensionTestsPath=… and a folder or .code-workspace file.',
    );
  }

  const launchOptions = await browserLaunchOptions();
  const server = await startEditorServer({
    extensionPath: resolve(extension),
    extensionTestsPath: resolve(tests),
    workspaceFolder: resolve(folder),
    // Whoever wants its tests to look there says where.
    env: { [stateVariable]: process.env[stateVariable] },
    ...(typeof userDataDir === 'string' ? { userDataDir: resolve(userDataDir) } : {}),
  });
  const background: string[] = [];
  let reported = 0;
  try {
    const browser = await chromium.launch({ ...launchOptions, handleSIGINT: false, handleSIGTERM: false });
    try {
      const page = await browser.newPage();
      const exitCode = new Promise<number>((done, fail) => {
        void page.exposeFunction('codeAutomationExit', done);
        page.once('crash', () => fail(new Error('The page of the editor crashed.')));
        void server.ended.then(() => fail(new Error('The VS Code server ended before the tests did.')));
        setTimeout(
          () => fail(new Error(`The tests took more than ${testTimeout / 60_000} minutes.`)),
          testTimeout,
        ).unref();
      });
      exitCode.catch(() => undefined);
      await page.exposeFunction('codeAutomationLog', (_type: string, args: readonly unknown[]) => {
        // The tests' index prints through '%s'; the workbench's own log comes here too, in another form.
        if (args[0] === '%s') {
          reported += 1;
          process.stdout.write(`${format(...args)}\n`);
        } else {
          background.push(format(...args));
        }
      });
      await page.goto(server.url());
      const code = await Promise.race([exitCode, stopped]);
      if (code !== 0 && reported === 0) {
        process.stderr.write(`The last lines of the editor's log:\n${background.slice(-20).join('\n')}\n`);
      }
      return code;
    } finally {
      await browser.close();
    }
  } catch (error) {
    const log = server.log().split('\n').slice(-20).join('\n');
    throw new Error(`${reason(error)}\nThe last lines of the server's log:\n${log}`, { cause: error });
  } finally {
    await server.dispose();
  }
}
