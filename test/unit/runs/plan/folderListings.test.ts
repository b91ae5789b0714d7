import assert from 'node:assert/strict';
import { FolderListings } from '../../../../src/runs/plan/folderListings.ts';

describe('folder listings', () => {
  const folders: Readonly<Record<string, readonly string[]>> = {
    '/w': ['a.prompt.md', 'Candidates'],
    '/w/candidates': ['tea', 'm\u0075\u0308sli'],
    '/w/candidates/tea': ['01.md'],
    '/w/candidates/m\u00fcsli': ['02.md'],
  };

  function listings(problemOf: (folder: string) => string | undefined = () => undefined) {
    const listed: string[] = [];
    const checked: string[] = [];
    const store = {
      names: (folder: string) => {
        listed.push(folder);
        return Promise.resolve([...(folders[folder] ?? [])]);
      },
      folderProblem: (folder: string) => {
        checked.push(folder);
        return Promise.resolve(problemOf(folder));
      },
    };
    return { listed, checked, folders: new FolderListings(store, '/w') };
  }

  it('look into each folder once, and into none that its parent does not have', async () => {
    const { listed, folders: look } = listings();
    for (let row = 0; row < 100; row++) assert.deepEqual(await look.names(`/w/candidates/row ${row}`), []);
    assert.deepEqual(await look.names('/w/candidates/tea'), ['01.md']);
    assert.deepEqual(await look.names('/w/candidates/tea'), ['01.md']);
    assert.deepEqual(listed, ['/w', '/w/candidates', '/w/candidates/tea']);
  });

  it('find names that some file system takes for the same', async () => {
    assert.deepEqual(await listings().folders.names('/w/candidates/m\u00fcsli'), ['02.md']);
  });

  it('check once what stands in the way of folders, and again only for a longer path', async () => {
    const { checked, folders: look } = listings((folder) => (folder.length > 22 ? 'is too long' : undefined));
    for (const folder of ['/w/x/a', '/w/x/b', '/w/x/cc', '/w/x/d', '/w/x/a-rather-long-name', '/w/candidates/tea'])
      await look.problem(folder);
    assert.deepEqual(checked, ['/w/x/a', '/w/x/cc', '/w/x/a-rather-long-name', '/w/candidates/tea']);
    assert.equal(await listings((folder) => `${folder} is full`).folders.problem('/w/x/a'), '/w/x/a is full');
  });

  it('look into folders outside of their root as they are', async () => {
    const { listed, folders: look } = listings();
    assert.deepEqual(await look.names('/elsewhere/x'), []);
    assert.deepEqual(listed, ['/elsewhere/x']);
  });
});
