import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chooseStateFolder, findStateFolder, journalKey, stateVariable } from '../../../src/storage/stateFolder.ts';
import { useScratchFolder } from '../../support/scratch.ts';
import { reason, value } from '../../support/journal/support.ts';

describe('the state folder', () => {
  const scratch = useScratchFolder();
  const own = { platform: '/home/me/.state/parallel-candidates', home: '/home/me' };
  const none = { variable: undefined, setting: undefined };

  it('is what the variable says, else what the setting says, else what the platform has', () => {
    assert.equal(value(chooseStateFolder({ ...own, variable: '/variable', setting: '/setting' })), '/variable');
    assert.equal(value(chooseStateFolder({ ...own, variable: '', setting: '/setting' })), '/setting');
    assert.equal(value(chooseStateFolder({ ...own, variable: undefined, setting: '' })), own.platform);
  });

  it('is the default of the specification where the platform has a path that is not absolute', () => {
    for (const platform of ['state/parallel-candidates', undefined]) {
      assert.equal(
        value(chooseStateFolder({ ...none, platform, home: '/home/me' })),
        '/home/me/.local/state/parallel-candidates',
      );
    }
  });

  it('is nowhere without a home, or for a variable that is not absolute: one sentence says what to do', () => {
    for (const home of ['', 'me', undefined]) {
      assert.equal(reason(chooseStateFolder({ ...none, platform: undefined, home })), 'no-folder');
    }
    const relative = chooseStateFolder({ ...own, variable: './state', setting: '/setting' });
    assert.equal(reason(relative), 'no-folder');
    assert.equal(
      !relative.ok && relative.failure.message,
      'PARALLEL_CANDIDATES_STATE must be an absolute path, not "./state", so there is no place for the journal: ' +
        'name a folder of yours in PARALLEL_CANDIDATES_STATE.',
    );
  });

  describe('of this process', () => {
    const before = { ...process.env };
    afterEach(() => {
      for (const name of [stateVariable, 'XDG_STATE_HOME']) {
        if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = before[name];
      }
    });

    it('follows the variable, the setting and the platform', async function () {
      if (process.platform === 'win32' || process.platform === 'darwin') this.skip();
      process.env[stateVariable] = join(scratch(), 'variable');
      assert.equal(value(await findStateFolder(join(scratch(), 'setting'))), join(scratch(), 'variable'));
      Reflect.deleteProperty(process.env, stateVariable);
      assert.equal(value(await findStateFolder(join(scratch(), 'setting'))), join(scratch(), 'setting'));
      process.env.XDG_STATE_HOME = scratch();
      assert.equal(value(await findStateFolder()), join(scratch(), 'parallel-candidates'));
    });
  });

  it('has a folder with a name of its own for each journal', () => {
    const keys = ['/a', '/a/', '/A', '/b', 'memfs://host/a'].map(journalKey);
    assert.equal(new Set(keys).size, keys.length);
    for (const key of keys) assert.match(key, /^[0-9a-f]{32}$/);
  });
});
