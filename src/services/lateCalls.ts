import { rememberSecrets, secretsOf } from '../base/redact.ts';
import type { AttemptOutcome } from '../model/attempt.ts';
import { secretsOfHeaders } from './callAdditions.ts';
import type { Generation, GenerationOptions, GenerationRequest } from './service.ts';
import type { CallOptions, LoadProtocol, StreamedCalls } from './streamedCalls.ts';

/** Calls of one service, whose code is loaded with the first of them: most services that somebody has set up are not called. */
export class LateCalls implements Pick<StreamedCalls, 'prepare' | 'one' | 'many'> {
  readonly #load: () => Promise<StreamedCalls>;
  #calls: Promise<StreamedCalls> | undefined;

  /** See `StreamedCalls`. */
  constructor(options: CallOptions, path: string, load: LoadProtocol) {
    rememberSecrets([...secretsOf(options.baseUrl), ...secretsOfHeaders(options.headers).all]);
    this.#load = async () => {
      const { StreamedCalls } = await import('./streamedCalls.ts');
      return new StreamedCalls(options, path, load);
    };
  }

  async prepare(): Promise<void> {
    await (await this.#loaded()).prepare();
  }

  async one(request: GenerationRequest, options: GenerationOptions): Promise<AttemptOutcome<Generation>> {
    return (await this.#loaded()).one(request, options);
  }

  async many(
    request: GenerationRequest,
    count: number,
    options: GenerationOptions,
  ): Promise<AttemptOutcome<readonly Generation[]>> {
    return (await this.#loaded()).many(request, count, options);
  }

  #loaded(): Promise<StreamedCalls> {
    return (this.#calls ??= this.#load());
  }
}
