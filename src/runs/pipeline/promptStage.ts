import type { JsonObject } from '../../base/jsonObject.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { describeMismatch, structuredText } from '../../candidates/structured/structuredText.ts';
import type { RecordData } from '../../flow/flow.ts';
import type { AttemptOutcome, Failure } from '../../model/attempt.ts';
import type { IncludedFiles } from '../../prompts/includes.ts';
import { planItems, TemplateMemory, type PromptItem } from '../../prompts/items.ts';
import type { PromptFile } from '../../prompts/promptFile.ts';
import type { Generation, GenerationOptions } from '../../services/service.ts';
import type { Workspace } from '../workspace.ts';
import { AttachmentFiles } from '../plan/attachments.ts';
import type { PlannedItem } from '../plan/plannedCandidate.ts';
import type { ServiceDirectory } from '../serviceDirectory.ts';
import { askedAgain, cutShort } from '../session/askedAgain.ts';
import { attachedFiles } from '../session/attachedFiles.ts';
import type { StageAnswer } from '../session/runFlow.ts';

/** A prompt that a stage asks, with all that it refers to. */
export interface StagePrompt {
  readonly prompt: PromptFile;
  readonly includes: IncludedFiles;
  /** One that `checkSchema` accepts. */
  readonly schema?: JsonObject;
}

export interface PromptStageTools {
  readonly services: Pick<ServiceDirectory, 'service'>;
  readonly workspace: Pick<Workspace, 'base' | 'files'>;
  /** The editor's `${…}` variables of the prompt. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface PromptTask extends GenerationOptions {
  readonly item: Pick<PlannedItem, 'id' | 'key' | 'index' | 'model' | 'serviceKey'>;
  readonly record: RecordData;
}

/** Asks one prompt for one record at a time. An answer that does not match its schema is asked for once more. */
export class PromptWork {
  readonly #stage: StagePrompt;
  readonly #tools: PromptStageTools;
  readonly #attachments: AttachmentFiles;
  readonly #templates = new TemplateMemory();
  /** What was answered last and did not match, by item. */
  readonly #mismatches = new Map<string, { readonly text: string; readonly errors: readonly string[] }>();

  constructor(stage: StagePrompt, tools: PromptStageTools) {
    this.#stage = stage;
    this.#tools = tools;
    this.#attachments = new AttachmentFiles(tools.workspace.files, tools.workspace.base);
  }

  async perform(task: PromptTask): Promise<AttemptOutcome<StageAnswer>> {
    const rendered = this.#render(task);
    if (!rendered.ok) return notAsked(rendered.failure);
    const { parameters, attach } = rendered.value;
    const messages = await this.#attachments.attach(rendered.value.messages, attach);
    if (!messages.ok) return notAsked(messages.failure);
    const files = await attachedFiles(messages.value, this.#tools.workspace);
    if (!files.ok) return { kind: 'failed', failure: files.failure, calls: 0 };
    const { item, record: _record, ...options } = task;
    const mismatch = this.#mismatches.get(item.id);
    const outcome = await this.#tools.services.service(item.serviceKey).generate(
      {
        model: item.model,
        parameters,
        index: item.index,
        siblings: 1,
        messages: mismatch ? askedAgain(messages.value, mismatch) : messages.value,
        ...(this.#stage.schema ? { schema: this.#stage.schema } : {}),
        ...(files.value ? { files: files.value } : {}),
      },
      options,
    );
    return this.#judge(item.id, outcome);
  }

  async #judge(id: string, outcome: AttemptOutcome<Generation>): Promise<AttemptOutcome<StageAnswer>> {
    if (outcome.kind === 'failed') return outcome;
    const { result, ...facts } = outcome;
    const { text, cut } = result;
    const answered = answeredBy(result);
    const { schema } = this.#stage;
    if (!schema) return { ...facts, kind: 'completed', result: { ...answered, text, format: 'text' } };
    if (cut) return { ...facts, kind: 'failed', failure: { reason: 'invalid-output', message: cutShort } };
    const read = await structuredText(text, schema);
    if (read.kind === 'valid') {
      this.#mismatches.delete(id);
      return { ...facts, kind: 'completed', result: { ...answered, text: read.text, format: 'json' } };
    }
    const isAskedAgain = !this.#mismatches.has(id);
    if (isAskedAgain) this.#mismatches.set(id, { text, errors: read.errors });
    else this.#mismatches.delete(id);
    const failure: Failure = {
      reason: 'invalid-output',
      message: describeMismatch(read.errors),
      ...(isAskedAgain ? { isAskedAgain } : {}),
    };
    return { ...facts, kind: 'failed', failure };
  }

  #render({ item, record }: PromptTask): Outcome<PromptItem, string> {
    const { prompt, includes, schema } = this.#stage;
    const row = { key: item.key, label: item.key, values: record };
    const { output: _output, ...named } = prompt;
    const planned = planItems([{ ...named, rows: [row] }], {
      defaultModel: item.model,
      defaultPriority: 5,
      models: [item.model],
      count: Math.max(prompt.count, item.index),
      includes: new Map([[prompt.path, includes]]),
      variables: () => this.#tools.variables,
      templates: this.#templates,
      ...(schema ? { schemas: new Map([[prompt.path, schema]]) } : {}),
    });
    if (!planned.ok) {
      const [first] = planned.problems;
      const where = first?.line === undefined ? '' : ` in line ${first.line}`;
      return failed(`${first?.file ?? prompt.path}${where}: ${first?.message ?? 'The prompt cannot be read.'}`);
    }
    const found = planned.value.find(({ index }) => index === item.index);
    return found ? success(found) : failed(`${prompt.path}: The prompt makes no candidate ${item.index}.`);
  }
}

/** What is told of an answer beside its text. */
function answeredBy({ model, adapted, cut }: Generation): Pick<StageAnswer, 'model' | 'adapted' | 'cut'> {
  return { model, ...(adapted ? { adapted } : {}), ...(cut ? { cut } : {}) };
}

/** Nothing was asked, and another attempt would not be either. */
function notAsked(message: string): AttemptOutcome<never> {
  return { kind: 'failed', failure: { reason: 'bad-request', message }, calls: 0 };
}
