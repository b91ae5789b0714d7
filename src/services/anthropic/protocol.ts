import { AnswerReader } from '../reading/answerReader.ts';
import type { CallOptions, Protocol } from '../streamedCalls.ts';
import type { Timeouts } from '../timeouts.ts';
import { anthropicFormat } from './anthropicFormat.ts';
import { connect } from './connection.ts';
import { bodyOf, inWords, leftOutOf, marked } from './requestBody.ts';

/** @param longest what any call may take */
export function anthropicProtocol(options: CallOptions, longest: Timeouts): Protocol {
  const client = connect(options, longest.total);
  return {
    body: (request) => bodyOf(request),
    leftOut: leftOutOf,
    inWords,
    // The SDK's own method for messages writes warnings about models to the console.
    send: (body, signal) => client.post('/v1/messages', { body: marked(body), stream: true, signal }).asResponse(),
    reader: (reading) => new AnswerReader(anthropicFormat(), reading),
  };
}
