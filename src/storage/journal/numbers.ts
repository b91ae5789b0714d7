/** For integer columns, which take nothing else. */
export function whole(value: number): number {
  return Number.isFinite(value) ? Math.round(value) : 0;
}
