import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { listFiles, PackageManager } from '@vscode/vsce';

const root = new URL('../../', import.meta.url);

/** Licences that ask for no more than to be passed on, and one whose source has to be found. */
const accepted = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-4.0',
  'ISC',
  'MIT',
  'MPL-2.0',
  'Unlicense',
];

interface Section {
  readonly name: string;
  readonly licence: string;
  readonly source: string;
  readonly text: string;
}

/** What the build wrote: `npm run build` first. */
function sections(): readonly Section[] {
  const notices = readFileSync(new URL('dist/THIRD_PARTY_NOTICES.txt', root), 'utf8');
  return notices
    .split(`\n${'='.repeat(80)}\n\n`)
    .slice(1)
    .map((section) => {
      const [, name, licence, source, text] =
        /^(\S+) \d[^\n]*\nLicence: ([^\n]+)\nSource: (https:[^\n]+)\n\n(.+)$/s.exec(section) ?? [];
      assert.ok(name && licence && source && text, section.slice(0, 200));
      return { name, licence, source, text };
    });
}

describe('notices of bundled packages', () => {
  it('are of the packages that are bundled or copied, each once, and of no others', () => {
    const names = sections().map(({ name }) => name);
    const bundled = [
      '@jmespath-community/jmespath',
      'liquidjs',
      'openai',
      'piscina',
      'unpdf',
      'yaml',
      'lit',
      '@vscode/codicons',
    ];
    for (const name of [...bundled, 'tesseract.js-core', '@tesseract.js-data/eng']) {
      assert.ok(names.includes(name), `${name} is none of ${names.join(', ')}`);
    }
    assert.deepEqual(names, [...new Set(names)]);
    for (const name of ['mocha', 'esbuild', 'typescript']) assert.ok(!names.includes(name), name);
  });

  it('have a licence that may be passed on, with its text', () => {
    for (const { name, licence, text } of sections()) {
      assert.ok(accepted.includes(licence), `${name}: ${licence}`);
      assert.ok(text.length > 400, name);
    }
  });

  it('say where the source is that a licence wants to be found', () => {
    const [found, ...more] = sections().filter(({ licence }) => licence === 'MPL-2.0');
    assert.deepEqual(more, []);
    assert.equal(found?.name, '@jmespath-community/jmespath');
    assert.match(found.source, /^https:\/\/github\.com\//);
    assert.match(found.text, /^Mozilla Public License Version 2\.0/);
  });

  it('are in the package', async function () {
    this.timeout(20_000);
    const files = await listFiles({ cwd: fileURLToPath(root), packageManager: PackageManager.None });
    assert.ok(files.includes('dist/THIRD_PARTY_NOTICES.txt'));
  });
});
