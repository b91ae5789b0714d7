/** Points at which a crash test can kill the process; each is reached on one thread only. */
export type FailpointName =
  | 'after-plan'
  | 'after-response'
  /** A result is there, and what follows it is not. */
  | 'mid-followers'
  /** A gather is there, and its members are not. */
  | 'mid-gather'
  | 'mid-commit'
  | 'after-commit'
  /** Nothing is left of a pipeline, and something of what it comes to is not written. */
  | 'mid-delivery'
  | 'before-rename'
  | 'after-rename';

const reached = new Map<FailpointName, number>();

/**
 * Kills this process without a chance to clean up when the environment asks for that here, the n-th time that this is
 * reached: `PARALLEL_CANDIDATES_FAILPOINT=after-commit:3`; without a number the first time.
 */
export function failpoint(name: FailpointName): void {
  const wanted = process.env.PARALLEL_CANDIDATES_FAILPOINT;
  if (wanted === undefined) return;
  const [wantedName, wantedCount = '1'] = wanted.split(':');
  if (name !== wantedName) return;
  const count = (reached.get(name) ?? 0) + 1;
  reached.set(name, count);
  if (count === Number(wantedCount)) process.kill(process.pid, 'SIGKILL');
}
