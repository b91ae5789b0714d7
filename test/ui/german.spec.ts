import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './support/fixtures.ts';

test.use({ editorLocale: 'de' });

test.describe('in German', () => {
  test('commands, CodeLens, queue and messages are German', async ({ workbench, folder }) => {
    await writeFile(join(folder, 'spruch.prompt.md'), '---\ncandidates: { count: 3 }\n---\nEin Spruch.\n');
    await workbench.open();
    await workbench.openFile('spruch.prompt.md');
    await expect(workbench.codeLens('3 Kandidaten erzeugen')).toBeVisible();
    await workbench.runCommand('Parallel Candidates: Kandidaten parallel erzeugen');
    await expect(workbench.notification('spruch: 3 Kandidaten wurden geschrieben.')).toBeVisible({ timeout: 30_000 });
    await expect(workbench.webview().getByRole('button', { name: '3 geschrieben' })).toBeVisible();
    await workbench.screenshot('german');
  });
});
