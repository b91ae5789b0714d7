import { parentPort } from 'node:worker_threads';
import { candidatePath, candidateSeries, checkOutput } from '../../../src/candidates/candidateName.ts';
import { planItems } from '../../../src/prompts/items.ts';
import { parsePromptFile } from '../../../src/prompts/parse.ts';
import { promptAction } from '../../../src/prompts/promptAction.ts';
import type { Problem } from '../../../src/prompts/promptFile.ts';
import { compileTemplates, renderMessages } from '../../../src/prompts/template.ts';
import { demoText } from '../../../src/services/demo/demoText.ts';
import type { HostileInput } from './hostilePrompts.ts';

/** Of all that a prompt file goes through, wherever it was refused. */
export interface Passage {
  readonly problems: readonly Problem[];
}

const path = 'hostile.prompt.md';
const demo = { defaultModel: 'demo', defaultPriority: 5 } as const;

/** Leads a text through everything that reads a prompt before a run. */
function pass({ text, values = {}, variables = {} }: HostileInput): Passage {
  promptAction(path, text);
  const parsed = parsePromptFile(path, text);
  // What parsing refuses reaches the next steps from nowhere else; they hold by themselves all the same.
  const messages = parsed.ok ? parsed.value.messages : [{ role: 'user' as const, template: text, line: 1 }];
  const compiled = compileTemplates({ path, messages }, variables);
  const rendered = compiled.ok ? renderMessages(compiled.value, values) : undefined;
  demoText(rendered?.ok ? rendered.value : [{ role: 'user', content: text }], () => 0.5);
  const wrongOutput = checkOutput(text);
  const series = candidateSeries(
    { name: text.slice(0, 100_000), output: text },
    { row: { key: '', label: text, values: { text } }, model: text, severalModels: true },
  );
  candidatePath(series, 1);
  if (!parsed.ok) return { problems: parsed.problems };
  const row = { key: '', label: '', values };
  const planned = planItems([{ ...parsed.value, rows: [row, row] }], { ...demo, variables: () => variables });
  if (wrongOutput.length > 60) throw new Error(`There are ${wrongOutput.length} problems with an output.`);
  return planned.ok ? { problems: [] } : planned;
}

parentPort?.on('message', (input: HostileInput) => {
  parentPort?.postMessage(pass(input));
});
