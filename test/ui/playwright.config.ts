import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
import { browserLaunchOptions } from '../support/editor/browser.ts';
import { testOutput } from '../support/editor/cache.ts';

const resultsFile = process.env.PARALLEL_CANDIDATES_TEST_RESULTS;

export default defineConfig({
  testDir: import.meta.dirname,
  testMatch: '**/*.spec.ts',
  outputDir: join(testOutput, 'ui'),
  workers: 1,
  // A machine that pauses for seconds must not turn a change away; what passed only then is listed as flaky, and is a bug.
  retries: process.env.CI === undefined ? 0 : 1,
  timeout: 90_000,
  globalTimeout: 30 * 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ...(resultsFile === undefined ? [] : [['json', { outputFile: resultsFile }] as const])],
  use: {
    launchOptions: await browserLaunchOptions(),
    viewport: { width: 1280, height: 800 },
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    screenshot: 'only-on-failure',
    // A snapshot of the workbench's document with every action would double the time that a test takes.
    trace: { mode: 'retain-on-failure', snapshots: false, screenshots: true },
  },
});
