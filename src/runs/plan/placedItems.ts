import type { ServiceKey } from '../../engine/engine.ts';
import type { PromptItem } from '../../prompts/items.ts';
import type { Problem, PromptFile } from '../../prompts/promptFile.ts';
import type { ServiceSettings } from '../../model/serviceSettings.ts';
import { kindOf } from '../../services/kinds.ts';
import type { FileStore } from '../../storage/fileStore.ts';
import { AttachmentFiles } from './attachments.ts';
import type { NumberingMode } from './existingModes.ts';
import { CandidateNumbering, type Numbered } from './candidateNumbering.ts';
import { chooseModel, type ModelChoice } from './modelChoice.ts';
import { PackedMessages } from './packedMessages.ts';
import type { PlannedCandidate } from './plannedCandidate.ts';
import { RowCandidate, type CandidateKin } from './rowCandidate.ts';

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

type NewNumber = Extract<Numbered, { kind: 'new' }>;

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
  /** By the model as the prompt names it. */
  readonly #kin = new Map<PromptFile, Map<string, CandidateKin>>();
  readonly #packed = new PackedMessages();
  /** The messages that came last, and their place among the packed ones: candidates of a row come one after the other. */
  #last: { readonly messages: PromptItem['messages']; readonly place: number } | undefined;
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

  /** @returns where the item has to wait for the disk */
  add(item: PromptItem): Promise<void> | undefined {
    const numbered = this.#numbering.of(item);
    if (numbered instanceof Promise) return numbered.then((each) => this.#place(item, each));
    return this.#place(item, numbered);
  }

  #place(item: PromptItem, numbered: Numbered): Promise<void> | undefined {
    if (numbered.kind === 'there') {
      this.#there += 1;
      return undefined;
    }
    if (numbered.problem !== undefined) this.#problems.push({ file: item.prompt.path, message: numbered.problem });
    if (item.attach.length === 0) {
      this.#keep(item, numbered, this.#compact(item));
      return undefined;
    }
    const { service } = this.#choice(item.model);
    return this.#attached(item, service).then((messages) => this.#keep(item, numbered, messages));
  }

  #keep(item: PromptItem, { number, series }: NewNumber, messages: PromptItem['messages'] | number): void {
    const { rowPlace, index } = item;
    const position = this.#candidates.length;
    const facts = { position, rowPlace, index, number, messages, series };
    this.#candidates.push(new RowCandidate(this.#kinOf(item), facts));
  }

  /** Candidates that share their messages share the object; others have them made when they are asked for. */
  #compact({ messages, siblings, prompt }: PromptItem): PromptItem['messages'] | number {
    if (siblings > 1 || prompt.diversity) return messages;
    if (this.#last?.messages !== messages) this.#last = { messages, place: this.#packed.push(messages) };
    return this.#last.place;
  }

  #kinOf({ prompt, model: namedModel, priority, schema, spread }: PromptItem): CandidateKin {
    const ofPrompt = this.#kin.get(prompt) ?? new Map<string, CandidateKin>();
    this.#kin.set(prompt, ofPrompt);
    const known = ofPrompt.get(namedModel);
    if (known) return known;
    const { service, model, key } = this.#choice(namedModel);
    const kin: CandidateKin = {
      prompt,
      namedModel,
      service: service.name,
      serviceKey: key,
      model,
      priority,
      spread,
      ...(schema ? { schema } : {}),
      messages: this.#packed,
      outputAt: this.#numbering.outputsOf(prompt),
    };
    ofPrompt.set(namedModel, kin);
    return kin;
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
