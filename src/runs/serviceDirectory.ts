import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { ServiceKey } from '../engine/engine.ts';
import { Governor, type ServiceLimits } from '../engine/governor/governor.ts';
import { pricesOfTier, type Prices } from '../model/prices.ts';
import { pricesIn, type ServiceSettings } from '../model/serviceSettings.ts';
import { kindOf } from '../services/kinds.ts';
import { personalOf, withoutPersonal } from '../services/serviceKind.ts';
import type { Credential } from '../services/credential.ts';
import type { Service } from '../services/service.ts';
import type { ServiceAccess } from '../services/serviceKind.ts';

/** What holds for all services of a run. */
export type GovernorOptions = Pick<ServiceLimits, 'safetyFactor' | 'fallback' | 'patienceMs'>;

/** What the services of a run allow together. */
export interface Limits {
  readonly concurrency: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

/** Services that share a governor. */
export interface GovernedService {
  readonly governorKey: ServiceKey;
  readonly governor: Governor;
  readonly names: readonly string[];
  /** Of the first of them; their limits are the same. */
  readonly settings: ServiceSettings;
}

interface Entry {
  readonly settings: ServiceSettings;
  readonly service: Service;
  readonly governorKey: ServiceKey;
}

/**
 * The services that runs use, each with the governor that everybody who uses its endpoint and key shares. A service
 * whose settings or key change becomes a new entry; runs that began before keep the old one.
 */
export class ServiceDirectory {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #access: Omit<ServiceAccess, 'credential'>;
  readonly #entries = new Map<ServiceKey, Entry>();
  readonly #governors = new Map<ServiceKey, Governor>();

  /** @param access what services are given besides their credential */
  constructor(clock: Clock, random: () => number, access: Omit<ServiceAccess, 'credential'> = {}) {
    this.#clock = clock;
    this.#random = random;
    this.#access = access;
  }

  /** @param credential stays in memory; the key that names the entry holds only its hash */
  register(settings: ServiceSettings, credential: Credential | undefined, options: GovernorOptions): ServiceKey {
    const { safetyFactor, fallback = true, patienceMs } = options;
    const { requestsPerMinute, tokensPerMinute, maxConcurrent = 'auto' } = settings;
    const kind = kindOf(settings);
    const paidRequestsPerMinute = kind.paidRequestsPerMinute?.(settings);
    const limits: ServiceLimits = {
      maxConcurrent,
      safetyFactor,
      fallback,
      ...(patienceMs === undefined ? {} : { patienceMs }),
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
      ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
      ...(paidRequestsPerMinute === undefined ? {} : { paidRequestsPerMinute }),
    };
    // What else is sent may say who asks, as a key does.
    const { extra: _extra, ...sent } = personalOf(settings);
    const governorKey = hashOf([kind.name, kind.endpoint(settings), credential?.fingerprint, sent, limits]);
    if (!this.#governors.has(governorKey)) {
      this.#governors.set(governorKey, new Governor(limits, this.#clock, this.#random));
    }
    const key = hashOf([settings, governorKey]);
    if (!this.#entries.has(key)) {
      this.#entries.set(key, {
        settings,
        service: kind.create(settings, { ...this.#access, credential }),
        governorKey,
      });
    }
    return key;
  }

  /** Names the governor of a service: services of the same endpoint, key and limits have the same one. */
  governorKey(key: ServiceKey): ServiceKey {
    return this.#entry(key).governorKey;
  }

  governor(governorKey: ServiceKey): Governor {
    const governor = this.#governors.get(governorKey);
    if (!governor) throw new Error('This governor was never made.');
    return governor;
  }

  service(key: ServiceKey): Service {
    return this.#entry(key).service;
  }

  /** Loads what the first calls of these services would wait for, while others do something else. */
  async prepare(keys: readonly ServiceKey[]): Promise<void> {
    await Promise.all(keys.map(async (key) => this.service(key).prepare?.()));
  }

  settings(key: ServiceKey): ServiceSettings {
    return this.#entry(key).settings;
  }

  /** Which endpoint a service is, without anything secret: what models there take is the same for everybody. */
  endpoint(key: ServiceKey): string {
    return endpointOf(this.settings(key));
  }

  /** What a cached text was made by: the endpoint, and what the settings send along. Holds no secret. */
  identity(key: ServiceKey): string {
    const { extra = {}, apiKeyHeader: _apiKeyHeader, ...others } = personalOf(this.settings(key));
    const entries = [...Object.entries(extra as object), ...Object.entries(others)].sort(([a], [b]) =>
      a < b ? -1 : 1,
    );
    return entries.length === 0 ? this.endpoint(key) : `${this.endpoint(key)} ${hashOf(entries)}`;
  }

  /** Whether a service bills the beginning of a prompt once that several calls have in common. */
  cachesPrompts(key: ServiceKey): boolean {
    const settings = this.settings(key);
    return kindOf(settings).cachesPrompts(settings);
  }

  /** Whether each call is one request of a plan that the person has somewhere else. */
  countsRequests(key: ServiceKey): boolean {
    return kindOf(this.settings(key)).countsRequests === true;
  }

  /** How long its answers take, ms; undefined where that depends on what they are. */
  usualLatencyMs(key: ServiceKey): { readonly low: number; readonly high: number } | undefined {
    return kindOf(this.settings(key)).usualLatencyMs;
  }

  /** What a model costs: what the person says, else what is known of the service. */
  prices(key: ServiceKey, model: string): Prices | undefined {
    const settings = this.settings(key);
    const kind = kindOf(settings);
    const known = kind.ownPrices?.(settings) ?? pricesIn(settings, model) ?? kind.knownPrices(settings, model);
    const { service_tier: tier } = settings.extra ?? {};
    return known && tier !== undefined ? pricesOfTier(known, tier) : known;
  }

  /** Whether the prices of a model are those that are known, which are in US dollars; others are in any currency. */
  hasKnownPrices(key: ServiceKey, model: string): boolean {
    const settings = this.settings(key);
    const kind = kindOf(settings);
    const own = kind.ownPrices?.(settings) ?? pricesIn(settings, model);
    return own === undefined && kind.knownPrices(settings, model) !== undefined;
  }

  /**
   * The settings of these services by name, as a run keeps them: without anything that may hold a secret.
   *
   * @param models the prices of which are kept too: those that are known today may change
   */
  toStore(keys: readonly ServiceKey[], models: readonly string[]): Readonly<Record<string, ServiceSettings>> {
    const entries = keys.flatMap((key) => {
      const settings = this.settings(key);
      if (!kindOf(settings).mayBeStored(settings)) return [];
      const { prices: _prices, modelPrices: _modelPrices, ...stored } = withoutPersonal(settings);
      const prices = models.flatMap((model) => {
        const known = this.prices(key, model);
        return known ? [[model, known] as const] : [];
      });
      const kept = prices.length === 0 ? stored : { ...stored, modelPrices: Object.fromEntries(prices) };
      return [[settings.name, kept] as const];
    });
    return Object.fromEntries(entries);
  }

  /** What these services allow together now; a rate is absent when one of them has none. */
  limits(keys: readonly ServiceKey[]): Limits {
    const governors = this.#governorsOf(keys);
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
    return this.#governorsOf(keys).reduce((sum, { breakerTrips }) => sum + breakerTrips, 0);
  }

  /** The services behind these keys: one for each governor, with the names of all that it governs. */
  governed(keys: readonly ServiceKey[]): GovernedService[] {
    const found = new Map<ServiceKey, GovernedService & { readonly names: string[] }>();
    for (const key of new Set(keys)) {
      const { governorKey, settings } = this.#entry(key);
      const known = found.get(governorKey);
      if (known) {
        if (!known.names.includes(settings.name)) known.names.push(settings.name);
        continue;
      }
      const governor = this.governor(governorKey);
      found.set(governorKey, { governorKey, governor, names: [settings.name], settings });
    }
    return [...found.values()];
  }

  /** Why one of these services starts nothing at the moment, in words. */
  waiting(keys: readonly ServiceKey[]): string | undefined {
    for (const key of keys) {
      const { governorKey, settings } = this.#entry(key);
      const { waiting } = this.governor(governorKey);
      if (waiting === undefined) continue;
      const seconds = Math.ceil(waiting.forMs / 1000);
      switch (waiting.reason) {
        case 'asked-to-wait':
          return `"${settings.name}" asked to wait ${seconds} s`;
        case 'down':
          return seconds > 0
            ? `"${settings.name}" is down, next try in ${seconds} s`
            : `"${settings.name}" is down, trying it`;
      }
    }
    return undefined;
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#governors.values()].map((governor) => governor.dispose()));
  }

  #governorsOf(keys: readonly ServiceKey[]): Governor[] {
    return [...new Set(keys.map((key) => this.#entry(key).governorKey))].map((key) => this.governor(key));
  }

  #entry(key: ServiceKey): Entry {
    const entry = this.#entries.get(key);
    if (!entry) throw new Error('This service was never registered.');
    return entry;
  }
}

/** As `ServiceDirectory.endpoint`, for settings that take part in nothing yet. */
export function endpointOf(settings: ServiceSettings): string {
  return kindOf(settings).identity(settings);
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
