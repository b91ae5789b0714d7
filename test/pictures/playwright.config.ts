import { defineConfig } from '@playwright/test';
import tests from '../ui/playwright.config.ts';

/** What makes the pictures of the README, from the running editor: `npm run pictures`. */
export default defineConfig({ ...tests, testDir: import.meta.dirname, testMatch: '**/*.picture.ts', retries: 0 });
