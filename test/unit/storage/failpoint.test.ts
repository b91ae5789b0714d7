import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

const script = `
  import { failpoint } from '${new URL('../../../src/storage/failpoint.ts', import.meta.url).href}';
  for (let count = 1; count <= 3; count++) {
    failpoint('after-plan');
    failpoint('after-commit');
    console.log(count);
  }`;

function run(wanted: string | undefined): { readonly signal: string | null; readonly said: string } {
  const { PARALLEL_CANDIDATES_FAILPOINT: _inherited, ...environment } = process.env;
  const { signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...environment, ...(wanted === undefined ? {} : { PARALLEL_CANDIDATES_FAILPOINT: wanted }) },
    encoding: 'utf8',
  });
  return { signal, said: stdout.trim().replaceAll('\n', ' ') };
}

describe('failpoint', () => {
  it('does nothing unless it was asked for', () => {
    assert.deepEqual(run(undefined), { signal: null, said: '1 2 3' });
    assert.deepEqual(run('before-rename'), { signal: null, said: '1 2 3' });
    assert.deepEqual(run('after-commit:4'), { signal: null, said: '1 2 3' });
  });

  it('kills the process where and when it was asked to', function () {
    if (process.platform === 'win32') this.skip();
    assert.deepEqual(run('after-commit'), { signal: 'SIGKILL', said: '' });
    assert.deepEqual(run('after-commit:3'), { signal: 'SIGKILL', said: '1 2' });
  });
});
