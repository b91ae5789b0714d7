import { inSmallLetters, keyHeaderOf } from '../callAdditions.ts';
import { bearer, type Credential } from '../credential.ts';
import { StageService } from '../stageService.ts';
import type { HttpServiceSettings } from './kind.ts';

/** What a person's settings add to requests to the origin of a service. */
export interface OriginAdditions {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** A service that stages ask over HTTP: it knows what its own origin is sent, and nobody else. */
export class HttpService extends StageService {
  readonly #settings: HttpServiceSettings;
  readonly #credential: Credential | undefined;

  constructor(settings: HttpServiceSettings, credential: Credential | undefined) {
    super(settings.name);
    this.#settings = settings;
    this.#credential = credential;
  }

  /** @returns undefined for every origin but its own */
  additions(origin: string): OriginAdditions | undefined {
    const { baseUrl, headers = {}, query = {}, apiKeyHeader } = this.#settings;
    if (new URL(baseUrl).origin !== origin) return undefined;
    const header = apiKeyHeader === undefined ? bearer : keyHeaderOf(apiKeyHeader);
    return { headers: { ...inSmallLetters(headers), ...this.#credential?.headersFor(origin, header) }, query };
  }
}
