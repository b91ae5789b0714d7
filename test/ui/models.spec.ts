import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './support/fixtures.ts';

const command = 'Parallel Candidates: Generate Candidates in Parallel';

test.use({ otherExtensions: [join(import.meta.dirname, 'support/modelProvider')] });

test.describe("the editor's models", () => {
  test.beforeEach(async ({ folder, workbench }) => {
    await workbench.writeSettings({
      'parallelCandidates.services': [
        { name: 'editor', kind: 'vscode-lm', models: ['test-vendor/writer', 'test-vendor/spent'] },
      ],
      'parallelCandidates.defaultService': 'editor',
    });
    await writeFile(join(folder, 'line.prompt.md'), '---\ncandidates:\n  count: 3\n---\nWrite a line.\n');
    const spent = '---\nmodel: test-vendor/spent\ncandidates:\n  count: 2\n---\nWrite a line.\n';
    await writeFile(join(folder, 'spent.prompt.md'), spent);
    await workbench.open();
  });

  test('write candidates once the person has agreed to spend requests of the plan', async ({ workbench, folder }) => {
    await workbench.openFile('line.prompt.md');
    await expect(workbench.codeLens('Generate')).toBeVisible();
    await workbench.runCommand(command);
    const question = workbench.dialog();
    await expect(question).toContainText("This makes 3 requests of your plan for the editor's models.");
    await workbench.screenshot('models-question');
    await question.getByRole('button', { name: 'Cancel' }).click();
    await expect(question).toBeHidden();
    expect(await readdir(folder)).toEqual(['line.prompt.md', 'spent.prompt.md']);

    await workbench.runCommand(command);
    await workbench.dialog().getByRole('button', { name: 'Generate' }).click();
    await expect(workbench.notification('line: 3 candidates were written.')).toBeVisible({ timeout: 30_000 });
    const texts = ['01.md', '02.md', '03.md'].map((name) => readFile(join(folder, 'candidates/line', name), 'utf8'));
    expect((await Promise.all(texts)).sort()).toEqual([1, 2, 3].map((call) => `Text ${call} of 1 message.\n`));
    await workbench.showOutput('Parallel Candidates');
    await expect.poll(() => workbench.outputText('Parallel Candidates')).toMatch(/1 request of your plan/);
  });

  test('say when the plan has no requests left', async ({ workbench, folder }) => {
    await workbench.openFile('spent.prompt.md');
    await expect(workbench.codeLens('Generate')).toBeVisible();
    await workbench.runCommand(command);
    await workbench.dialog().getByRole('button', { name: 'Generate' }).click();
    await expect(workbench.notification(/has no requests left/)).toBeVisible({ timeout: 30_000 });
    await workbench.screenshot('models-spent');
    expect(await readdir(folder)).toEqual(['line.prompt.md', 'spent.prompt.md']);
  });
});
