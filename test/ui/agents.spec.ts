import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './support/fixtures.ts';
import type { Workbench } from './support/workbench.ts';

test.use({ otherExtensions: [join(import.meta.dirname, 'support/agent')] });

test.describe('an agent of the editor', () => {
  test.beforeEach(async ({ folder, workbench }) => {
    await writeFile(
      join(folder, 'line.prompt.md'),
      '---\ncandidates:\n  count: 3\n---\nWrite a line about [tea](x).\n',
    );
    await workbench.open();
  });

  async function call(workbench: Workbench, folder: string, tool: string, input: object): Promise<void> {
    await rm(join(folder, 'answer.json'), { force: true });
    await writeFile(join(folder, 'call.json'), JSON.stringify({ tool: `parallelCandidates_${tool}`, input }));
    await workbench.runCommand('Agent: Call a Tool');
  }
  async function answer(folder: string): Promise<Readonly<Record<string, unknown>>> {
    const file = join(folder, 'answer.json');
    await expect.poll(() => existsSync(file), { timeout: 30_000 }).toBe(true);
    return JSON.parse(await readFile(file, 'utf8')) as Readonly<Record<string, unknown>>;
  }

  test('generates and picks once the person has agreed to what it comes to', async ({ workbench, folder }) => {
    const input = { promptFile: 'line.prompt.md', cap: { requests: 6, cost: 1 }, waitSeconds: 30 };
    await call(workbench, folder, 'start_generation', input);
    const question = workbench.dialog();
    await expect(question).toContainText('Generate candidates of line.prompt.md?');
    await expect(question).toContainText('3 candidates, 3 calls.');
    await expect(question).toContainText('It costs about ');
    await expect(question).toContainText('Cap on requests: 6. Cap on cost: 1.00.');
    await workbench.screenshot('agents-generate');
    await question.getByRole('button', { name: 'Cancel' }).click();
    await expect(question).toBeHidden();
    expect(await answer(folder)).toHaveProperty('refused');
    expect(await readdir(folder)).not.toContain('candidates');

    await call(workbench, folder, 'start_generation', input);
    await workbench.dialog().getByRole('button', { name: 'Yes' }).click();
    expect(await answer(folder)).toMatchObject({ candidates: 3, status: { state: 'finished', written: 3 } });
    await expect(workbench.notification('line: 3 candidates were written.')).toBeVisible({ timeout: 30_000 });

    await call(workbench, folder, 'pick_candidate', { candidate: 'candidates/line/02.md' });
    await expect(workbench.dialog()).toContainText('It is copied to line.picked.md.');
    await workbench.screenshot('agents-pick');
    await workbench.dialog().getByRole('button', { name: 'Yes' }).click();
    expect(await answer(folder)).toEqual({ candidate: 'candidates/line/02.md', target: 'line.picked.md' });
    const text = await readFile(join(folder, 'candidates/line/02.md'), 'utf8');
    expect(await readFile(join(folder, 'line.picked.md'), 'utf8')).toBe(text);

    await call(workbench, folder, 'get_status', {});
    expect(await answer(folder)).toMatchObject({ runs: [{ label: 'line', state: 'finished' }] });
  });
});
