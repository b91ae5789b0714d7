import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import packageJson from '../../../package.json' with { type: 'json' };
import { candidatesViewId, choosingIds, commandIds, queueViewId } from '../../../src/editor/commandIds.ts';

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

  it('have a stand-in where what registers them is loaded by the first call', () => {
    const read = (file: string): string => readFileSync(new URL(file, editor), 'utf8');
    const idOf = (name: string): string => new Map<string, string>(Object.entries(commandIds)).get(name) ?? name;
    const loaded = [...read('commands/commandWork.ts').matchAll(/from '\.\/(\w+\.ts)'/g)].flatMap(([, file = '']) =>
      Array.from(read(`commands/${file}`).matchAll(/register\w*\(\s*commandIds\.(\w+),/g), ([, name = '']) =>
        idOf(name),
      ),
    );
    const lists = [...read('application.ts').matchAll(/\blate\(([^)]*)\)\(/g)].map(([, list = '']) => list).join();
    const named = Array.from(lists.matchAll(/commandIds\.(\w+)/g), ([, name = '']) => idOf(name));
    assert.ok(lists.includes('...choosingIds'));
    assert.deepEqual([...named, ...choosingIds].sort(), loaded.sort());
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
