import type { AttemptOutcome } from '../../model/attempt.ts';
import type { Generation, GenerationOptions, GenerationRequest, ManyService } from '../service.ts';
import { LateCalls } from '../lateCalls.ts';
import type { CallOptions } from '../streamedCalls.ts';

export type OpenAiServiceOptions = CallOptions;

/** Chat completions of any OpenAI-compatible endpoint, streamed. */
export class OpenAiService implements ManyService {
  readonly name: string;
  readonly #calls: LateCalls;

  constructor(options: OpenAiServiceOptions) {
    this.name = options.name;
    this.#calls = new LateCalls(options, '/chat/completions', async (longest) => {
      const { openAiProtocol } = await import('./protocol.ts');
      return openAiProtocol(options, longest);
    });
  }

  prepare(): Promise<void> {
    return this.#calls.prepare();
  }

  generate(request: GenerationRequest, options: GenerationOptions): Promise<AttemptOutcome<Generation>> {
    return this.#calls.one(request, options);
  }

  generateMany(
    request: GenerationRequest,
    count: number,
    options: GenerationOptions,
  ): Promise<AttemptOutcome<readonly Generation[]>> {
    return this.#calls.many(request, count, options);
  }
}
