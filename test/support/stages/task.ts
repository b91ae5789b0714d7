import { Liquid } from 'liquidjs';
import type { Expressions, RecordData } from '../../../src/flow/flow.ts';
import type { AttemptOutcome, Failure } from '../../../src/model/attempt.ts';
import type { StageText } from '../../../src/flow/record.ts';
import type { StageTask } from '../../../src/stages/stage.ts';
import type { Scope } from '../../../src/stages/pieces.ts';

const liquid = new Liquid({ strictVariables: true, strictFilters: true });

/** The whole of Liquid: what templates of stages may be. */
export const liquidExpressions: Expressions = {
  text(template, record) {
    try {
      return liquid.parseAndRenderSync(template, record) as string;
    } catch {
      return undefined;
    }
  },
  fill: (template, record) => liquidExpressions.text(template, record),
};

export function scopeOf(record: RecordData): Scope {
  return { record, expressions: liquidExpressions };
}

export function taskOf(record: RecordData, signal: AbortSignal = new AbortController().signal): StageTask {
  return { record, key: 'k', expressions: liquidExpressions, signal };
}

/** What every stage has beside what is its kind's. */
export const common = {
  name: 'it',
  line: 1,
  input: { kind: 'pass' },
  otherwise: 'fail',
  priority: 5,
} as const;

/** @throws when it has failed */
export function resultOf(outcome: AttemptOutcome<StageText>): StageText {
  if (outcome.kind === 'completed') return outcome.result;
  throw new Error(`${outcome.failure.reason}: ${outcome.failure.message}`);
}

/** @throws when it has not failed */
export function failureOf(outcome: AttemptOutcome<StageText>): Failure {
  if (outcome.kind === 'failed') return outcome.failure;
  throw new Error(`It came to ${outcome.result.text.slice(0, 200)}`);
}

/** `reason: sentence`. */
export function saidBy(outcome: AttemptOutcome<StageText>): string {
  const { reason, message } = failureOf(outcome);
  return `${reason}: ${message}`;
}
