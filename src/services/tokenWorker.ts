import { parentPort } from 'node:worker_threads';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import type { TokenAnswer, TokenQuestion } from './tokenCounter.ts';
import { tokenPieces } from './tokenPieces.ts';

/** What stands for a special token in somebody's text is text. */
const asText = { disallowedSpecial: new Set<string>() };

parentPort?.on('message', ({ id, texts }: TokenQuestion) => {
  const tokens = texts.map((text) => tokenPieces(text).reduce((sum, piece) => sum + countTokens(piece, asText), 0));
  const answer: TokenAnswer = { id, tokens };
  parentPort?.postMessage(answer);
});
