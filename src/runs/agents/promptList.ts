import type { JsonObject } from '../../base/jsonObject.ts';
import { success, type Outcome } from '../../base/outcome.ts';
import { brief } from '../../base/sentence.ts';
import type { PromptFile } from '../../prompts/promptFile.ts';
import { shownPath, type AgentHost } from './agentHost.ts';
import { readPromptIn } from './namedPrompt.ts';

export interface PromptListInput {
  /** 0-based. */
  readonly offset?: number | undefined;
}

/** Prompt files of one answer. */
const mostPrompts = 100;
const mostNames = 50;

/** The prompt files that there are, and what each of them makes. One that is wrong is listed with what is wrong. */
export async function promptList(
  host: AgentHost,
  { offset = 0 }: PromptListInput,
): Promise<Outcome<JsonObject, string>> {
  const prompts: JsonObject[] = [];
  let total = 0;
  for (const folder of host.folders) {
    const found = await folder.promptFiles();
    if (!found.ok) return found;
    const choosing = await folder.choosing();
    if (!choosing.ok) return choosing;
    const first = Math.max(0, offset - total);
    total += found.value.length;
    for (const path of found.value.slice(first, first + mostPrompts - prompts.length)) {
      const read = await readPromptIn(path, choosing.value, folder.usualFormat);
      const facts = read.ok ? factsOf(read.value) : { problem: read.failure };
      prompts.push({ promptFile: shownPath(host, folder, path), ...facts });
    }
  }
  const next = offset + prompts.length;
  return success({ total, prompts, next: next < total && prompts.length > 0 ? next : null });
}

function factsOf(prompt: PromptFile): JsonObject {
  const { title, description, count, models, data, inputs, inputNotes = {} } = prompt;
  const names = [...new Set([...Object.keys(inputNotes), ...Object.keys(inputs)])];
  return {
    ...(title === undefined ? {} : { title: brief(title) }),
    ...(description === undefined ? {} : { description: brief(description, 500) }),
    candidates: count,
    models: models.slice(0, mostNames),
    hasData: data !== undefined,
    inputs: names.slice(0, mostNames).map((name) => brief(name)),
  };
}
