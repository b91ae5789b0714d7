import { isJsonObject } from '../../base/jsonObject.ts';
import { brief } from '../limits.ts';
import { promptFileOf, splitPrompt } from '../parse.ts';
import type { InputNote, PromptFile, Result } from '../promptFile.ts';
import { splitRoles } from '../roles.ts';
import { ForeignSettings, isVariable } from './foreignSettings.ts';
import { fromJinja } from './fromJinja.ts';

/** Reads a `.prompty` file, version 1 or 2: https://prompty.ai. Its model's address and key are never used. */
export function readPrompty(path: string, text: string): Result<PromptFile> {
  const split = splitPrompt(path, text);
  if (!split.ok) return split;
  const { body, bodyLine, settings: theirs } = split.value;
  const settings = new ForeignSettings(path, theirs);
  const { model, sample, inputs } = theirs.values;
  readModel(settings, model);
  const notes = readInputs(settings, inputs);
  if (isJsonObject(sample)) settings.inputs(known(sample));
  else if (typeof sample === 'string') {
    settings.hint(
      ['sample'],
      `The sample ${brief(sample, 80)} is not read: give its values with --vars, or under "inputs".`,
    );
  }
  return promptFileOf(path, text, {
    settings: settings.ours,
    messages: splitRoles(fromJinja(body), bodyLine),
    textLine: bodyLine,
    actionLine: 1,
    hints: settings.hints,
    more: Object.keys(notes).length > 0 ? { inputNotes: notes } : {},
  });
}

/** `${env:NAME}` has no value here. */
function known(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isVariable(value)));
}

function readModel(settings: ForeignSettings, model: unknown): void {
  if (!isJsonObject(model)) {
    settings.model(model, 'model');
    return;
  }
  const { id, configuration, connection, parameters, options } = model;
  settings.model(id, 'model', 'id');
  for (const [place, block] of Object.entries({ configuration, connection })) {
    if (!isJsonObject(block)) continue;
    settings.model(block.model ?? block.azure_deployment ?? block.name, 'model', place);
    settings.hint(
      ['model', place],
      `"model.${place}" is left alone: services, their addresses and keys come from your own settings.`,
    );
  }
  const { response_format: format, tools, ...others } = isJsonObject(parameters) ? parameters : {};
  settings.parameters(others, 'model', 'parameters');
  settings.parameters(options, 'model', 'options');
  const schema = isJsonObject(format) && isJsonObject(format.json_schema) ? format.json_schema.schema : undefined;
  if (isJsonObject(schema)) settings.set('schema', schema, 'model', 'parameters', 'response_format');
  if (Array.isArray(tools) && tools.length > 0) {
    settings.hint(['model', 'parameters', 'tools'], '"tools" are left alone: none is called here.');
  }
}

/** A list of blocks with names, a block of declarations, or a block of values. */
function readInputs(settings: ForeignSettings, inputs: unknown): Readonly<Record<string, InputNote>> {
  const entries: (readonly [string, unknown])[] = Array.isArray(inputs)
    ? (inputs as unknown[]).flatMap((each) =>
        isJsonObject(each) && typeof each.name === 'string'
          ? [[each.name, each] as const]
          : typeof each === 'string'
            ? [[each, {}] as const]
            : [],
      )
    : Object.entries(isJsonObject(inputs) ? inputs : {});
  const values: Record<string, unknown> = {};
  const notes: Record<string, InputNote> = {};
  for (const [name, given] of entries) {
    if (!isJsonObject(given)) {
      if (given !== null && given !== undefined && !isVariable(given)) values[name] = given;
      continue;
    }
    const { description, type, kind, required, default: own, sample } = given;
    const value = own ?? sample;
    if (value !== undefined && value !== null && !isVariable(value)) values[name] = value;
    const named = type ?? kind;
    notes[name] = {
      ...(typeof description === 'string' ? { description } : {}),
      ...(typeof named === 'string' ? { type: named } : {}),
      ...(typeof required === 'boolean' ? { required } : {}),
    };
  }
  settings.inputs(values);
  return notes;
}
