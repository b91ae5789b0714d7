import assert from 'node:assert/strict';
import fc from 'fast-check';
import { inert, inertBlock, inertMarkdown } from '../../../../src/editor/notifications/inert.ts';

/** What the editor takes for a link in a message, once it has put the message on one line. */
const link = /\[[^\]]+\]\((?:https?:\/\/|command:|file:)[^)\s]+(?: ["'].+?["'])?\)/i;
/** What it takes for an icon in a pick list, a button, or the status bar. */
const icon = /\$\([a-z0-9-]+(?:~[a-z]+)?\)/i;
const unseen = /[\p{Cc}\p{Cf}\u2028\u2029\p{Surrogate}]/u;

function asTheEditorReads(message: string): string {
  const cut = message.length > 1000 ? `${message.slice(0, 1000)}...` : message;
  return cut.replace(/\r\n|\n|\r/g, ' ').trim();
}

const part = fc.oneof(
  fc.constantFrom('[', ']', '(', ')', '](', '$(', '$', '\\$(', ' ', '\n', '\u200b', '\u202e', '"t"', 'x'),
  fc.constantFrom(
    'command:workbench.action.quit',
    'https://evil.example/',
    'HTTP://e',
    'file:///etc',
    'trash',
    'sync~spin',
  ),
  fc.constantFrom(
    '[x](command:a)',
    '[x](https://e "t")',
    '$(trash)',
    '$(sync~spin)',
    '](command:a)',
    '[x]\n(command:a)',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const foreign = fc.array(part, { maxLength: 30 }).map((parts) => parts.join(''));

describe('inert text', () => {
  it('holds no link', () => {
    assert.equal(inert('[Fix it](command:evil) now'), '[Fix it] (command:evil) now');
    assert.equal(inert('[a]\r\n(https://evil.example)'), '[a] (https://evil.example)');
  });

  it('holds no icon', () => assert.equal(inert('$(check) done'), '$ (check) done'));

  it('shows controls, and line breaks as spaces', () => {
    assert.equal(inert('a\n\n b\u202ec\u001b'), 'a b⟨U+202E⟩c␛');
  });

  it('is no longer than the editor shows', () => {
    assert.ok(inert('x'.repeat(1e6)).length < 1100);
    assert.doesNotMatch(inert(`${'x'.repeat(999)}😀`), unseen);
  });

  it('leaves what people write alone', () => {
    const text = 'tagline: 3 of 20 candidates failed. The service "x" [beta] (500) said: 5 $ (net).';
    assert.equal(inert(text), text);
  });

  it('gives the editor neither a link nor an icon, whatever it is made of', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        const shown = inert(text);
        assert.doesNotMatch(asTheEditorReads(shown), link);
        assert.doesNotMatch(shown, icon);
        assert.doesNotMatch(shown, unseen);
        assert.equal(inert(shown), shown);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('inert text of a hover', () => {
  it('has no sign that could be markup without a backslash before it', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        assert.ok(!/(?:^|[^\\])(?:\\\\)*[[\]()`*_<>!#:|$&]/.test(inertMarkdown(text)), inertMarkdown(text));
        assert.ok(!unseen.test(inertMarkdown(text)));
      }),
    );
  });

  it('closes no fence that is around it', () => {
    const marks = fc.array(fc.constantFrom('`', '``', '```', '\n', ' ', '~~~', 'a'), { maxLength: 20 });
    fc.assert(
      fc.property(
        marks.map((each) => each.join('')),
        (text) => {
          assert.ok(!inertBlock(text).value.includes('```'));
        },
      ),
    );
    assert.equal(inertBlock('a\u202eb\nc').value, 'a⟨U+202E⟩b\nc');
  });
});
