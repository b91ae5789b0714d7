import type OpenAI from 'openai';
import type { RequestBody } from '../refusedParameter.ts';
import { AnswerReader } from '../reading/answerReader.ts';
import type { GenerationRequest } from '../service.ts';
import type { CallOptions, Protocol } from '../streamedCalls.ts';
import type { Timeouts } from '../timeouts.ts';
import { isJsonObject } from '../../base/jsonObject.ts';
import { isStrict, schemaInWords } from '../schemaFormat.ts';
import { messagesOf, withWords } from './messages.ts';
import { connect } from './connection.ts';
import { baseThatAnswers } from './missingVersion.ts';
import { openAiFormat } from './openAiFormat.ts';

/** OpenAI's own newer models accept only the new name; most compatible servers know only the old one. */
function outputLimit(baseUrl: string, maxTokens: number | undefined): Record<string, number> {
  if (maxTokens === undefined) return {};
  return new URL(baseUrl).hostname === 'api.openai.com'
    ? { max_completion_tokens: maxTokens }
    : { max_tokens: maxTokens };
}

function formatOf({ schema }: GenerationRequest): Record<string, unknown> {
  if (!schema) return {};
  const named = { name: 'candidate', schema, strict: isStrict(schema) };
  return { response_format: { type: 'json_schema', json_schema: named } };
}

function bodyOf(request: GenerationRequest, count: number, baseUrl: string): RequestBody {
  const { model, parameters } = request;
  const { temperature: _temperature, maxTokens: _maxTokens, seed: _seed, ...others } = parameters;
  return {
    ...others,
    model,
    messages: messagesOf(request),
    stream: true,
    stream_options: { include_usage: true },
    ...(count === 1 ? {} : { n: count }),
    ...(parameters.temperature === undefined ? {} : { temperature: parameters.temperature }),
    ...(parameters.seed === undefined ? {} : { seed: parameters.seed }),
    ...outputLimit(baseUrl, parameters.maxTokens),
    ...formatOf(request),
  };
}

/** @param longest what any call may take */
export function openAiProtocol(options: CallOptions, longest: Timeouts): Protocol {
  const client = connect(options, longest.total);
  return {
    body: (request, count) => bodyOf(request, count, options.baseUrl),
    inWords: (body, { schema }) => {
      const { response_format: format } = body;
      const isHeld = isJsonObject(format) && format.type === 'json_schema';
      return !schema || isHeld ? body : withWords(body, schemaInWords(schema));
    },
    send: (body, signal) => {
      const sent = body as unknown as OpenAI.ChatCompletionCreateParamsStreaming;
      return client.chat.completions.create(sent, { signal }).asResponse();
    },
    otherBase: () => baseThatAnswers(options),
    reader: (reading) => new AnswerReader(openAiFormat, reading),
  };
}
