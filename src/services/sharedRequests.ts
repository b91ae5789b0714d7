import { cancelledFailure, type AttemptOutcome, type Failure, type TokenUsage } from '../model/attempt.ts';
import {
  emptinessOf,
  type Generation,
  type GenerationOptions,
  type GenerationRequest,
  type ManyService,
  type Service,
  type TextSoFar,
} from './service.ts';

/** Attempts with the same prompt that wait for one request. */
interface SharedRequest {
  readonly outcome: Promise<AttemptOutcome<readonly Generation[]>>;
  readonly abort: AbortController;
  readonly listeners: GenerationOptions[];
  /** What reads its texts as they arrive, once it has begun. */
  readonly arriving: { soFar?: TextSoFar };
  readonly size: number;
  claimed: number;
  cancelled: number;
}

interface Group {
  /** Candidates of the group that no request has been made for. */
  remaining: number;
  open: SharedRequest | undefined;
}

/**
 * Lets candidates of one prompt share a request, for services that offer several completions per request (`n`). The
 * candidates share its latency and its seed. Never asks for more than there are candidates; rows are never merged,
 * because their messages differ.
 */
export class SharedRequests implements Service {
  readonly name: string;
  readonly #inner: ManyService;
  readonly #perRequest: number;
  /** By the messages, which candidates of one prompt, row and run share by reference, and the model. */
  readonly #groups = new WeakMap<GenerationRequest['messages'], Map<string, Group>>();

  constructor(inner: ManyService, perRequest: number) {
    this.name = inner.name;
    this.#inner = inner;
    this.#perRequest = perRequest;
  }

  async prepare(): Promise<void> {
    await this.#inner.prepare?.();
  }

  async generate(request: GenerationRequest, options: GenerationOptions): Promise<AttemptOutcome<Generation>> {
    const group = this.#groupOf(request);
    const shared = this.#join(group, request, options);
    const place = shared.claimed++;
    if (shared.claimed === shared.size) group.open = undefined;
    shared.listeners.push(options);
    const { soFar } = shared.arriving;
    if (soFar) options.onText?.(() => soFar(place));
    const cancel = (): void => {
      shared.cancelled++;
      // What others wait for goes on.
      if (shared.cancelled === shared.claimed) {
        if (group.open === shared) group.open = undefined;
        shared.abort.abort();
      }
    };
    options.signal.addEventListener('abort', cancel, { once: true });
    const outcome = await Promise.race([shared.outcome, aborted(options.signal)]);
    options.signal.removeEventListener('abort', cancel);
    if (outcome === 'aborted') return { kind: 'failed', failure: cancelledFailure };
    // One request was made: only its first candidate counts it, and the tokens are shared.
    const calls = place === 0 ? 1 : 0;
    if (outcome.kind === 'failed' && group.open === shared) group.open = undefined;
    if (outcome.kind === 'failed') return place === 0 ? outcome : { kind: 'failed', failure: outcome.failure, calls };
    const generation = outcome.result[place];
    const usage = shareOf(outcome.usage, shared.size);
    const failure = generation
      ? emptinessOf(generation, this.name, usage)
      : this.#lacking(outcome.result, shared, usage);
    if (generation === undefined || failure !== undefined) {
      group.remaining++;
      return { kind: 'failed', failure: failure ?? { reason: 'empty', message: 'Empty.' }, usage, calls };
    }
    const remark = place === 0 && outcome.remark !== undefined ? { remark: outcome.remark } : {};
    return { kind: 'completed', result: generation, usage, calls, ...remark };
  }

  /** What is said of a candidate that the service has not given. */
  #lacking(given: readonly Generation[], { size }: SharedRequest, usage: TokenUsage): Failure | undefined {
    if (given.length === 0) return emptinessOf(undefined, this.name, usage);
    const message = `The service "${this.name}" gave ${given.length} of ${size} texts that were asked for at once.`;
    return { reason: 'empty', message };
  }

  #groupOf(request: GenerationRequest): Group {
    const byModel = this.#groups.get(request.messages) ?? new Map<string, Group>();
    this.#groups.set(request.messages, byModel);
    const group = byModel.get(request.model) ?? { remaining: request.siblings ?? 1, open: undefined };
    byModel.set(request.model, group);
    return group;
  }

  #join(group: Group, request: GenerationRequest, { negotiations, admit }: GenerationOptions): SharedRequest {
    if (group.open) return group.open;
    const size = Math.max(1, Math.min(this.#perRequest, group.remaining));
    group.remaining -= size;
    const abort = new AbortController();
    const listeners: GenerationOptions[] = [];
    const arriving: { soFar?: TextSoFar } = {};
    const outcome = this.#inner
      .generateMany(request, size, {
        signal: abort.signal,
        onProgress: (share) => listeners.forEach((listener) => listener.onProgress(share)),
        onText: (soFar) => {
          arriving.soFar = soFar;
          listeners.forEach((listener, place) => listener.onText?.(() => soFar(place)));
        },
        onHints: (hints) => listeners[0]?.onHints?.(hints),
        ...(negotiations ? { negotiations } : {}),
        ...(admit ? { admit } : {}),
      })
      .then((result) => {
        // They will be asked for again, by whoever is tried again.
        if (result.kind === 'failed') group.remaining += size;
        return result;
      });
    group.open = { outcome, abort, listeners, arriving, size, claimed: 0, cancelled: 0 };
    return group.open;
  }
}

function shareOf({ input, output, cached, reasoning }: TokenUsage, size: number): TokenUsage {
  return {
    input: Math.round(input / size),
    output: Math.round(output / size),
    ...(cached === undefined ? {} : { cached: Math.round(cached / size) }),
    ...(reasoning === undefined ? {} : { reasoning: Math.round(reasoning / size) }),
  };
}

function aborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    else signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
}
