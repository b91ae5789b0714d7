import type { AttemptOutcome } from '../model/attempt.ts';
import { notMade, type Generation, type Service } from './service.ts';

/** A service of which stages of pipelines use the limits, and that writes no text. */
export class StageService implements Service {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  generate(): Promise<AttemptOutcome<Generation>> {
    const message = `The service "${this.name}" writes no text: it is for stages of pipelines.`;
    return Promise.resolve(notMade({ reason: 'bad-request', message }));
  }
}
