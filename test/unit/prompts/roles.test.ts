import assert from 'node:assert/strict';
import fc from 'fast-check';
import { splitRoles } from '../../../src/prompts/roles.ts';

function split(body: string): string[] {
  return splitRoles(body, 1).map(({ role, template, line }) => `${line} ${role}: ${template}`);
}

describe('roles', () => {
  it('are not needed: the whole body is the user message', () => {
    assert.deepEqual(split('\n\n  Hello\nthere \n\n'), ['3 user:   Hello\nthere']);
  });

  it('start messages, with text after the marker or below it, in any case', () => {
    assert.deepEqual(split('system: You write.\n\nUSER:\n\n  Go.\nAssistant:Yes'), [
      '1 system: You write.',
      '5 user:   Go.',
      '6 assistant: Yes',
    ]);
  });

  it('make a system message of the text before the first marker', () => {
    assert.deepEqual(split('You write.\nuser: Go.'), ['1 system: You write.', '2 user: Go.']);
  });

  it('count only at the start of a line', () => {
    assert.deepEqual(split('a user: b\n user: c\nsuperuser: d\nuser : e'), [
      '1 user: a user: b\n user: c\nsuperuser: d\nuser : e',
    ]);
  });

  it('do not count in fenced code', () => {
    for (const [open, close] of [
      ['```', '```'],
      ['~~~yaml', '~~~~'],
      ['  ````md', '  ````'],
      ['user: ```', '```'],
    ] as const) {
      const messages = splitRoles(`${open}\nuser: in\n\`\`\n${close}\nassistant: out`, 1);
      assert.equal(messages.length, 2, open);
      assert.match(messages[0]!.template, /user: in/);
      assert.equal(messages[1]!.template, 'out');
    }
  });

  it('count after something that only looks like a fence', () => {
    assert.equal(splitRoles('```inline``` code\nuser: in', 1).length, 2);
    assert.equal(splitRoles('```\n``` not the end\nuser: in\n```\nuser: out', 1).length, 2);
  });

  it('leave out messages without text', () => {
    assert.deepEqual(split('system:\n\nuser: Go.\nassistant:'), ['3 user: Go.']);
    assert.deepEqual(split('user:\nsystem:\n'), []);
  });

  const line = fc.oneof(
    fc.constantFrom('system:', 'user: ask', 'Assistant:  answer', '```', '~~~', '   ```js', '', '  '),
    fc.string({ maxLength: 12 }).map((text) => text.replace(/[\r\n]/g, '')),
  );

  it('never lose, add or move text', () => {
    // The markers go on both sides, those in fenced code too; spaces do not count.
    const text = (lines: string) =>
      lines.replace(/^(?:(?:system|user|assistant):[^\S\n]*)+/gim, '').replace(/\s+/g, '');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const body = lines.join('\n');
        const messages = splitRoles(body, 1);
        assert.equal(text(messages.map(({ template }) => template).join('\n')), text(body));
      }),
      { numRuns: 300 },
    );
  });

  it('say the line on which each message starts', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.integer({ min: 1, max: 50 }), (lines, firstLine) => {
        for (const message of splitRoles(lines.join('\n'), firstLine)) {
          const [first = ''] = message.template.split('\n');
          assert.ok(lines[message.line - firstLine]?.trimEnd().endsWith(first.trimEnd()));
        }
      }),
    );
  });
});
