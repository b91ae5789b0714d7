import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './support/fixtures.ts';

test('the workbench comes up with a folder and opens its file', async ({ workbench, folder }) => {
  await writeFile(join(folder, 'hello.txt'), 'Hello\n');
  await workbench.open();
  await workbench.openFile('hello.txt');
  await expect.poll(() => workbench.editorText()).toContain('Hello');
  await workbench.screenshot('workbench');
});
