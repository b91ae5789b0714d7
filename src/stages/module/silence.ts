/**
 * Makes a thread print nothing: standard output is for results, which are returned, and belongs to the program that the
 * thread is part of.
 */
export function silenceThread(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = ((_text: unknown, encoding: unknown, done: unknown) => {
      const callback = typeof encoding === 'function' ? encoding : done;
      if (typeof callback === 'function') queueMicrotask(() => (callback as () => void)());
      return true;
    }) as typeof stream.write;
  }
}
