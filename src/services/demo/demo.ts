import { cancelledFailure, type AttemptOutcome } from '../../model/attempt.ts';
import { hashText, seededRandom } from './seededRandom.ts';
import {
  mostLiveCharacters,
  notMade,
  type Generation,
  type GenerationOptions,
  type GenerationRequest,
  type Service,
} from '../service.ts';
import { estimateInputTokens, estimateTokens } from '../tokens.ts';

/** Waits for the signal as well as for the time, so that a cancelled attempt ends at once. */
function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done);
  });
}

const chunkCount = 16;

/**
 * Generates without a network or a key: readable text that streams in with the latency of a real service. The same
 * request and index always give the same text.
 */
export class DemoService implements Service {
  readonly name: string;
  /** Multiplies the latency; 0 answers at once. */
  readonly #pace: number;

  constructor(name: string, pace = 1) {
    this.name = name;
    this.#pace = pace;
  }

  async generate(
    request: GenerationRequest,
    { signal, onProgress, onText, admit }: GenerationOptions,
  ): Promise<AttemptOutcome<Generation>> {
    const refused = await admit?.(1);
    if (refused) return notMade(refused);
    const seed = hashText(JSON.stringify([request.model, request.messages, request.parameters, request.index]));
    const random = seededRandom(seed);
    const { demoAnswer } = await import('./demoAnswer.ts');
    const text = demoAnswer(request, random);
    // Log-normal, as measured latencies are: a median of about two seconds and a tail of about five.
    const totalMs = 2000 * Math.exp(0.4 * gaussian(random)) * this.#pace;
    let arrived = 0;
    onText?.(() => text.slice(0, Math.min(Math.round(arrived * text.length), mostLiveCharacters)));
    await wait(totalMs * 0.3, signal);
    for (let chunk = 1; chunk <= chunkCount && !signal.aborted; chunk++) {
      await wait((totalMs * 0.7) / chunkCount, signal);
      arrived = chunk / chunkCount;
      onProgress(chunk / chunkCount);
    }
    if (signal.aborted) return { kind: 'failed', failure: cancelledFailure };
    return {
      kind: 'completed',
      result: { text, model: request.model },
      usage: { input: estimateInputTokens(request.messages), output: estimateTokens(text) },
    };
  }
}

/** Box and Muller, "A Note on the Generation of Random Normal Deviates", 1958. */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
