/** Share of the limits that a service is known to have. */
export const defaultSafetyFactor = 0.8;
/** Longest wait for a service that asks for one, starts up or is down, ms. */
export const defaultPatienceMs = 600_000;
