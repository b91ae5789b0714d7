import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the extension', () => {
  it('is present and activates', async () => {
    const extension = vscode.extensions.getExtension('parallel-candidates.parallel-candidates');
    assert.ok(extension, 'the extension is not installed');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
