import assert from 'node:assert/strict';
import { chosenArguments } from '../../../src/editor/chosenArguments.ts';

describe('what a command on candidates is handed', () => {
  const uri = (path: string) => ({ scheme: 'file', authority: '', path, fsPath: path });
  const node = (path: string) => ({
    kind: 'candidate',
    candidate: { uri: uri(path), prompt: uri('/a.prompt.md'), key: { file: '01.md' } },
  });
  const paths = (clicked: unknown, selected?: unknown): readonly string[] =>
    chosenArguments(clicked, selected).map((each) => {
      switch (each.kind) {
        case 'candidate':
          return each.candidate.uri.path;
        case 'file':
          return each.file.path;
        case 'prompt':
        case 'row':
          return each.prompt.path;
        case 'context':
          return JSON.stringify(each.context);
      }
    });

  it('is the file of the Explorer, and all that are selected there', () => {
    assert.deepEqual(paths(uri('/01.md')), ['/01.md']);
    assert.deepEqual(paths(uri('/01.md'), [uri('/01.md'), uri('/02.md')]), ['/01.md', '/02.md']);
  });

  it('is one of the view, all selected ones where it is one of them, and else that one alone', () => {
    const [one, two, three] = [node('/01.md'), node('/02.md'), node('/03.md')];
    assert.deepEqual(paths(one, [one, two]), ['/01.md', '/02.md']);
    assert.deepEqual(paths(three, [one, two]), ['/03.md']);
    assert.deepEqual(paths(one, undefined), ['/01.md']);
  });

  it('is a prompt or a row of the view', () => {
    assert.deepEqual(paths({ kind: 'prompt', prompt: uri('/a.prompt.md') }), ['/a.prompt.md']);
    assert.deepEqual(paths({ kind: 'row', prompt: uri('/a.prompt.md'), row: 'mug' }), ['/a.prompt.md']);
  });

  it('is the object of a page whose context menu was opened', () => {
    assert.deepEqual(paths({ webview: 'parallelCandidates.board', cardId: 3 }), [
      '{"webview":"parallelCandidates.board","cardId":3}',
    ]);
  });

  it('is nothing where it comes from a key, and what is none of ours is left out', () => {
    for (const given of [undefined, null, 3, 'file:///01.md', {}, { kind: 'candidate' }, { scheme: 'file' }, []]) {
      assert.deepEqual(paths(given), []);
    }
    assert.deepEqual(paths({ kind: 'candidate', candidate: { uri: '/01.md', key: {} } }), []);
    assert.deepEqual(paths({ kind: 'prompt', prompt: '/a.prompt.md' }), []);
  });
});
