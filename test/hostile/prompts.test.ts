import assert from 'node:assert/strict';
import fc from 'fast-check';
import { firstProblems } from '../../src/prompts/limits.ts';
import { planItems } from '../../src/prompts/items.ts';
import { parsePromptFile } from '../../src/prompts/parse.ts';
import { promptAction } from '../../src/prompts/promptAction.ts';
import type { Problem } from '../../src/prompts/promptFile.ts';
import { compileTemplates, renderMessages } from '../../src/prompts/template.ts';
import { longestWatched } from '../../src/prompts/watchedLength.ts';
import { GuardedWorker, hangsAfterMs } from './support/guardedWorker.ts';
import { hostilePrompts, type HostileInput } from './support/hostilePrompts.ts';
import type { Passage } from './support/promptWorker.ts';

/** What grows with the square of these takes minutes at the largest. */
const sizes = [25_000, 100_000, 400_000] as const;
/** Front matter ends at 256,000 characters. */
const yamlSizes = [12_500, 50_000, 200_000] as const;

function assertTold(problems: readonly Problem[], text: string) {
  const lines = text.split(/\r\n?|\n/).length;
  assert.ok(problems.length <= 51, `${problems.length} problems`);
  for (const { line, message } of problems) {
    assert.match(message, /^[^\n]+\.$/, 'one sentence');
    assert.ok(message.length < 500, message);
    assert.ok(line !== undefined && line >= 1 && line <= lines, `line ${line ?? '?'} of ${lines}: ${message}`);
  }
}

describe('hostile prompt files', function () {
  this.timeout(sizes.length * hangsAfterMs + 5_000);
  const passages = new GuardedWorker<HostileInput, Passage>(new URL('./support/promptWorker.ts', import.meta.url));
  after(() => passages.end());

  for (const [name, { make, refused }] of Object.entries(hostilePrompts)) {
    it(`cost no more than they are long: ${name}`, async () => {
      let last: Passage = { problems: [] };
      let lastText: string | undefined;
      for (const at of sizes.keys()) {
        const long = make(sizes[at]!);
        const text = typeof long === 'string' ? long : long.text;
        const made = text.startsWith('---\n') ? make(yamlSizes[at]!) : long;
        const input = typeof made === 'string' ? { text: made } : made;
        // Some are what they are, whatever their size.
        if (input.text === lastText && input.values === undefined && input.variables === undefined) continue;
        lastText = input.text;
        last = await passages.ask(input);
        assertTold(last.problems, input.text);
      }
      if (refused) assert.match(last.problems[0]?.message ?? 'It is not refused.', refused);
      else assert.deepEqual(last.problems, []);
    });
  }
});

describe('what is told of a hostile prompt file', () => {
  it('ends after fifty problems with how many more there are', () => {
    const problem = (line: number): Problem => ({ file: 'a', line, message: `Problem ${line}.` });
    const problems = Array.from({ length: 200_000 }, (_, at) => problem(at + 1));
    const told = firstProblems(problems);
    assert.equal(told.length, 51);
    assert.deepEqual(told[50], { ...problem(50), message: 'There are 199,950 more problems: correct these first.' });
    assert.equal(firstProblems(problems.slice(0, 51))[50]?.message, 'There is 1 more problem: correct these first.');
    assert.equal(firstProblems(problems.slice(0, 50)).length, 50);
  });

  it('stops at the first row that runs away', () => {
    const parsed = parsePromptFile('a', 'user: {% for i in (1..n) %}x{% endfor %}');
    assert.ok(parsed.ok);
    const rows = Array.from({ length: 1_000 }, () => ({ key: '', label: '', values: { n: 1e9 } }));
    const planned = planItems([{ ...parsed.value, rows }], { defaultModel: 'demo', defaultPriority: 5 });
    assert.ok(!planned.ok);
    assert.equal(planned.problems.length, 1);
  });

  it('is told once for all rows, and of many only the first', () => {
    const names = Array.from({ length: 100 }, (_, index) => `v${index}`);
    const rows = Array.from({ length: 200 }, () => ({ key: '', label: '', values: {} }));
    for (const [count, told] of [
      [3, 3],
      [100, 21],
    ] as const) {
      const outputs = names.slice(0, count).map((name) => `{{ ${name} }}`);
      const parsed = parsePromptFile('a', `user: ${outputs.slice(1).join('\n')}\nuser: ${outputs[0]}`);
      assert.ok(parsed.ok);
      const planned = planItems([{ ...parsed.value, rows }], { defaultModel: 'demo', defaultPriority: 5 });
      assert.ok(!planned.ok);
      assert.equal(planned.problems.length, told);
    }
  });

  it('is a plan of too many items, before they are made', () => {
    const parsed = parsePromptFile('a', 'Write.');
    assert.ok(parsed.ok);
    const rows = Array.from({ length: 100_001 }, () => ({ key: '', label: '', values: {} }));
    const planned = planItems([{ ...parsed.value, rows }], { defaultModel: 'demo', defaultPriority: 5 });
    assert.ok(!planned.ok);
    assert.deepEqual(planned.problems, [
      {
        file: 'a',
        line: 1,
        message: 'The plan has more than 500,000 items: ask for fewer candidates, models or prompts.',
      },
    ]);
  });
});

describe('the action of a prompt file', () => {
  it('stands on its line with its number, and without one when the file cannot be read', () => {
    assert.deepEqual(promptAction('a', '\n\nWrite.'), { line: 3, candidates: 5, models: [] });
    const text = '---\ncandidates: { count: 2, models: [a, b] }\n---\nWrite.';
    assert.deepEqual(promptAction('a', text), { line: 1, candidates: 4, models: ['a', 'b'] });
    assert.deepEqual(promptAction('a', '---\n'), { line: 1 });
  });

  it('does not look into a text that is too long to be read at every keystroke', () => {
    const text = '\nWrite.'.padEnd(longestWatched);
    assert.deepEqual(promptAction('a', text), { line: 2, candidates: 5, models: [] });
    assert.deepEqual(promptAction('a', `${text}.`), { line: 1 });
    assert.deepEqual(promptAction('a', `---\n# ${'x'.repeat(15_000)}\n---\n\nWrite.`), {
      line: 1,
      candidates: 5,
      models: [],
    });
    assert.deepEqual(promptAction('a', `---\n# ${'x'.repeat(16_000)}\n---\n\nWrite.`), { line: 1 });
  });
});

describe('any prompt file', () => {
  const piece = fc.constantFrom(
    ...['---', '\n', '\r', '\r\n', '\ufeff', 'user:', 'system: ', '```', '${', '${file}', '}', '{{', '}}', '{%', '%}'],
    ...['{{ a }}', '{% if a %}', '{% endif %}', '{% raw %}', '{% liquid\n', ' | where_exp: "x", a', ' | push: a', '-'],
    ...['candidates:', '\n  output: ', '\n  count: ', ': ', '- ', '[', '{', ']', '"', "'", '*a', '&a ', '!!', '? '],
    ...['|\n', '>-\n', '%YAML 1.1\n', '\n---\n', '<<: ', '\t', '#', '.', '/', '\0', '\ud800', 'inputs:\n a: ', '1'],
  );
  const text = fc.array(fc.oneof(piece, fc.string({ maxLength: 8 })), { maxLength: 40 }).map((all) => all.join(''));

  it('never throws, and a problem always has a line inside the file', () => {
    fc.assert(
      fc.property(text, text, fc.constantFrom(0, 1, 2), (first, second, shape) => {
        const file = [first, `---\n${first}\n---\n${second}`, `---\r\ninputs:\r\n  a: ${first}\r\n---\r\n${second}`];
        const whole = file[shape]!;
        const parsed = parsePromptFile('a', whole);
        promptAction('a', whole);
        if (!parsed.ok) {
          assert.ok(parsed.problems.length > 0);
          assertTold(parsed.problems, whole);
          return;
        }
        const values = { a: `x\n\n\n${second}`, ...parsed.value.inputs };
        const compiled = compileTemplates(parsed.value, { file: 'F' });
        const rendered = compiled.ok ? renderMessages(compiled.value, values) : compiled;
        if (!rendered.ok) assertTold(rendered.problems, whole);
        const planned = planItems([parsed.value], { defaultModel: 'demo', defaultPriority: 5 });
        if (!planned.ok) assertTold(planned.problems, whole);
      }),
      { numRuns: 1_000 },
    );
  });
});
