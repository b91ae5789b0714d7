/** Starts the editor with the bench's index in the place of tests, as `npm run test:host` does with its tests. */
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { writeQuietSettings } from '../../support/editor/editorServer.ts';
import type { EditorJob } from './session.ts';

const { folder, workspace, extension, index, desktop, variables } = JSON.parse(process.argv[2] ?? '') as EditorJob;
const userDataDir = join(folder, 'user');
await writeQuietSettings(userDataDir);
const launchArgs = [workspace, `--user-data-dir=${userDataDir}`, `--extensions-dir=${join(folder, 'extensions')}`];
const launcher = join(import.meta.dirname, '../../support/editor/launcher.ts');
process.exitCode = await runTests({
  extensionDevelopmentPath: extension,
  extensionTestsPath: index,
  extensionTestsEnv: variables,
  ...(desktop === undefined
    ? { vscodeExecutablePath: process.execPath, launchArgs: [launcher, ...launchArgs] }
    : { vscodeExecutablePath: desktop, launchArgs }),
});
process.exit();
