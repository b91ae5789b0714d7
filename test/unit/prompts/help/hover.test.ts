import assert from 'node:assert/strict';
import { hoveredAt } from '../../../../src/prompts/help/hover.ts';

/** @param marked a text with `^` where the mouse is. @returns what it is over, and the part of the text */
function over(marked: string, path = 'a.prompt.md'): string | undefined {
  const offset = marked.indexOf('^');
  const text = marked.replace('^', '');
  const found = hoveredAt(path, text, offset);
  return found && `${found.kind} ${found.name} = ${text.slice(found.from, found.to)}`;
}

describe('what the mouse is over', () => {
  for (const [about, text, expected, path] of [
    ['a key', '---\nmod^el: a\n---\nHi', 'key model = model'],
    ['a key of the block', '---\ncandidates:\n  da^ta: a.csv\n---\nHi', 'key data = data'],
    ['a key in braces', '---\ncandidates: { data: { fil^ter: a } }\n---\nHi', 'key filter = filter'],
    ['a key in broken YAML', '---\nmodel: [\ncandidates:\n  cou^nt: 5\n---\nHi', 'key count = count'],
    ['a key of somebody else', '---\nauth^or: me\n---\nHi', undefined],
    ['the name of an input', '---\ninputs:\n  prod^uct: a\n---\nHi', undefined],
    ['a value', '---\nmodel: demo^\n---\nHi', undefined],
    ['a variable', 'For {{ prod^uct.name }}', 'variable product = product'],
    ['a variable of a tag', '{% if to^ne %}a{% endif %}', 'variable tone = tone'],
    ['an input', '${input:wh^o:Whom?}', 'input who = ${input:who:Whom?}'],
    ['a filter', '{{ a | upc^ase }}', 'filter upcase = upcase'],
    ['a filter that there is not', '{{ a | upper^ }}', undefined],
    ['an entry of a loop', '{% for x in y %}{{ x^ }}{% endfor %}', 'own x = x'],
    ['what a loop knows', '{% for x in y %}{{ forl^oop.last }}{% endfor %}', 'own forloop = forloop'],
    ['the same name behind its loop', '{% for x in y %}{% endfor %}{{ x^ }}', 'variable x = x'],
    ['a word', 'Some wo^rds', undefined],
    ['a message of GitHub Models', 'messages:\n- content: |\n    For {{ a^ }}\n', 'variable a = a', 'a.prompt.yml'],
    ['its key', 'messages:\n- cont^ent: Hi\n', 'key content = content', 'a.prompt.yml'],
  ] as const) {
    it(`is ${about}`, () => {
      assert.equal(over(text, path), expected);
    });
  }
});
