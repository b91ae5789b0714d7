import type { AttemptOutcome, RateLimitHints } from '../model/attempt.ts';
import type { ChatMessage, Parameters } from '../model/message.ts';

export interface GenerationRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly parameters: Parameters;
  /** 1-based number of the candidate; makes the demo service's texts differ. */
  readonly index: number;
  /** Candidates of the run with the same messages and model, this one included; they may share a request. */
  readonly siblings?: number;
}

export interface Generation {
  readonly text: string;
  /** The model that answered, as the service names it. */
  readonly model: string;
}

export interface GenerationOptions {
  readonly signal: AbortSignal;
  /** Called as text streams in with the share of the expected text that has arrived, 0 to 1 (an estimate may pass 1). */
  readonly onProgress: (share: number) => void;
  /** Called as soon as the service answers, before the text is there, with what it tells of its limits. */
  readonly onHints?: (hints: RateLimitHints) => void;
}

/** A service that gives several completions for one request. */
export interface ManyService extends Service {
  /** @param count at least 1; a result may hold fewer */
  generateMany(
    request: GenerationRequest,
    count: number,
    options: GenerationOptions,
  ): Promise<AttemptOutcome<readonly Generation[]>>;
}

/** Something that generates. Expected failures are outcomes; only bugs are thrown. */
export interface Service {
  readonly name: string;
  generate(request: GenerationRequest, options: GenerationOptions): Promise<AttemptOutcome<Generation>>;
}
