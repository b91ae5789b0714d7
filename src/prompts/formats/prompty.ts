import { isJsonObject, type JsonObject } from '../../base/jsonObject.ts';
import { brief } from '../limits.ts';
import type { FrontMatter } from '../frontMatter.ts';
import { promptFileOf, splitPrompt } from '../parse.ts';
import type { InputNote, PromptFile, Result } from '../promptFile.ts';
import { choicesOf } from '../inputSettings.ts';
import { splitRoles } from '../roles.ts';
import { ForeignSettings, isVariable, notRead } from './foreignSettings.ts';
import { fromJinja } from './fromJinja.ts';

const noTools = '"tools" are left alone: none is called here.';

/** Reads a `.prompty` file, version 1 or 2: https://prompty.ai. Its model's address and key are never used. */
export function readPrompty(path: string, text: string): Result<PromptFile> {
  const split = splitPrompt(path, text);
  if (!split.ok) return split;
  const { body, bodyLine, settings: theirs, hints } = split.value;
  const settings = new ForeignSettings(path, theirs);
  const { model, sample } = theirs.values;
  readModel(settings, model);
  const notes = readInputs(settings, theirs.values);
  const files = valueFilesOf(theirs);
  if (isJsonObject(sample)) settings.inputs(known(settings, sample, 'sample'));
  hintAtOthers(settings, theirs.values);
  return promptFileOf(path, text, {
    settings: settings.ours,
    messages: splitRoles(fromJinja(body), bodyLine),
    textLine: bodyLine,
    actionLine: 1,
    hints: [...hints, ...settings.hints],
    more: {
      ...(Object.keys(notes).length > 0 ? { inputNotes: notes } : {}),
      ...(files.length > 0 ? { valueFiles: files } : {}),
    },
  });
}

type ValueFiles = NonNullable<PromptFile['valueFiles']>;

/** `${file:values.json}` */
function filePath(value: unknown): string | undefined {
  const [, path] = typeof value === 'string' ? (/^\s*\$\{file:([^}\n]{1,500})\}\s*$/.exec(value) ?? []) : [];
  return path?.trim().replace(/^(?:\.\/)+/, '');
}

/** The sample as a file, and inputs whose value is that of a file. */
function valueFilesOf(theirs: FrontMatter): ValueFiles {
  const { sample, inputs } = theirs.values;
  const named = (block: unknown, key: string): ValueFiles =>
    Object.entries(isJsonObject(block) ? block : {}).flatMap(([name, each]) => {
      const path = filePath(isJsonObject(each) ? (each.default ?? each.sample) : each);
      return path === undefined ? [] : [{ path, name, line: theirs.lineOf(key, name) }];
    });
  const listed = (Array.isArray(inputs) ? (inputs as unknown[]) : []).filter(isJsonObject);
  const byName = Object.fromEntries(listed.map((each) => [String(each.name), each]));
  const whole =
    filePath(sample) ?? (typeof sample === 'string' && /\.json\s*$/i.test(sample) ? sample.trim() : undefined);
  return [
    ...named(Array.isArray(inputs) ? byName : inputs, 'inputs'),
    ...named(sample, 'sample'),
    ...(whole === undefined ? [] : [{ path: whole, line: theirs.lineOf('sample') }]),
  ];
}

/** `${env:NAME}` has no value here. */
function known(settings: ForeignSettings, values: JsonObject, ...place: readonly string[]): JsonObject {
  const entries = Object.entries(values).filter(([name, value]) => {
    if (isVariable(value) && filePath(value) === undefined) settings.hint([...place, name], notRead(value));
    return value !== null && value !== undefined && !isVariable(value);
  });
  return Object.fromEntries(entries);
}

/** What has no meaning here although somebody may have meant something by it. */
function hintAtOthers(settings: ForeignSettings, { outputs, outputSchema, tools, template, base }: JsonObject): void {
  for (const [key, value] of Object.entries({ outputs, outputSchema })) {
    if (!isEmpty(value)) settings.hint([key], `"${key}" is left alone: give a JSON Schema under "candidates.schema".`);
  }
  if (!isEmpty(tools)) settings.hint(['tools'], noTools);
  if (!isEmpty(base)) settings.hint(['base'], '"base" is left alone: put what it says into this file.');
  const language = isJsonObject(template) ? (template.format ?? template.type) : template;
  const name = isJsonObject(language) ? (language.kind ?? language.type) : language;
  if (typeof name === 'string' && !/^(?:jinja2?|nunjucks|mustache|liquid|prompty)$/i.test(name)) {
    settings.hint(['template'], `The template language "${brief(name, 40)}" is read as Jinja: check its braces.`);
  }
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return (Array.isArray(value) || isJsonObject(value)) && Object.keys(value).length === 0;
}

function readModel(settings: ForeignSettings, model: unknown): void {
  if (!isJsonObject(model)) {
    settings.model(model, 'model');
    return;
  }
  const { id, name, configuration, connection, parameters, options, api, response } = model;
  settings.model(id ?? name, 'model', 'id');
  for (const [place, block] of Object.entries({ configuration, connection })) {
    if (!isJsonObject(block)) continue;
    settings.model(block.model ?? block.azure_deployment ?? block.deployment ?? block.name, 'model', place);
    settings.hint(
      ['model', place],
      `"model.${place}" is left alone: services, their addresses and keys come from your own settings.`,
    );
  }
  for (const [place, block] of Object.entries({ parameters, options })) {
    if (!isJsonObject(block)) continue;
    const { response_format: format, tools, tool_choice: choice, additionalProperties: more, ...others } = block;
    settings.parameters(others, 'model', place);
    settings.parameters(more, 'model', place, 'additionalProperties');
    readResponseFormat(settings, format, 'model', place, 'response_format');
    if (!isEmpty(tools) || (!isEmpty(choice) && choice !== 'none')) {
      settings.hint(['model', place, isEmpty(tools) ? 'tool_choice' : 'tools'], noTools);
    }
  }
  if (typeof api === 'string' && !/^(?:chat|completion|responses|agent)$/.test(api)) {
    settings.hint(['model', 'api'], `"api: ${brief(api, 40)}" is left alone: the prompt is sent as a chat.`);
  }
  if (typeof response === 'string' && response !== 'first') {
    settings.hint(['model', 'response'], '"response" is left alone: a candidate is the first answer.');
  }
}

function readResponseFormat(settings: ForeignSettings, format: unknown, ...place: readonly string[]): void {
  if (!isJsonObject(format) || format.type === 'text') return;
  const { json_schema: wrapped } = format;
  const schema = isJsonObject(wrapped) ? (wrapped.schema ?? wrapped) : undefined;
  if (isJsonObject(schema)) settings.set('schema', schema, ...place);
  else settings.hint(place, '"response_format" is left alone: give a JSON Schema under "candidates.schema".');
}

const declarationKeys: ReadonlySet<string> = new Set([
  ...['name', 'type', 'kind', 'description', 'default', 'sample', 'example', 'required', 'is_required', 'strict'],
  ...['enum', 'enumValues', 'json_schema', 'is_secret', 'items', 'properties'],
]);
const types = /^(?:string|number|integer|float|int|bool|boolean|array|list|object|dict|any)$/;

/** A block that only tells about an input: any other is its value. */
function isDeclaration(given: JsonObject): boolean {
  const keys = Object.keys(given);
  return (
    keys.length > 0 && keys.every((key) => declarationKeys.has(key)) && (keys.length > 1 || !keys.includes('name'))
  );
}

/** A list of blocks with names, a block of declarations, or a block of values. */
function readInputs(settings: ForeignSettings, theirs: JsonObject): Readonly<Record<string, InputNote>> {
  const place = theirs.inputs === undefined ? 'inputSchema' : 'inputs';
  const given = theirs[place];
  const isSchema = isJsonObject(given) && place === 'inputSchema';
  const values: (readonly [string, unknown])[] = [];
  const notes: (readonly [string, InputNote])[] = [];
  const read = (name: string, about: JsonObject): void => {
    values.push([name, about.default ?? about.sample ?? about.example]);
    notes.push([name, noteOf(about)]);
  };
  const list = isSchema ? given.properties : given;
  if (Array.isArray(list)) {
    for (const each of list as unknown[]) {
      if (typeof each === 'string') read(each, {});
      else if (isJsonObject(each) && typeof each.name === 'string') read(each.name, each);
    }
  }
  for (const [name, each] of Object.entries(isJsonObject(list) ? list : {})) {
    if (isJsonObject(each) && isDeclaration(each)) read(name, each);
    else if (typeof each === 'string' && types.test(each)) read(name, { type: each });
    else values.push([name, each]);
  }
  settings.inputs(known(settings, Object.fromEntries(values), place));
  return Object.fromEntries(notes);
}

function noteOf({ description, type, kind, required, is_required: isRequired, ...about }: JsonObject): InputNote {
  const named = type ?? kind;
  const needed = required ?? isRequired;
  const choices = choicesOf(about.enum ?? about.enumValues);
  return {
    ...(typeof description === 'string' ? { description } : {}),
    ...(typeof named === 'string' ? { type: named } : {}),
    ...(choices ? { choices } : {}),
    ...(typeof needed === 'boolean' ? { required: needed } : {}),
  };
}
