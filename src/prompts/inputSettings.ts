import type { InputNote, PromptFile } from './promptFile.ts';
import type { SettingsReader } from './settingsReader.ts';
import { block } from '../base/valueKinds.ts';

const declarationKeys: ReadonlySet<string> = new Set(['default', 'description', 'type', 'choices', 'required']);

/** `{default: Coffee}` and `{description: What it is about}` tell about an input; any other block is its value. */
function isDeclaration(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!block.accepts(value)) return false;
  const keys = Object.keys(value);
  return keys.includes('default') || (keys.length > 0 && keys.every((key) => declarationKeys.has(key)));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** What a list of choices offers, each once, as texts; undefined where it is none. */
export function choicesOf(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const choices = value.flatMap((each: unknown) =>
    typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean' ? [String(each)] : [],
  );
  return choices.length > 0 ? [...new Set(choices)] : undefined;
}

function noteOf(declaration: Readonly<Record<string, unknown>>): InputNote {
  const description = textOf(declaration.description);
  const type = textOf(declaration.type);
  const choices = choicesOf(declaration.choices);
  const { required } = declaration;
  return {
    ...(description !== undefined && { description }),
    ...(type !== undefined && { type }),
    ...(choices && { choices }),
    ...(typeof required === 'boolean' && { required }),
  };
}

/** Inputs by name: `topic: Coffee`, `topic: { description: What it is about }`, or `topic:` for one without a value. */
export function readInputs(reader: SettingsReader): Pick<PromptFile, 'inputs' | 'inputNotes'> {
  const inputs: [string, unknown][] = [];
  const notes: [string, InputNote][] = [];
  for (const [name, given] of Object.entries(reader.read(block, 'inputs') ?? {})) {
    const declaration = isDeclaration(given) ? given : given === null ? {} : undefined;
    if (declaration) notes.push([name, noteOf(declaration)]);
    const value = declaration ? declaration.default : given;
    if (value !== null && value !== undefined) inputs.push([name, value]);
  }
  return {
    inputs: Object.fromEntries(inputs),
    ...(notes.length > 0 && { inputNotes: Object.fromEntries(notes) }),
  };
}
