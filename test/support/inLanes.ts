/** A place where one round is played after the other. */
export interface CrashRounds<Crash> {
  /** @returns whether every crash came before the end of its process */
  round(crashes: readonly Crash[]): Promise<boolean>;
}

/** Every lane does one round after the other until none is left. @returns how many hit a process at work */
export async function inLanes<Crash>(
  lanes: readonly CrashRounds<Crash>[],
  rounds: readonly (readonly Crash[])[],
): Promise<number> {
  const waiting = [...rounds];
  let hits = 0;
  const work = async (lane: CrashRounds<Crash>): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) if (await lane.round(next)) hits++;
  };
  const failure = await Promise.all(
    lanes.map((lane) =>
      work(lane).catch((error: unknown) => {
        waiting.length = 0;
        return error;
      }),
    ),
  ).then((ends) => ends.find((end) => end !== undefined));
  if (failure !== undefined) throw failure as Error;
  return hits;
}
