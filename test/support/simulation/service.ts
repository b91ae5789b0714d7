import type { Clock } from '../../../src/base/clock.ts';
import type { AttemptOutcome, FailureReason, RateLimitHints } from '../../../src/model/attempt.ts';
import { chanceOf } from './chance.ts';
import { type CallOutcome, Ledger } from './ledger.ts';
import {
  type Call,
  failsAfterShare,
  faultOf,
  headersAfterShare,
  latencyOf,
  outputTokens,
  overrunShare,
  refusalMs,
  type ServiceModel,
  tokensOf,
  within,
} from './model.ts';
import { type Meter, type Meters, metersOf } from './quota.ts';

export interface ServiceCall {
  readonly item: string;
  readonly signal: AbortSignal;
  /** The headers of the answer are there. */
  readonly hear: (hints: RateLimitHints) => void;
}

export type ServiceOutcome = AttemptOutcome<string>;

/** A model service without a network: the same behaviours as test/support/server, in the clock's time. */
export class SimulatedService {
  readonly ledger = new Ledger();
  readonly #model: ServiceModel;
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #meters: Meters;
  /** Calls let in, by item. */
  readonly #admitted = new Map<string, number>();
  /** Ends the calls that an outage takes down. */
  readonly #inFlight = new Set<() => void>();

  constructor(model: ServiceModel, clock: Clock) {
    this.#model = model;
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#meters = metersOf(model.seed, model.quota);
    if (model.outage) {
      clock.schedule(model.outage.fromMs, () => {
        for (const end of [...this.#inFlight]) end();
      });
    }
  }

  /** ms since the start of the scenario. */
  get now(): number {
    return this.#clock.now() - this.#startedAt;
  }

  async call(call: ServiceCall): Promise<ServiceOutcome> {
    const end = this.ledger.arrive(this.now);
    const { outage } = this.#model;
    if (outage && within(outage, this.now)) {
      await this.#pass(refusalMs, call.signal);
      return this.#failed(end, outage.failure);
    }
    const cost = tokensOf(this.#model, call.item);
    const refusedFor = this.#admit(cost);
    const hints = this.#hints();
    if (refusedFor > 0) {
      await this.#pass(refusalMs, call.signal);
      end('rejected');
      return {
        kind: 'failed',
        failure: {
          reason: 'rate-limited',
          message: 'Rate limit reached.',
          ...(this.#model.retryAfter ? { retryAfterMs: Math.ceil(refusedFor) } : {}),
        },
        ...hints,
      };
    }
    const nth = (this.#admitted.get(call.item) ?? 0) + 1;
    this.#admitted.set(call.item, nth);
    return this.#answer({ ...call, nth }, end, hints);
  }

  async #answer(
    call: ServiceCall & Call,
    end: (outcome: CallOutcome) => void,
    hints: { readonly hints?: RateLimitHints },
  ): Promise<ServiceOutcome> {
    const { active } = this.ledger;
    const brownOut = within(this.#model.brownOut, this.now) ? this.#model.brownOut : undefined;
    const latencyMs = latencyOf(this.#model, call, active) * (brownOut?.latencyFactor ?? 1);
    const failure = this.#failureOf(call, active, brownOut?.failedShare ?? 0);
    if (failure !== undefined) {
      const survived = await this.#pass(latencyMs * failsAfterShare, call.signal);
      return this.#failed(end, survived === 'taken-down' ? this.#outageFailure : failure, hints);
    }
    const headersMs = latencyMs * headersAfterShare;
    let passed = await this.#pass(headersMs, call.signal);
    if (passed === 'passed') {
      if (hints.hints) call.hear(hints.hints);
      passed = await this.#pass(latencyMs - headersMs, call.signal);
    }
    switch (passed) {
      case 'aborted':
        end('aborted');
        return { kind: 'failed', failure: { reason: 'cancelled', message: 'Cancelled.' } };
      case 'taken-down':
        return this.#failed(end, this.#outageFailure);
      case 'passed':
        end('completed');
        return {
          kind: 'completed',
          result: call.item,
          usage: { input: this.#model.tokens.input, output: outputTokens(this.#model, call.item) },
          ...hints,
        };
    }
  }

  get #outageFailure(): FailureReason {
    return this.#model.outage?.failure ?? 'connection';
  }

  #failureOf(call: Call, active: number, brownOutShare: number): FailureReason | undefined {
    const chance = chanceOf(this.#model.seed, 'overrun', call.item, call.nth);
    if (chance() < overrunShare(this.#model.latency, active)) return 'server-error';
    if (chance() < brownOutShare) return 'server-error';
    return faultOf(this.#model, call);
  }

  #failed(
    end: (outcome: CallOutcome) => void,
    reason: FailureReason,
    hints: { readonly hints?: RateLimitHints } = {},
  ): ServiceOutcome {
    end('failed');
    return { kind: 'failed', failure: { reason, message: `Simulated ${reason}.` }, ...hints };
  }

  /** @returns ms until the call may fit; 0: it was let in */
  #admit(cost: number): number {
    const { requests, tokens } = this.#meters;
    const { now } = this;
    const waitMs = Math.max(requests?.wait(1, now) ?? 0, tokens?.wait(cost, now) ?? 0);
    if (waitMs === 0) {
      requests?.take(1, now);
      tokens?.take(cost, now);
    } else if (this.#model.quota?.chargeRejected === true) {
      requests?.forfeit(1, now);
      tokens?.forfeit(cost, now);
    }
    return waitMs;
  }

  #hints(): { readonly hints?: RateLimitHints } {
    if (!this.#model.headers) return {};
    const hint = (name: 'requests' | 'tokens', meter: Meter | undefined): RateLimitHints =>
      meter ? { [name]: meter.hint(this.now) } : {};
    return { hints: { ...hint('requests', this.#meters.requests), ...hint('tokens', this.#meters.tokens) } };
  }

  /** Lets time pass for a call, unless it ends before. */
  #pass(ms: number, signal: AbortSignal): Promise<'passed' | 'aborted' | 'taken-down'> {
    if (signal.aborted) return Promise.resolve('aborted');
    return new Promise((resolve) => {
      const finish = (how: 'passed' | 'aborted' | 'taken-down') => (): void => {
        callOff();
        this.#inFlight.delete(takeDown);
        signal.removeEventListener('abort', abort);
        resolve(how);
      };
      const takeDown = finish('taken-down');
      const abort = finish('aborted');
      const callOff = this.#clock.schedule(ms, finish('passed'));
      this.#inFlight.add(takeDown);
      signal.addEventListener('abort', abort);
    });
  }
}
