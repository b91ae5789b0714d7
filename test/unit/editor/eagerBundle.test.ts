import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildExtension } from '../../bench/host/stage.ts';
import { eagerFiles } from '../../support/eagerFiles.ts';
import { useScratchFolder } from '../../support/scratch.ts';

/** Of what the editor reads at its start, bytes: what it takes, and a tenth. */
const most = 248_000;

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
    assert.equal(sizes.length, 1, JSON.stringify(sizes));
    // Each module's copy of the editor's API would.
    assert.doesNotMatch(readFileSync(eager[0] ?? '', 'utf8'), /\w\(require\("vscode"\)/);
    const working = ['promptWork', 'pipelineWork', 'commandWork', 'runsAtWork', 'serviceDirectory', 'workspace'];
    for (const lazy of [...working, 'queuePanel', 'streamedCalls', 'diskFiles', 'execa', 'demoAnswer']) {
      const built = readdirSync(dist).filter((name) => name.startsWith(`extension-${lazy}-`));
      assert.equal(built.length, 1, `${lazy} is a file of its own`);
      assert.ok(!sizes.some(({ file }) => file === built[0]), `${lazy} is not loaded at the start`);
    }
  });
});
