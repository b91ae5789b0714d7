import type { JsonObject } from '../base/jsonObject.ts';
import type { AdaptedParameters, Verbalized } from '../model/adaptation.ts';
import type { AttemptOutcome, Failure, RateLimitHints, TokenUsage } from '../model/attempt.ts';
import type { ChatMessage, Parameters } from '../model/message.ts';
import type { NegotiationStore } from './negotiation.ts';

export interface GenerationRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly parameters: Parameters;
  /** The JSON Schema that the text is to match. Whether it does, nobody has checked. */
  readonly schema?: JsonObject;
  /** What the attachments of the messages hold, as base64 by hash. */
  readonly files?: ReadonlyMap<string, string>;
  /** 1-based number of the candidate; makes the demo service's texts differ. */
  readonly index: number;
  /** Candidates of the run with the same messages and model, this one included; they may share a request. */
  readonly siblings?: number;
}

export interface Generation {
  readonly text: string;
  /** The model that answered, as the service names it. */
  readonly model: string;
  /** How the text ended, where the service tells: by itself, at the output limit, or in a way of its own. */
  readonly finish?: 'stop' | 'length' | 'other';
  /** The text was cut at the output limit. */
  readonly cut?: true;
  /** Present where parameters were not sent as the request asks for them. */
  readonly adapted?: AdaptedParameters;
  /** What the model thought before it wrote, where that is kept. */
  readonly reasoning?: string;
  /** Present where it was one of several that were asked for at once. */
  readonly verbalized?: Verbalized;
}

/** Characters of an arriving text that are shown: the whole text is there soon. */
export const mostLiveCharacters = 64 * 1024;

/**
 * The beginning of a text as far as it has arrived, without what must not be shown: what it comes to, nobody knows yet. It
 * takes time with its length, so it is asked only for whoever looks on, and not for each piece. Never throws.
 *
 * @param place 0-based, of texts that were asked for at once
 */
export type TextSoFar = (place: number) => string;

export interface GenerationOptions {
  readonly signal: AbortSignal;
  /**
   * Asked before each request that the generation takes, the repeated ones too; default: all may be made.
   *
   * @param completions that the request asks for
   * @returns why it must not be made
   */
  readonly admit?: (completions: number) => Promise<Failure | undefined>;
  /** Called as text streams in with the share of the expected text that has arrived, 0 to 1 (an estimate may pass 1). */
  readonly onProgress: (share: number) => void;
  /** Called before each request that the generation takes, the repeated ones too, with what reads its texts as they arrive. */
  readonly onText?: (soFar: TextSoFar) => void;
  /** Called as soon as the service answers, before the text is there, with what it tells of its limits. */
  readonly onHints?: (hints: RateLimitHints) => void;
  /** What earlier runs have found out about the parameters of this service's models; default: nothing is kept. */
  readonly negotiations?: NegotiationStore;
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
  /** Loads what the first call would wait for. Never fails: a call tells what is wrong. */
  prepare?(): Promise<void>;
  generate(request: GenerationRequest, options: GenerationOptions): Promise<AttemptOutcome<Generation>>;
}

/** What comes of a generation that made no request. */
export function notMade(failure: Failure): { readonly kind: 'failed' } & AttemptOutcome<never> {
  return { kind: 'failed', failure, calls: 0, usage: { input: 0, output: 0 } };
}

/**
 * What is wrong with a generation that has no text; undefined when it has one.
 *
 * @param usage what the call used, where the service told
 */
export function emptinessOf(
  generation: Generation | undefined,
  service: string,
  usage?: Pick<TokenUsage, 'output'>,
): Failure | undefined {
  if (generation && generation.text.trim() !== '') return undefined;
  if (!generation?.cut) return { reason: 'empty', message: `The service "${service}" answered without any text.` };
  const tokens = usage && usage.output > 0 ? `all ${usage.output} tokens` : 'all tokens';
  return {
    reason: 'max-tokens',
    message: `The service "${service}" wrote no text: ${tokens} went into thinking: raise max_tokens.`,
  };
}
