import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '../../..');

interface Found {
  readonly keys: ReadonlySet<string>;
  /** Calls whose text only the running program knows: nobody can translate it. */
  readonly unreadable: readonly string[];
}

/** The texts of every `l10n.t(…)` and `vscode.l10n.t(…)`, as a bundle names them. */
function textsOf(sources: readonly { readonly name: string; readonly text: string }[]): Found {
  const keys = new Set<string>();
  const unreadable: string[] = [];
  for (const { name, text } of sources) {
    const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest);
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && /(^|\.)l10n\.t$/.test(node.expression.getText(source))) {
        const key = keyOf(node.arguments[0]);
        if (key === undefined) unreadable.push(`${name}: ${node.getText(source)}`);
        else keys.add(key);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { keys, unreadable };
}

function keyOf(argument: ts.Expression | undefined): string | undefined {
  if (argument === undefined) return undefined;
  if (ts.isStringLiteralLike(argument)) return argument.text;
  if (!ts.isObjectLiteralExpression(argument)) return undefined;
  const texts = new Map<string, string>();
  for (const property of argument.properties) {
    if (!ts.isPropertyAssignment(property) || !ts.isIdentifier(property.name)) continue;
    if (ts.isStringLiteralLike(property.initializer)) texts.set(property.name.text, property.initializer.text);
  }
  const [message, comment] = [texts.get('message'), texts.get('comment')];
  return message === undefined || comment === undefined ? undefined : `${message}/${comment}`;
}

function sourcesIn(folder: string): { name: string; text: string }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ name: join(folder, name), text: readFileSync(join(root, folder, name), 'utf8') }));
}

describe('texts to translate', () => {
  it('finds what a call says, and calls that nobody could translate', () => {
    const text = `vscode.l10n.t('a {0}', 1); l10n.t({ message: 'b', comment: 'c' }); l10n.t(\`d\`); l10n.t(e); other.t('f');`;
    const { keys, unreadable } = textsOf([{ name: 'x.ts', text }]);
    assert.deepEqual([...keys], ['a {0}', 'b/c', 'd']);
    assert.deepEqual(unreadable, ['x.ts: l10n.t(e)']);
  });

  it('are all in the bundle, and nothing else: `npm run l10n` brings it up to date', () => {
    const { keys, unreadable } = textsOf([...sourcesIn('src'), ...sourcesIn('media')]);
    assert.deepEqual(unreadable, []);
    const bundle = JSON.parse(readFileSync(join(root, 'l10n/bundle.l10n.json'), 'utf8')) as Record<string, unknown>;
    assert.deepEqual(Object.keys(bundle).sort(), [...keys].sort());
  });
});
