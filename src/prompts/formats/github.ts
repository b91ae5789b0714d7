import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';
import { readFrontMatter, type FrontMatter } from '../frontMatter.ts';
import { limits, tooLong } from '../limits.ts';
import { promptFileOf } from '../parse.ts';
import type { MessageTemplate, PromptFile, Result } from '../promptFile.ts';
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
  const read = readFrontMatter(text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n'));
  if (!('values' in read))
    return refuse(Math.max(1, read.line - 1), read.message.replace('The front matter', 'The file'));
  // The whole file is YAML: there is no line of dashes above it.
  const theirs: FrontMatter = { values: read.values, lineOf: (...at) => Math.max(1, read.lineOf(...at) - 1) };
  const { messages: list, model, modelParameters, testData, evaluators, responseFormat, jsonSchema } = theirs.values;
  if (!Array.isArray(list)) {
    return refuse(1, 'A prompt file of GitHub Models needs "messages", a list of blocks with "role" and "content".');
  }
  const messages: MessageTemplate[] = [];
  const line = theirs.lineOf('messages');
  for (const [place, each] of (list as unknown[]).entries()) {
    const role = isJsonObject(each) ? roleOf(each.role) : undefined;
    if (!role || !isJsonObject(each) || typeof each.content !== 'string') {
      return refuse(
        line,
        `Message ${place + 1} needs a "role" (system, user or assistant) and a text as its "content".`,
      );
    }
    if (each.content.trim() !== '') messages.push({ role, template: each.content.trimEnd(), line });
  }
  const settings = new ForeignSettings(path, theirs);
  settings.model(model, 'model');
  settings.parameters(modelParameters, 'modelParameters');
  if (Array.isArray(testData) && testData.length > 0) settings.set('data', { rows: testData as unknown[] }, 'testData');
  const schema = responseFormat === 'json_schema' ? schemaOf(jsonSchema) : undefined;
  if (schema) settings.set('schema', schema, 'jsonSchema');
  else if (responseFormat === 'json_schema')
    settings.hint(['jsonSchema'], '"jsonSchema" is no JSON Schema and is left alone.');
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
  if (!isJsonObject(value)) return undefined;
  return isJsonObject(value.schema) ? value.schema : value;
}
