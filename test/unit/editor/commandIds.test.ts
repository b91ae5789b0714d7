import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import packageJson from '../../../package.json' with { type: 'json' };
import { candidatesViewId, commandIds, queueViewId } from '../../../src/editor/commandIds.ts';

const editor = new URL('../../../src/editor/', import.meta.url);

describe('command ids', () => {
  it('are the commands that package.json contributes', () => {
    const contributed = packageJson.contributes.commands.map(({ command }) => command);
    assert.deepEqual(Object.values(commandIds).sort(), contributed.sort());
  });

  it('name the views that package.json contributes', () => {
    const views = Object.values(packageJson.contributes.views).flat();
    assert.deepEqual(views.map(({ id }) => id).sort(), [candidatesViewId, queueViewId]);
  });

  it('are written down nowhere else in the editor', () => {
    const ids: readonly string[] = [...Object.values(commandIds), queueViewId, candidatesViewId];
    for (const file of readdirSync(editor, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || file === 'commandIds.ts') continue;
      const text = readFileSync(new URL(file.replaceAll('\\', '/'), editor), 'utf8');
      const found = ids.filter((id) => text.includes(`'${id}'`));
      assert.deepEqual(found, [], file);
    }
  });

  it('are each registered in one place', () => {
    const files = readdirSync(new URL('commands/', editor));
    const texts = files.map((file) => readFileSync(new URL(`commands/${file}`, editor), 'utf8'));
    for (const name of Object.keys(commandIds)) {
      const registered = texts.flatMap((text) => [
        ...text.matchAll(new RegExp(`register\\w*\\(\\s*commandIds\\.${name},`, 'g')),
      ]);
      assert.equal(registered.length, 1, name);
    }
  });
});
