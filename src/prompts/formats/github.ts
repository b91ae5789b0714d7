import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';
import type { TextPlace } from '../../base/yamlSettings.ts';
import { readFrontMatter } from '../frontMatter.ts';
import { firstProblems, limits, tooLong } from '../limits.ts';
import { promptFileOf } from '../parse.ts';
import type { MessageTemplate, Problem, PromptFile, Result } from '../promptFile.ts';
import type { Role } from '../../model/message.ts';
import { ForeignSettings } from './foreignSettings.ts';

/**
 * Reads a prompt file of GitHub Models (`.prompt.yml`): messages, a model with parameters, test data that become rows, and
 * a schema. https://docs.github.com/en/github-models/use-github-models/storing-prompts-in-github-repositories
 */
export function readGitHubPrompt(path: string, text: string): Result<PromptFile> {
  const refuse = (line: number, message: string): Result<PromptFile> => ({
    ok: false,
    problems: [{ file: path, line, message }],
  });
  if (text.length > limits.fileLength) return refuse(1, tooLong());
  const yaml = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  const theirs = readFrontMatter(yaml, { name: 'The file', firstLine: 1 });
  if (!('values' in theirs)) return refuse(theirs.line, theirs.message);
  const { messages: list, model, modelParameters, testData, evaluators, responseFormat, jsonSchema } = theirs.values;
  if (!Array.isArray(list)) {
    return refuse(1, 'A prompt file of GitHub Models needs "messages", a list of blocks with "role" and "content".');
  }
  const messages: MessageTemplate[] = [];
  const problems: Problem[] = [];
  const fileLines = yaml.split('\n');
  for (const [place, each] of (list as unknown[]).entries()) {
    const role = isJsonObject(each) ? roleOf(each.role) : undefined;
    if (!role || !isJsonObject(each) || typeof each.content !== 'string') {
      const message = `Message ${place + 1} needs a "role" (system, user or assistant) and a text as its "content".`;
      problems.push({ file: path, line: theirs.lineOf('messages', String(place)), message });
    } else if (each.content.trim() !== '') {
      const at = theirs.placeOfText?.('messages', String(place), 'content');
      // What a reference repeats stands somewhere else.
      const line = theirs.lineOf('messages', String(place), 'content');
      messages.push(messageOf(role, each.content, at ?? { line, isBlock: false }, fileLines));
    }
  }
  if (problems.length > 0) return { ok: false, problems: firstProblems(problems) };
  const line = theirs.lineOf('messages');
  const settings = new ForeignSettings(path, theirs);
  settings.model(model, 'model');
  settings.parameters(modelParameters, 'modelParameters');
  if (Array.isArray(testData) && testData.length > 0) settings.set('data', { rows: testData as unknown[] }, 'testData');
  const schema = responseFormat === 'json_schema' ? schemaOf(jsonSchema) : undefined;
  if (schema) settings.set('schema', schema, 'jsonSchema');
  else if (responseFormat === 'json_schema')
    settings.hint(
      ['jsonSchema'],
      '"jsonSchema" is left alone, because it is no JSON Schema: write one as a block or as JSON.',
    );
  else if (responseFormat === 'json_object') {
    settings.hint(
      ['responseFormat'],
      '"responseFormat: json_object" is left alone: give a schema under "candidates.schema".',
    );
  }
  if (Array.isArray(evaluators) && evaluators.length > 0) {
    settings.hint(['evaluators'], '"evaluators" are left alone: candidates are compared by you.');
  }
  return promptFileOf(path, text, {
    settings: settings.ours,
    messages,
    textLine: line,
    actionLine: 1,
    hints: settings.hints,
  });
}

/** A message without the blank lines around it. */
function messageOf(role: Role, content: string, place: TextPlace, fileLines: readonly string[]): MessageTemplate {
  const lines = content.split('\n');
  const skipped = lines.findIndex((each) => each.trim() !== '');
  const template = lines.slice(skipped).join('\n').trimEnd();
  if (!place.isBlock) return { role, template, line: place.line, ...(place.column && { column: place.column }) };
  const line = place.line + skipped;
  const indent = Math.max(0, (fileLines[line - 1]?.trimEnd().length ?? 0) - (lines[skipped]?.trimEnd().length ?? 0));
  return { role, template, line, column: indent + 1, indent };
}

function roleOf(role: unknown): Role | undefined {
  const known = typeof role === 'string' ? role.toLowerCase() : role;
  if (known === 'developer') return 'system';
  return known === 'system' || known === 'user' || known === 'assistant' ? known : undefined;
}

/** As a text or a block; GitHub wraps it with its name. */
function schemaOf(given: unknown): JsonObject | undefined {
  let value = given;
  if (typeof given === 'string') {
    try {
      value = JSON.parse(given);
    } catch {
      return undefined;
    }
  }
  if (!isJsonObject(value) || isTooDeep(value)) return undefined;
  return isJsonObject(value.schema) ? value.schema : value;
}

/** Whether it has more objects and lists within each other than YAML may have. */
function isTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limits.depth) return true;
    level = level.flatMap((each): unknown[] => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}
