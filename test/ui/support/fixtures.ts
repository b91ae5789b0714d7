import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from '@playwright/test';
import { repository } from '../../support/editor/cache.ts';
import { startEditorServer, type EditorServer, type Settings } from '../../support/editor/editorServer.ts';
import { Workbench } from './workbench.ts';

export { expect } from '@playwright/test';

interface WorkerFixtures {
  /** User settings on top of the quiet ones: `test.use({ editorSettings: … })` at the top of a file. */
  editorSettings: Settings;
  /** Variables for the extension host, likewise. */
  editorEnvironment: NodeJS.ProcessEnv;
  /** Folders of extensions that are installed beside ours, likewise. */
  otherExtensions: readonly string[];
  /** The editor with the extension loaded from its source tree: one for each worker. */
  editorServer: EditorServer;
}

interface TestFixtures {
  /** A fresh empty folder; fill it before `workbench.open()`. */
  folder: string;
  /** The editor's window, closed in good order after the test. */
  workbench: Workbench;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  editorSettings: [{}, { scope: 'worker', option: true }],
  editorEnvironment: [{}, { scope: 'worker', option: true }],
  otherExtensions: [[], { scope: 'worker', option: true }],
  editorServer: [
    async ({ editorSettings, editorEnvironment, otherExtensions }, use) => {
      const vsix = process.env.PARALLEL_CANDIDATES_VSIX;
      const server = await startEditorServer({
        ...(vsix === undefined ? { extensionPath: repository } : { vsix }),
        otherExtensions,
        workspaceFolder: tmpdir(),
        settings: editorSettings,
        env: editorEnvironment,
      });
      try {
        await use(server);
      } finally {
        await server.dispose();
      }
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  folder: async ({ editorServer }, use, testInfo) => {
    const folder = await mkdtemp(join(tmpdir(), 'parallel-candidates-ui-'));
    try {
      await use(folder);
    } finally {
      if (testInfo.status !== 'interrupted') {
        await editorServer.idle();
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  },
  workbench: async ({ page, editorServer, editorSettings, folder }, use, testInfo) => {
    const workbench = new Workbench(page, editorServer, folder);
    try {
      await use(workbench);
    } finally {
      if (testInfo.status !== testInfo.expectedStatus) {
        await testInfo.attach('server log', { body: editorServer.log(), contentType: 'text/plain' });
      }
    }
    // After Ctrl+C the browser is gone and nobody is left to close the window in good order.
    if (testInfo.status !== 'interrupted') {
      await workbench.close();
      await editorServer.writeSettings(editorSettings);
    }
  },
});
