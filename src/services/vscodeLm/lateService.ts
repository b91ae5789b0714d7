import type { AttemptOutcome } from '../../model/attempt.ts';
import type { Generation, GenerationOptions, GenerationRequest, Service } from '../service.ts';

/** A service whose code is loaded with the first call. */
export class LateService implements Service {
  readonly name: string;
  readonly #load: () => Promise<Service>;
  #service: Promise<Service> | undefined;

  constructor(name: string, load: () => Promise<Service>) {
    this.name = name;
    this.#load = load;
  }

  async prepare(): Promise<void> {
    await (await this.#loaded()).prepare?.();
  }

  async generate(request: GenerationRequest, options: GenerationOptions): Promise<AttemptOutcome<Generation>> {
    return (await this.#loaded()).generate(request, options);
  }

  #loaded(): Promise<Service> {
    return (this.#service ??= this.#load());
  }
}
