import type { AttemptOutcome } from '../../model/attempt.ts';
import type { Generation, GenerationOptions, GenerationRequest, ManyService, Service, TextSoFar } from '../service.ts';
import { verbalizedMessages, verbalizedSchema } from './instruction.ts';
import { splitResponses, splitStructured } from './splitResponses.ts';

/** What a response takes beside its text, tokens: tags and a probability. */
const tokensAround = 40;

/** Asks any service for several different texts in one answer. */
export class VerbalizedService implements ManyService {
  readonly name: string;
  readonly #inner: Service;

  constructor(inner: Service) {
    this.name = inner.name;
    this.#inner = inner;
  }

  generate(request: GenerationRequest, options: GenerationOptions): Promise<AttemptOutcome<Generation>> {
    return this.#inner.generate({ ...request, siblings: 1 }, options);
  }

  async generateMany(
    request: GenerationRequest,
    count: number,
    options: GenerationOptions,
  ): Promise<AttemptOutcome<readonly Generation[]>> {
    if (count === 1) return listed(await this.generate(request, options));
    const { messages, parameters, schema } = request;
    const { maxTokens } = parameters;
    const asked: GenerationRequest = {
      ...request,
      messages: verbalizedMessages(messages, count, schema !== undefined),
      // The limit is that of a candidate.
      parameters:
        maxTokens === undefined ? parameters : { ...parameters, maxTokens: count * (maxTokens + tokensAround) },
      ...(schema ? { schema: verbalizedSchema(schema, count) } : {}),
      siblings: 1,
    };
    const { admit, onText } = options;
    const outcome = await this.#inner.generate(asked, {
      ...options,
      ...(admit ? { admit: () => admit(count) } : {}),
      ...(onText ? { onText: (soFar) => onText(responsesSoFar(soFar, count, schema !== undefined)) } : {}),
    });
    if (outcome.kind === 'failed') return outcome;
    const { text, cut, ...generation } = outcome.result;
    const responses = schema ? splitStructured(text) : splitResponses(text, count, cut);
    if (responses.length === 0 && cut) {
      const message = `The service "${this.name}" was cut at the output limit before one of ${count} texts was whole: raise max_tokens, or ask for fewer with "diversity".`;
      return { kind: 'failed', failure: { reason: 'max-tokens', message }, usage: outcome.usage };
    }
    const result = responses.slice(0, count).map(({ text: each, probability }) => ({
      ...generation,
      text: each,
      verbalized: { of: count, ...(probability === undefined ? {} : { probability }) },
    }));
    return { ...outcome, result };
  }
}

/** Responses that are whole: the one that is being written has no place yet. Of JSON, nothing is whole before its end. */
function responsesSoFar(soFar: TextSoFar, count: number, isStructured: boolean): TextSoFar {
  return (place) => (isStructured ? '' : (splitResponses(soFar(0), count, true)[place]?.text ?? ''));
}

function listed(outcome: AttemptOutcome<Generation>): AttemptOutcome<readonly Generation[]> {
  return outcome.kind === 'failed' ? outcome : { ...outcome, result: [outcome.result] };
}
