import type { Anthropic } from '@anthropic-ai/sdk';
import { AnswerReader } from '../reading/answerReader.ts';
import type { CallOptions, Protocol } from '../streamedCalls.ts';
import { anthropicFormat } from './anthropicFormat.ts';
import { connect } from './connection.ts';
import { bodyOf, inWords, leftOutOf, marked } from './requestBody.ts';

export function anthropicProtocol(options: CallOptions): Protocol {
  let client: Anthropic | undefined;
  return {
    body: (request) => bodyOf(request),
    leftOut: leftOutOf,
    inWords,
    send: (body, signal, { total }) => {
      client ??= connect(options, total);
      // The SDK's own method for messages writes warnings about models to the console.
      return client.post('/v1/messages', { body: marked(body), stream: true, signal }).asResponse();
    },
    reader: (reading) => new AnswerReader(anthropicFormat(), reading),
  };
}
