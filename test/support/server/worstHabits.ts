import type { FailureReason } from '../../../src/model/attempt.ts';
import type { HabitName } from './habits.ts';

/** What two candidates of a service with a habit must come to, whoever asks for them. */
export interface WorstHabit {
  readonly habit: HabitName;
  /** Of each candidate, where the habit is to say it. */
  readonly text?: string;
  readonly isCut?: true;
  /** Why both fail. */
  readonly reason?: FailureReason;
  /** In all; with `reason`, more would be wasted. */
  readonly mostCalls: number;
}

/** The dozen that did the most harm: each stands for a kind. */
export const worstHabits: readonly WorstHabit[] = [
  { habit: 'parts-list', text: 'Rain falls.Rain falls.', mostCalls: 2 },
  { habit: 'bare-chunks', text: 'Rain falls.', mostCalls: 2 },
  { habit: 'usage-holes', text: 'Rain falls.', mostCalls: 2 },
  { habit: 'usage-nonsense', text: 'Rain falls.', mostCalls: 2 },
  { habit: 'done-no-reason', text: 'Rain falls.', mostCalls: 2 },
  { habit: 'whole-json', text: 'Rain falls.', mostCalls: 2 },
  { habit: 'think-tags', text: 'Rain falls.', mostCalls: 2 },
  { habit: 'cut-half', text: 'The river begins in the', isCut: true, mostCalls: 2 },
  { habit: 'cut-empty', reason: 'max-tokens', mostCalls: 2 },
  { habit: 'empty-reason', reason: 'truncated', mostCalls: 4 },
  { habit: 'list-error', mostCalls: 4 },
  { habit: 'no-credit', reason: 'quota-exhausted', mostCalls: 2 },
];
