/** How full one stage of a run is. */
export interface StageLoad {
  readonly name: string;
  /** Items in memory that wait for a slot or for a retry. */
  readonly held: number;
  /** Items that wait in the journal, because the queue had no room for them. */
  readonly beyond: number;
  /** Items that wait in memory at most; absent: no bound. */
  readonly queue?: number;
  /** Attempts in flight at most; absent: only the services limit it. */
  readonly workers?: number;
}

/** What is used of a rate, and what may be. */
export interface RateUse {
  /** Within the last minute. */
  readonly used: number;
  /** Per minute, as it is now; absent: none is known. */
  readonly limit?: number;
}

/** One place for an attempt, busy or idle. */
export interface WorkerSnapshot {
  /** 0-based. */
  readonly slot: number;
  /** When it became busy or idle, epoch ms. */
  readonly since: number;
  /** What it is busy with; absent: it is idle. */
  readonly busy?: { readonly run: string; readonly item: string; readonly stage: string };
}

/** Why a service starts nothing at the moment. */
export interface ServicePause {
  /** `asked`: the service asked to wait; `down`: it keeps failing and is tried again then. */
  readonly reason: 'asked' | 'down';
  /** Epoch ms; past for a service that is being tried now. */
  readonly until: number;
}

/** A service at work: what it is used for now, and what it allows. */
export interface ServiceSnapshot {
  /** Services of one endpoint, key and limits are one; by name. */
  readonly names: readonly string[];
  readonly requests: RateUse;
  readonly tokens: RateUse;
  readonly inFlight: number;
  /** Attempts that may be in flight now: adapts to what the service bears. */
  readonly concurrency: number;
  /** What was set for it; `auto`: it finds out. */
  readonly configured: number | 'auto';
  readonly breaker: 'closed' | 'open' | 'probing';
  /** Outages since the program started. */
  readonly trips: number;
  readonly pause?: ServicePause;
  /** Why no attempt can succeed any more, as a sentence. */
  readonly stopped?: string;
  /** The first of them. */
  readonly workers: readonly WorkerSnapshot[];
  /** How many there are. */
  readonly workerCount: number;
}

/** What a run was like at one moment. */
export interface RunSample {
  /** Epoch ms. */
  readonly at: number;
  /** Items written per minute, over the last minute. */
  readonly perMinute: number;
  /** Latency of the attempts that were completed in the last minute, ms; absent: none was. */
  readonly latency?: { readonly p50: number; readonly p95: number };
  /** Since this process works on the run, in the currency of the prices; absent: no price is known. */
  readonly cost?: number;
}
