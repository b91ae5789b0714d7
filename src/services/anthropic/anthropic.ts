import type { AttemptOutcome } from '../../model/attempt.ts';
import type { Generation, GenerationOptions, GenerationRequest, Service } from '../service.ts';
import { LateCalls } from '../lateCalls.ts';
import type { CallOptions } from '../streamedCalls.ts';

/** Most models say nothing while they think, for as long as they may altogether. */
const firstTokenMs = 600_000;

/** Messages of Anthropic, and of every server that speaks its protocol, streamed. */
export class AnthropicService implements Service {
  readonly name: string;
  readonly #calls: LateCalls;
  readonly #cachesPrompts: boolean;

  /** @param cachesPrompts whether prompts are marked for its cache that several candidates share */
  constructor({ timeouts, ...others }: CallOptions, cachesPrompts = true) {
    const options: CallOptions = { ...others, timeouts: { firstToken: firstTokenMs, ...timeouts } };
    this.name = options.name;
    this.#cachesPrompts = cachesPrompts;
    this.#calls = new LateCalls(options, '/v1/messages', async (longest) => {
      const { anthropicProtocol } = await import('./protocol.ts');
      return anthropicProtocol(options, longest);
    });
  }

  prepare(): Promise<void> {
    return this.#calls.prepare();
  }

  generate(request: GenerationRequest, options: GenerationOptions): Promise<AttemptOutcome<Generation>> {
    return this.#calls.one(this.#cachesPrompts ? request : { ...request, siblings: 1 }, options);
  }
}
