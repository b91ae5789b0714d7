import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

const test = new URL('../../', import.meta.url);
const page = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');

/** The titles of a test file's tests; what a title fills in is `…`. */
function titlesIn(source: string): string[] {
  const calls = source.matchAll(/\b(?:it|test)\(\s*(['"`])((?:\\.|(?!\1)[^\\])+)\1/g);
  return [...calls].map(([, , title = '']) => title.replaceAll(/\$\{.*?\}/g, '…').replaceAll(/\\(.)/g, '$1'));
}

describe('the table of docs/security.md', () => {
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (?:threat|---|\*\*)/.test(line))
    .map((line) => line.split('|').slice(1, -1));

  it('names a promise and at least one test for each threat', () => {
    assert.ok(rows.length > 30);
    for (const row of rows) {
      assert.equal(row.length, 3, row.join('|'));
      assert.ok(
        row.every((cell) => cell.trim() !== ''),
        row.join('|'),
      );
      assert.match(row[2] ?? '', /^ `[^`]+`(?:, `[^`]+`)* $/);
    }
  });

  it('names no test that does not exist', () => {
    const files = readdirSync(test, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.(test|spec)\.ts$/.test(file),
    );
    const titles = new Set(
      files.flatMap((file) => titlesIn(readFileSync(new URL(file.replaceAll('\\', '/'), test), 'utf8'))),
    );
    const named = rows.flatMap(([, , tests = '']) => [...tests.matchAll(/`([^`]+)`/g)].map(([, title = '']) => title));
    assert.deepEqual(
      named.filter((title) => !titles.has(title)),
      [],
    );
  });
});
