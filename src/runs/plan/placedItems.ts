import type { ServiceKey } from '../../engine/engine.ts';
import type { PromptItem } from '../../prompts/items.ts';
import type { Problem } from '../../prompts/promptFile.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { kindOf } from '../../services/kinds.ts';
import { tokenReservation } from '../../services/tokens.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { AttachmentFiles } from './attachments.ts';
import type { NumberingMode } from './existingModes.ts';
import { CandidateNumbering } from './candidateNumbering.ts';
import { chooseModel, type ModelChoice } from './modelChoice.ts';
import type { PlannedCandidate } from './plannedCandidate.ts';

export interface PlacingOptions {
  /** The folder that candidates must stay inside, absolute; paths of prompt files are relative to it. */
  readonly root: string;
  /** In place of a folder beside each prompt file. */
  readonly out?: string;
  readonly files: FileStore;
  /** Default `add`. */
  readonly existing?: NumberingMode;
  readonly services: readonly ServiceSettings[];
  readonly serviceKey: (service: ServiceSettings) => ServiceKey;
}

interface ServiceChoice extends ModelChoice {
  readonly key: ServiceKey;
}

/** Items of prompt files as they come, each with its service, its attachments and the place of its file. */
export class PlacedItems {
  readonly #options: PlacingOptions;
  readonly #defaultService: ServiceSettings;
  readonly #numbering: CandidateNumbering;
  readonly #attachments: AttachmentFiles;
  readonly #candidates: PlannedCandidate[] = [];
  readonly #problems: Problem[] = [];
  readonly #told = new Set<string>();
  /** By the model as the prompt names it. */
  readonly #choices = new Map<string, ServiceChoice>();
  readonly #keys = new Map<ServiceSettings, ServiceKey>();
  #there = 0;
  #attachedBytes = 0;

  constructor(options: PlacingOptions, defaultService: ServiceSettings) {
    const { root, files, out, existing = 'add' } = options;
    this.#options = options;
    this.#defaultService = defaultService;
    this.#numbering = new CandidateNumbering({ root, files, existing, ...(out === undefined ? {} : { out }) });
    this.#attachments = new AttachmentFiles(files, root);
  }

  /** In the order in which they came, but for those that are there. */
  get candidates(): readonly PlannedCandidate[] {
    return this.#candidates;
  }

  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** Of the services that take part. */
  get serviceKeys(): readonly ServiceKey[] {
    return [...new Set(this.#keys.values())];
  }

  /** How many candidates are there and are not made again. */
  get there(): number {
    return this.#there;
  }

  /** Files that candidates take the place of, absolute. */
  get replaced(): readonly string[] {
    return this.#numbering.replaced;
  }

  /** Of the files that go with all calls, once each. */
  get attachedBytes(): number {
    return this.#attachedBytes;
  }

  async add(item: PromptItem): Promise<void> {
    const { prompt } = item;
    const numbered = await this.#numbering.of(item);
    if (numbered.kind === 'there') {
      this.#there += 1;
      return;
    }
    const { output, number, problem } = numbered;
    if (problem !== undefined) this.#problems.push({ file: prompt.path, message: problem });
    const { service, model, key } = this.#choice(item.model);
    const messages = item.attach.length === 0 ? item.messages : await this.#attached(item, service);
    const position = this.#candidates.length;
    this.#candidates.push({
      id: item.id,
      position,
      stage: 0,
      key: item.key,
      root: position,
      place: '',
      prompt,
      row: item.row,
      index: item.index,
      number,
      service: service.name,
      serviceKey: key,
      model,
      priority: item.priority,
      reservation: tokenReservation({ messages, parameters: item.parameters }),
      messages,
      parameters: item.parameters,
      variables: item.variables,
      ...(item.schema ? { schema: item.schema } : {}),
      ...(item.vary ? { vary: item.vary } : {}),
      output,
      siblings: item.siblings,
      ...(prompt.diversity ? { verbalized: prompt.diversity.verbalized } : {}),
    });
  }

  #choice(name: string): ServiceChoice {
    const known = this.#choices.get(name);
    if (known) return known;
    const { services, serviceKey } = this.#options;
    const choice = chooseModel(name, services, this.#defaultService);
    const key = this.#keys.get(choice.service) ?? serviceKey(choice.service);
    this.#keys.set(choice.service, key);
    const made = { ...choice, key };
    this.#choices.set(name, made);
    return made;
  }

  /** The messages with the files that go with them; what is wrong is told once. */
  async #attached(item: PromptItem, service: ServiceSettings): Promise<PromptItem['messages']> {
    const attached = await this.#attachments.attach(item.messages, item.attach);
    const complaint = attached.ok ? unseen(service) : attached.failure;
    if (complaint !== undefined && !this.#told.has(complaint)) {
      this.#told.add(complaint);
      const { path, attach: [first] = [] } = item.prompt;
      this.#problems.push({ file: path, ...(first ? { line: first.line } : {}), message: complaint });
    }
    if (!attached.ok) return item.messages;
    const files = attached.value.flatMap((message) => message.attachments ?? []);
    this.#attachedBytes += files.reduce((sum, { bytes }) => sum + bytes, 0);
    return attached.value;
  }
}

/** Why a service cannot have attachments, as a sentence; undefined where it can. */
function unseen(service: ServiceSettings): string | undefined {
  if (kindOf(service).takesAttachments === true) return undefined;
  return `The service "${service.name}" takes no images or PDFs: choose a model of another one, or leave out "candidates.attach".`;
}
