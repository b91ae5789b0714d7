/** What a run may spend at most; what is absent is not bounded. */
export interface Budget {
  readonly requests?: number;
  readonly tokens?: number;
  /** In the currency of the prices. */
  readonly cost?: number;
}
