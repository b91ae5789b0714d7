import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** What a document names in code or links to, as far as it is a path of the repository without gaps to fill in. */
function pathsIn(document: string): string[] {
  const code = [...document.matchAll(/`([^`\s]+)`/g)].map(([, text]) => text!);
  const links = [...document.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
  const isPath = /^(?:(?:src|media|test|l10n|\.ci|\.vscode)\/[\w./-]*|[\w.-]+\.(?:md|mjs|json))$/;
  return [...new Set([...code, ...links])].filter((text) => isPath.test(text));
}

describe('architecture', () => {
  for (const file of ['ARCHITECTURE.md', 'CONTRIBUTING.md']) {
    it(`names only what is there in ${file}`, () => {
      const paths = pathsIn(read(file));
      assert.ok(paths.length > 10, 'paths are found at all');
      assert.deepEqual(
        paths.filter((path) => !existsSync(join(root, path))),
        [],
      );
    });
  }

  it('knows a path when it sees one', () => {
    const text = 'In `src/a.ts`, `l10n/<x>.json` and [this](B.md): `x.y()`, `npm start`, `vscode`, `package.json`.';
    assert.deepEqual(pathsIn(text), ['src/a.ts', 'package.json', 'B.md']);
  });

  it('has a part with an invariant for every folder of src', () => {
    const parts = read('ARCHITECTURE.md').split(/^#{2,3} /m);
    for (const entry of readdirSync(join(root, 'src'), { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const part = parts.find((each) => each.startsWith(`\`src/${entry.name}/\`\n`));
      assert.match(part ?? '', /\*\*Always\*\*/, `src/${entry.name}/`);
    }
  });

  it('names every source file of more than 400 lines, and why', () => {
    const [, sizes = ''] = read('ARCHITECTURE.md').split('## Sizes\n');
    const unexplained = ['src', 'media'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
        .filter((file) => /\.(?:ts|css)$/.test(file) && read(file).split('\n').length - 1 > 400)
        .filter((file) => !sizes.includes(`\`${file}\``)),
    );
    assert.deepEqual(unexplained, []);
  });
});
