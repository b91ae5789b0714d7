import { randomInt } from 'node:crypto';
import { relative, sep } from 'node:path';
import type { ChatMessage } from '../../model/message.ts';
import { valueNames, type Row } from '../../model/row.ts';
import { diagnose } from '../../prompts/diagnose.ts';
import { formatOf } from '../../prompts/formats/formatNames.ts';
import { readPrompt } from '../../prompts/formats/formats.ts';
import type { IncludedFiles } from '../../prompts/includes.ts';
import { namesOf } from '../../prompts/liquidNames.ts';
import type { Problem, PromptFile, Result } from '../../prompts/promptFile.ts';
import { compileTemplates, renderMessages, type CompiledPrompt } from '../../prompts/template.ts';
import { variantsOf } from '../../prompts/vary.ts';
import { editorVariables, type PromptSource } from './plan.ts';
import { readInputs, type PromptSurroundings } from './promptInputs.ts';
import { firstRows } from './rowCount.ts';

/** A part of a message: what is sent, or a name without a value. */
export type PreviewPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unknown'; readonly name: string }
  | { readonly kind: 'asked'; readonly name: string };

export interface PreviewMessage extends Pick<ChatMessage, 'role'> {
  readonly pieces: readonly PreviewPiece[];
}

export interface PreviewedRow {
  /** Empty for a prompt without data. */
  readonly label: string;
  readonly values: Row['values'];
  /** Where they cannot be rendered, the templates as they stand. */
  readonly messages: readonly PreviewMessage[];
  readonly problems: readonly Problem[];
}

/** A prompt file that is looked at, row by row. */
export interface Preview {
  readonly hasData: boolean;
  /** Never empty. */
  readonly rows: readonly Pick<Row, 'label' | 'values'>[];
  /** Whether there may be more rows than these. */
  readonly hasMore: boolean;
  /** @param place 0-based; one that is not there is taken for the nearest */
  readonly render: (place: number) => PreviewedRow & { readonly place: number };
}

/** Rows that can be looked at: nobody goes through more of them one by one. */
const mostRows = 1000;

/**
 * What a prompt file comes to, as far as that can be known before anybody is asked for anything: names without a value are
 * marked instead of refused.
 *
 * @param source its text as the person sees it
 */
export async function previewOf(
  source: PromptSource,
  where: PromptSurroundings,
  selection?: string,
): Promise<Result<Preview>> {
  const path = relative(where.root, source.path).split(sep).join('/');
  const parsed = readPrompt(path, source.text, source.format ?? formatOf(path) ?? 'prompt');
  if (!parsed.ok) return parsed;
  const { data } = parsed.value;
  const marks = new Marks();
  const given = {
    ...firstRows(data, mostRows),
    ask: (inputs: readonly { readonly name: string }[]) =>
      Promise.resolve(Object.fromEntries(inputs.map(({ name }) => [name, marks.of('asked', name)]))),
  };
  const ready = await readInputs([parsed.value], given, where);
  if (!ready.ok) return ready;
  const { prompts, includes } = ready.value;
  const looked = [...looksAt(prompts)];
  const renderers = new Map<PromptFile, Renderer>();
  return {
    ok: true,
    value: {
      hasData: data !== undefined,
      rows: looked.map(({ row: { label, values } }) => ({ label, values })),
      hasMore: prompts.reduce((sum, { rows }) => sum + rows.length, 0) > looked.length,
      render: (asked) => {
        const place = Math.max(0, Math.min(asked, looked.length - 1));
        const entry = looked[place];
        if (!entry) return { place, label: '', values: {}, messages: [], problems: [] };
        const { prompt, row } = entry;
        let renderer = renderers.get(prompt);
        if (!renderer) {
          const variables = editorVariables(where.root, prompt.path, selection);
          renderer = new Renderer(prompt, variables, includes.get(prompt.path), marks);
          renderers.set(prompt, renderer);
        }
        const told = prompt.path === path ? diagnose(path, source.text, valueNames(prompt.rows)).problems : [];
        return { place, label: row.label, values: row.values, ...renderer.render(row, told) };
      },
    },
  };
}

/** The first rows of the prompt files, and no more of them than are shown. */
function* looksAt(prompts: readonly PromptFile[]): Iterable<{ readonly prompt: PromptFile; readonly row: Row }> {
  let left = mostRows;
  for (const prompt of prompts) {
    for (let place = 0; place < prompt.rows.length && left > 0; place += 1, left -= 1) {
      const row = prompt.rows.at(place);
      if (row) yield { prompt, row };
    }
  }
}

/** Renders the rows of one prompt file; its templates are compiled once. */
class Renderer {
  readonly #prompt: PromptFile;
  readonly #compiled: Result<CompiledPrompt>;
  /** Names that the templates need a value for. */
  readonly #needed: readonly string[];
  readonly #marks: Marks;

  constructor(
    prompt: PromptFile,
    variables: Readonly<Record<string, string>>,
    includes: IncludedFiles | undefined,
    marks: Marks,
  ) {
    this.#prompt = prompt;
    this.#marks = marks;
    this.#compiled = compileTemplates(prompt, variables, includes ? { includes } : {});
    this.#needed = this.#compiled.ok ? this.#compiled.value.messages.flatMap(neededBy) : [];
  }

  /** @param told what is known to be wrong with the file: not told again */
  render(row: Row, told: readonly Problem[]): Pick<PreviewedRow, 'messages' | 'problems'> {
    const { inputs, vary, messages: templates } = this.#prompt;
    const raw = templates.map(({ role, template }) => ({ role, pieces: [{ kind: 'text' as const, text: template }] }));
    if (!this.#compiled.ok) return { messages: raw, problems: allOf(told, this.#compiled.problems) };
    const values: Record<string, unknown> = { ...inputs, ...row.values, ...(vary && variantsOf(vary, 0)) };
    for (const name of this.#needed) {
      if (!Object.hasOwn(values, name)) values[name] = this.#marks.of('unknown', name);
    }
    const rendered = renderMessages(this.#compiled.value, values);
    if (!rendered.ok) return { messages: raw, problems: allOf(told, rendered.problems) };
    const messages = rendered.value.map(({ role, content }) => ({ role, pieces: this.#marks.piecesOf(content) }));
    return { messages, problems: told };
  }
}

function neededBy({ templates }: CompiledPrompt['messages'][number]): string[] {
  const { used, own } = namesOf(templates);
  return used.filter(({ name, mayBeMissing }) => !mayBeMissing && !own.has(name)).map(({ name }) => name);
}

function allOf(told: readonly Problem[], found: readonly Problem[]): readonly Problem[] {
  const places = new Set(told.map(({ line, message }) => `${line} ${message}`));
  return [...told, ...found.filter(({ line, message }) => !places.has(`${line} ${message}`))];
}

/** Stands for names in rendered texts. Digits, between characters that no alphabet has, survive most filters. */
class Marks {
  readonly #secret = String(randomInt(1e11, 1e12));
  readonly #names: { readonly kind: 'unknown' | 'asked'; readonly name: string }[] = [];
  readonly #marks = new Map<string, string>();

  of(kind: 'unknown' | 'asked', name: string): string {
    const key = `${kind} ${name}`;
    const known = this.#marks.get(key);
    if (known !== undefined) return known;
    const mark = `\uE000${this.#secret}${this.#names.length}\uE001`;
    this.#names.push({ kind, name });
    this.#marks.set(key, mark);
    return mark;
  }

  piecesOf(text: string): PreviewPiece[] {
    const pieces: PreviewPiece[] = [];
    // Whatever a filter has cut off one of them goes with it.
    const parts = text.split(new RegExp(`\uE000${this.#secret}(\\d+)\uE001?`, 'u'));
    for (const [place, part] of parts.entries()) {
      if (place % 2 === 0) {
        if (part !== '') pieces.push({ kind: 'text', text: part });
        continue;
      }
      const named = this.#names[Number(part)];
      if (named) pieces.push(named);
    }
    return pieces;
  }
}
