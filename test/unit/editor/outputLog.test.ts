import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import { Log } from '../../../src/editor/outputLog.ts';
import { credential } from '../../support/credential.ts';

describe('output log', () => {
  let lines: string[];
  let log: Log;

  beforeEach(() => {
    lines = [];
    const add = (line: string) => void lines.push(line);
    log = new Log({ info: add, warn: add, error: add } as unknown as vscode.LogOutputChannel);
  });

  it('shows foreign text as what it is, on one line', () => {
    for (const way of ['info', 'warn', 'error'] as const) log[way]('a\u001b[2J\u202eb\nforged');
    assert.deepEqual(lines, Array(3).fill('a␛[2J⟨U+202E⟩b␊forged'));
  });

  it('tells what nobody expected with its stack, and without secrets', () => {
    credential('sk-canary-4f9a8b7c6d5e', 'https://api.example.com');
    log.unexpected(new TypeError('bad \u001b header sk-canary-4f9a8b7c6d5e'));
    log.unexpected('thrown');
    assert.match(lines[0]!, /^TypeError: bad ␛ header \[redacted\]\n {4}at /);
    assert.equal(lines[1], 'thrown');
  });
});
