import { createHash } from 'node:crypto';
import type { Clock } from '../engine/clock.ts';
import type { ServiceKey } from '../engine/engine.ts';
import type { Limits } from './runMetrics.ts';
import { Governor, type ServiceLimits } from '../engine/governor.ts';
import { DemoService } from '../services/demo.ts';
import { OpenAiService } from '../services/openai.ts';
import { SharedRequests } from '../services/sharedRequests.ts';
import type { Service } from '../services/service.ts';
import type { ServiceSettings } from '../services/serviceSettings.ts';

/** What holds for all services of a run. */
export type GovernorOptions = Pick<ServiceLimits, 'safetyFactor' | 'fallback'>;

interface Entry {
  readonly settings: ServiceSettings;
  readonly service: Service;
  readonly governor: Governor;
}

/**
 * The services that runs use, each with the governor that everybody who uses its endpoint and key shares. A service
 * whose settings or key change becomes a new entry; runs that began before keep the old one.
 */
export class ServiceDirectory {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #entries = new Map<ServiceKey, Entry>();

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** @param apiKey stays in memory; the key that names the entry holds only its hash */
  register(settings: ServiceSettings, apiKey: string | undefined, options: GovernorOptions): ServiceKey {
    const { safetyFactor, fallback = true } = options;
    const key = createHash('sha256')
      .update(JSON.stringify([settings, apiKey, safetyFactor, fallback]))
      .digest('hex');
    if (!this.#entries.has(key)) {
      this.#entries.set(key, {
        settings,
        service: createService(settings, apiKey),
        governor: new Governor(
          {
            maxConcurrent: settings.maxConcurrent ?? 'auto',
            safetyFactor,
            fallback,
            ...(settings.requestsPerMinute === undefined ? {} : { requestsPerMinute: settings.requestsPerMinute }),
            ...(settings.tokensPerMinute === undefined ? {} : { tokensPerMinute: settings.tokensPerMinute }),
          },
          this.#clock,
          this.#random,
        ),
      });
    }
    return key;
  }

  service(key: ServiceKey): Service {
    return this.#entry(key).service;
  }

  governor(key: ServiceKey): Governor {
    return this.#entry(key).governor;
  }

  settings(key: ServiceKey): ServiceSettings {
    return this.#entry(key).settings;
  }

  /** What these services allow together now; a rate is absent when one of them has none. */
  limits(keys: readonly ServiceKey[]): Limits {
    const governors = keys.map((key) => this.governor(key));
    const sum = (rate: (governor: Governor) => number | undefined): number | undefined =>
      governors.reduce<number | undefined>((total, governor) => {
        const perMinute = rate(governor);
        return total === undefined || perMinute === undefined ? undefined : total + perMinute;
      }, 0);
    const requestsPerMinute = sum((governor) => governor.requestsPerMinute);
    const tokensPerMinute = sum((governor) => governor.tokensPerMinute);
    return {
      concurrency: governors.reduce((total, governor) => total + governor.concurrency, 0),
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
      ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
    };
  }

  breakerTrips(keys: readonly ServiceKey[]): number {
    return keys.reduce((sum, key) => sum + this.governor(key).breakerTrips, 0);
  }

  /** Why one of these services starts nothing at the moment, in words. */
  waiting(keys: readonly ServiceKey[]): string | undefined {
    for (const key of keys) {
      const { governor, settings } = this.#entry(key);
      const { waiting } = governor;
      if (waiting === undefined) continue;
      const seconds = Math.ceil(waiting.forMs / 1000);
      switch (waiting.reason) {
        case 'asked-to-wait':
          return `"${settings.name}" asked to wait ${seconds} s`;
        case 'down':
          return seconds > 0 ? `"${settings.name}" is down, next try in ${seconds} s` : `"${settings.name}" is down, trying it`;
      }
    }
    return undefined;
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ governor }) => governor.dispose()));
  }

  #entry(key: ServiceKey): Entry {
    const entry = this.#entries.get(key);
    if (!entry) throw new Error('This service was never registered.');
    return entry;
  }
}

function createService(settings: ServiceSettings, apiKey: string | undefined): Service {
  switch (settings.kind) {
    case 'demo':
      return new DemoService(settings.name);
    case 'openai': {
      const service = new OpenAiService({ name: settings.name, baseUrl: settings.baseUrl, apiKey });
      const { candidatesPerRequest = 1 } = settings;
      return candidatesPerRequest > 1 ? new SharedRequests(service, candidatesPerRequest) : service;
    }
  }
}
