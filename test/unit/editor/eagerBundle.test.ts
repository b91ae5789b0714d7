import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildExtension } from '../../bench/host/stage.ts';
import { eagerFiles } from '../../support/eagerFiles.ts';
import { useScratchFolder } from '../../support/scratch.ts';

/** Of what the editor reads at its start, bytes. */
const most = 500_000;

describe('the extension as it is packaged', () => {
  const scratch = useScratchFolder();

  it('loads little before anybody asks for more', async function () {
    this.timeout(120_000);
    const dist = join(await buildExtension(scratch(), 'packaged'), 'dist');
    const eager = eagerFiles(join(dist, 'extension.js'));
    const sizes = eager.map((file) => ({ file: basename(file), bytes: statSync(file).size }));
    const bytes = sizes.reduce((sum, each) => sum + each.bytes, 0);
    assert.ok(bytes < most, `${bytes} bytes: ${JSON.stringify(sizes)}`);
    // Each file takes its time too.
    assert.ok(eager.length < 40, `${eager.length} files`);
    for (const lazy of ['promptWork', 'pipelineWork', 'execa', 'demoAnswer']) {
      const built = readdirSync(dist).filter((name) => name.startsWith(`extension-${lazy}-`));
      assert.equal(built.length, 1, `${lazy} is a file of its own`);
      assert.ok(!sizes.some(({ file }) => file === built[0]), `${lazy} is not loaded at the start`);
    }
  });
});
