import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameLocator, Locator } from '@playwright/test';
import { startTestServer, type TestServer } from '../support/server/testServer.ts';
import { accessibilityProblems } from './support/accessibility.ts';
import { expect, test } from './support/fixtures.ts';
import type { Workbench } from './support/workbench.ts';

const words = ['amber', 'birch', 'cedar', 'dawn', 'ember', 'fern', 'grain', 'hazel', 'iris', 'juniper', 'kelp', 'lamp'];
const faults: Readonly<Record<string, string>> = { cedar: '[[fault:400]]', ember: '[[fault:500:1]]' };

const pipeline = `description: Words to cards
source: { data: words.csv, key: "{{ word }}" }
stages:
  - name: meaning
    prompt: meaning.prompt.md
    workers: 4
  - name: card
    prompt: card.prompt.md
    workers: 3
    queue: 6
  - name: check
    command: [node, -e, "process.stdout.write('fine')"]
    workers: 2
table: { file: cards.csv, columns: [word, card.text] }
`;

test.describe('the queue panel', () => {
  let server: TestServer;

  test.beforeEach(async ({ folder, workbench }) => {
    server = await startTestServer({ latency: { kind: 'fixed', ms: 400 }, chunks: 12 });
    await workbench.writeSettings({
      'parallelCandidates.services': [
        {
          name: 'local',
          kind: 'openai',
          baseUrl: server.baseUrl,
          models: ['test-model'],
          maxConcurrent: 8,
          requestsPerMinute: 1200,
          prices: { input: 2, output: 8 },
        },
      ],
      'parallelCandidates.defaultService': 'local',
      'parallelCandidates.retry.baseSeconds': 0.2,
      'workbench.secondarySideBar.defaultVisibility': 'hidden',
    });
    await mkdir(join(folder, 'cards'));
    const put = (name: string, text: string): Promise<void> => writeFile(join(folder, 'cards', name), text);
    await put('cards.pipeline.yml', pipeline);
    await put('words.csv', ['word,mark', ...words.map((word) => `${word},${faults[word] ?? ''}`), ''].join('\n'));
    await put('meaning.prompt.md', 'What does {{ word }} mean?\n');
    await put('card.prompt.md', 'Make a card of {{ word }}: {{ meaning.text }} {{ mark }}\n');
    await workbench.open();
    await workbench.openFile('cards.pipeline.yml');
  });

  test.afterEach(() => server.close());

  const row = (queue: FrameLocator, record: string, stage: string): Locator =>
    queue.locator(`[data-item][aria-label^="${record}, ${stage}"], [data-item][aria-label^="${record} · ${stage}"]`);

  async function run(workbench: Workbench): Promise<FrameLocator> {
    await workbench.codeLens('Run pipeline').click();
    const queue = workbench.webview();
    await expect(queue.locator('[data-item]').first()).toBeVisible({ timeout: 20_000 });
    return queue;
  }

  async function through(workbench: Workbench): Promise<FrameLocator> {
    const queue = await run(workbench);
    await expect(queue.locator('.run')).toHaveAttribute('data-state', 'finished', { timeout: 60_000 });
    // What is told at the end lies over what is looked at.
    await expect(workbench.notification(/cards: 12 records/)).toBeVisible();
    await workbench.runCommand('Notifications: Clear All Notifications');
    return queue;
  }

  test('shows a pipeline at work: rates, queues, the bottleneck, services, workers and texts as they come', async ({
    workbench,
  }) => {
    server.configure({ latency: { kind: 'fixed', ms: 6000 } });
    await workbench.runCommand('Notifications: Toggle Do Not Disturb Mode');
    const queue = await run(workbench);
    const stages = queue.locator('.stage-tally');
    await expect(stages.nth(1)).toContainText('card', { timeout: 20_000 });
    await expect(queue.locator('.stage-tally.bottleneck')).toHaveCount(1);
    await expect(queue.locator('.preview').first()).not.toBeEmpty();
    await expect(stages.first()).toContainText(/\/min/);
    await workbench.screenshot('queue-at-work');
    await queue.locator('.run-row').hover();
    await queue.locator('[data-action="show-services"]').click();
    const pane = queue.locator('.pane');
    await expect(pane.locator('.service-name').first()).toHaveText('local');
    await expect(pane).toContainText(/Requests per minute/);
    await pane.locator('.unfold').first().click();
    await expect(pane.locator('.workers li').first()).toContainText(/Worker 1/);
    await expect(pane.locator('.workers')).toContainText(/ · (meaning|card)/);
    await expect(stages).toHaveCount(3, { timeout: 20_000 });
    // The README shows this picture: media/images/queue.png.
    await workbench.screenshot('queue-services');
    await queue.locator('[data-action="show-charts"]').click();
    const charts = pane.locator('svg[role="img"]');
    await expect(charts).toHaveCount(3, { timeout: 20_000 });
    await expect(charts.first()).toHaveAttribute('aria-label', /^Items per minute: .* now, .* at most\.$/);
    await expect(charts.nth(2)).toHaveAttribute('aria-label', /^Cost: /);
    await pane.locator('.twin .unfold').click();
    await expect(pane.locator('.twin tbody tr').first()).toBeVisible();
    await workbench.screenshot('queue-charts');
    if ((await queue.locator('.run').getAttribute('data-state')) === 'running') {
      await workbench.runCommand('Parallel Candidates: Cancel All');
    }
    await expect(queue.locator('.run')).toHaveAttribute('data-state', 'finished', { timeout: 60_000 });
    await workbench.runCommand('Notifications: Toggle Do Not Disturb Mode');
  });

  test('filters records by stage and words, and shows the way of one with its attempts', async ({ workbench }) => {
    const queue = await through(workbench);
    await expect(queue.locator('.stage-tally')).toHaveText([
      /meaning.*12 of 12/s,
      /card.*11 of 12.*1/s,
      /check.*11 of 11/s,
    ]);
    await queue.locator('.stage-tally[data-stage="card"]').click();
    await expect(queue.locator('[data-item]')).toHaveCount(12);
    await expect(queue.locator('.stage-note')).toContainText('1 bad-request');
    await workbench.screenshot('queue-stage');
    await queue.locator('.run-row').hover();
    await queue.locator('[data-action="toggle-search"]').click();
    await expect(queue.locator('.search')).toBeFocused();
    await workbench.page.keyboard.type('ember');
    await expect(queue.locator('[data-item]')).toHaveCount(1);
    await queue.locator('[data-item]').click();
    const pane = queue.locator('.pane');
    await expect(pane.locator('h2')).toHaveText('ember');
    await expect(pane.locator('.step-stage')).toHaveText(['meaning', 'card', 'check']);
    const card = pane.locator('[data-step="card"]');
    await expect(card.locator('.attempts li')).toHaveText([
      /Attempt 1: server-error.*local\/test-model/s,
      /Attempt 2: completed/,
    ]);
    await expect(card).toContainText(/2 attempts · .*tokens · cost/);
    await card.locator('.unfold').click();
    await expect(card.locator('pre').first()).toContainText('"word": "ember"');
    await expect(card.locator('pre').nth(1)).toContainText('"text"');
    await workbench.screenshot('queue-record');
    await workbench.page.keyboard.press('Escape');
    await expect(pane).toHaveCount(0);
  });

  test('is used by keys alone: rows are selected, moved up, cancelled and run again together', async ({
    workbench,
  }) => {
    server.hold();
    const queue = await run(workbench);
    await expect(queue.locator('[data-item][data-state="running"]')).toHaveCount(4);
    const { keyboard } = workbench.page;
    await row(queue, 'hazel', 'meaning').click();
    await keyboard.press('Alt+ArrowUp');
    await expect(row(queue, 'hazel', 'meaning')).toContainText('priority 4');
    await keyboard.press('Shift+ArrowDown');
    await keyboard.press('Shift+ArrowDown');
    await expect(queue.locator('.bulk-count')).toHaveText('3 selected');
    await workbench.screenshot('queue-selected');
    await keyboard.press('Delete');
    await expect(queue.locator('[data-item][data-state="cancelled"]')).toHaveCount(3);
    await queue.locator('[data-action="run-selected-again"]').click();
    await expect(queue.locator('[data-item][data-state="cancelled"]')).toHaveCount(0);
    await keyboard.press('Escape');
    await expect(queue.locator('.bulk')).toHaveCount(0);
    server.release();
    await expect(queue.locator('.run')).toHaveAttribute('data-state', 'finished', { timeout: 60_000 });
  });

  test('runs a stage again for the records of the last run, from the strip and from the pipeline', async ({
    workbench,
  }) => {
    const queue = await through(workbench);
    const called = (): number => server.ledger.records.length;
    const before = called();
    await queue.locator('.stage-tally[data-stage="card"]').click();
    await queue.locator('[data-action="run-stage-again"]').click();
    await expect.poll(called).toBe(before + 12);
    await expect(queue.locator('.run')).toHaveAttribute('data-state', 'finished', { timeout: 60_000 });
    await expect(queue.locator('.stage-tally')).toHaveText([/12 of 12/, /11 of 12/, /11 of 11/]);
    await expect(workbench.notification(/cards: 12 records/)).toBeVisible();
    await workbench.runCommand('Notifications: Clear All Notifications');
    await workbench.codeLens('Run this stage again').first().click();
    await expect.poll(called, { timeout: 30_000 }).toBeGreaterThanOrEqual(before + 12 + 12);
    await expect(queue.locator('.run')).toHaveAttribute('data-state', 'finished', { timeout: 60_000 });
  });

  test('is accessible in four themes, and stays quiet', async ({ workbench }) => {
    const queue = await through(workbench);
    for (const theme of ['dark', 'light', 'high contrast', 'high contrast light'] as const) {
      await workbench.setColorTheme(theme);
      const name = theme.replaceAll(' ', '-');
      const look = async (what: string): Promise<void> => {
        await workbench.screenshot(`queue-${what}-${name}`);
        expect(await accessibilityProblems(queue), `${what}, ${theme}`).toEqual([]);
      };
      await queue.locator('.stage-tally[data-stage="card"]').click();
      await row(queue, 'cedar', 'card').click();
      await expect(queue.locator('.pane .step').nth(1)).toBeVisible();
      await look('way');
      await queue.locator('.run-row').hover();
      await queue.locator('[data-action="show-charts"]').click();
      await expect(queue.locator('.chart').first()).toBeVisible();
      await queue.locator('.pane .twin .unfold').click();
      await look('chart');
      await queue.locator('[data-action="close-pane"]').click();
      await queue.locator('.note-actions [data-action="filter-stage"]').click();
    }
    await expect(queue.locator('.announcer')).toHaveText(/^(Finished: cards\..*)?$/);
  });
});
