import assert from 'node:assert/strict';
import { guardedPlace, isHidden } from '../../../src/candidates/guardedPlaces.ts';

describe('a place that programs run or read as configuration', () => {
  const of = (path: string) => {
    const names = path.split('/');
    return guardedPlace(names.slice(0, -1), names.at(-1));
  };

  it('is a folder of version control, an editor or a package manager, wherever it lies', () => {
    assert.equal(of('.git/hooks/pre-commit'), '.git');
    assert.equal(of('a/b/.vscode/tasks.json'), '.vscode');
    assert.equal(of('node_modules/x/index.js'), 'node_modules');
    assert.equal(of('.husky/_/x'), '.husky');
    assert.equal(of('.devcontainer/x/y.json'), '.devcontainer');
    assert.equal(of('.ssh/config'), '.ssh');
    assert.equal(guardedPlace(['a', '.git']), '.git');
  });

  it('is known by every name that some file system takes for it', () => {
    const names = ['.GIT', '.Git', '.git.', '.git ', '.git. .', ' .git', '.g\u200cit', '.git\ufeff', '．git', 'GIT~1'];
    for (const name of [...names, 'git~12', '.git::$INDEX_ALLOCATION', '.git:x']) {
      assert.equal(of(`${name}/hooks/x`), '.git', JSON.stringify(name));
    }
    assert.equal(of('NODE_M~1/x'), 'node_modules');
    assert.equal(of('vscode~1/x'), '.vscode');
    assert.equal(of('makefile'), 'Makefile');
    assert.equal(of('PACKAG~1.JSO'), 'package.json');
  });

  it('is in folders of forges and agents all but where prompts live', () => {
    assert.equal(of('.github/workflows/x.yml'), '.github/workflows');
    assert.equal(of('.GitHub/Workflows/a/x.yml'), '.github/workflows');
    assert.equal(of('GITHUB~1/WORKFL~1/x.yml'), '.github/workflows');
    assert.equal(of('.github/dependabot.yml'), '.github');
    assert.equal(of('.claude/settings.json'), '.claude');
    assert.equal(of('.cursor/rules/x.md'), '.cursor/rules');
    for (const path of ['.github/prompts/candidates/a/01.md', '.claude/skills/x/candidates/SKILL/01.md']) {
      assert.equal(of(path), undefined, path);
    }
  });

  it('is a file that something runs or obeys', () => {
    for (const name of ['Makefile', 'package.json', '.env', '.env.local', '.npmrc', '.bashrc', '.gitlab-ci.yml']) {
      assert.equal(of(`a/${name}`), name);
    }
    for (const name of ['AGENTS.md', 'x.code-workspace', 'vite.config.ts', 'x.instructions.md', 'x.lnk', 'a.pth']) {
      assert.equal(of(name), name);
    }
  });

  it('is no other', () => {
    for (const path of [
      ...['candidates/a/01.md', 'git/01.md', 'github/workflows/01.yml', '..a/b', 'a.git/01.md', '.gіt/x'],
      ...['01.json', '_.git/01.md', 'README.md', '01.py', 'node modules/x', 'page~1.md', 'package.md', 'com~1/x'],
    ]) {
      assert.equal(of(path), undefined, path);
    }
    assert.ok(isHidden('.a'));
    for (const name of ['a', '..a', '..', '.', '']) assert.ok(!isHidden(name), name);
  });
});
