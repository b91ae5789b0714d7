import { askedName } from './askedName.ts';
import { codeAt, codeRegions } from './codeRegions.ts';
import { compileMessages, knownNames, type TemplateSource } from './template.ts';
import { limits } from './limits.ts';
import { Lines } from './lines.ts';
import { namesOf } from './liquidNames.ts';
import { placeIn } from './places.ts';
import type { InputNote, MessageTemplate, PromptFile } from './promptFile.ts';
import { segmentsOf } from './segments.ts';

/** What a person is asked for, once before a run. */
export interface AskedInput {
  readonly name: string;
  /** What the template shows in the empty field. */
  readonly placeholder?: string;
  readonly description?: string;
  readonly choices?: readonly string[];
  /** 1-based place in the prompt file where its value goes first. */
  readonly line: number;
  readonly column: number;
}

interface Use {
  readonly name: string;
  readonly placeholder?: string;
  readonly begin: number;
}

/** Uses of `${input:name}` and `${selection}`; in code of others only where somebody else says that there is such an input. */
function inputUses(template: string, known: ReadonlySet<string>): Use[] {
  const uses: Use[] = [];
  const code = codeAt(codeRegions(template));
  for (const segment of segmentsOf(template)) {
    const asked = askedName(template, segment, code(segment.begin));
    const isDeclared = segment.kind === 'input' && known.has(segment.name);
    const name = asked ?? (isDeclared ? segment.name : undefined);
    if (name === undefined) continue;
    const placeholder = segment.kind === 'input' ? segment.placeholder : undefined;
    uses.push({ name, begin: segment.begin, ...(placeholder !== undefined && { placeholder }) });
  }
  return uses;
}

function isAsked(note: InputNote | undefined): boolean {
  return note !== undefined && note.required !== false;
}

/**
 * The inputs that have no value yet, in the order of the templates, each once: those that `${input:name}` asks for, and
 * variables that the front matter declares without a value.
 *
 * @param names that rows have a value for; absent: those of the rows that are there
 */
export function askedInputs(
  prompt: TemplateSource & Pick<PromptFile, 'inputNotes'>,
  names?: Iterable<string>,
): readonly AskedInput[] {
  const valued = knownNames(prompt, names);
  const notes = new Map(Object.entries(prompt.inputNotes ?? {}));
  const known = new Set([...valued, ...notes.keys()]);
  const { messages } = compileMessages(prompt.messages, { variables: {}, known });
  const declared = new Map<MessageTemplate, Use[]>();
  for (const { source, templates } of messages) {
    const { used, own } = namesOf(templates);
    declared.set(
      source,
      used.filter(({ name }) => isAsked(notes.get(name)) && !own.has(name)),
    );
  }
  const asked = new Map<string, AskedInput>();
  for (const source of prompt.messages) {
    let lines: Lines | undefined;
    const uses = [...inputUses(source.template, known), ...(declared.get(source) ?? [])];
    for (const { name, placeholder, begin } of uses.sort((a, b) => a.begin - b.begin)) {
      const first = asked.get(name);
      if (valued.has(name) || (!first && asked.size === limits.inputs)) continue;
      lines ??= new Lines(source.template);
      const { description, choices } = notes.get(name) ?? {};
      const hint = first?.placeholder ?? placeholder;
      asked.set(name, {
        name,
        ...(hint !== undefined && { placeholder: hint }),
        ...(description !== undefined && { description }),
        ...(choices && { choices }),
        ...(first ? { line: first.line, column: first.column } : placeIn(source, lines.positionAt(begin))),
      });
    }
  }
  return [...asked.values()];
}
