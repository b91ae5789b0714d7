import { createContext, Script, type Context } from 'node:vm';

/** The one way to end a regular expression that runs away. */
const script = new Script('work()');
let context: (Context & { work?: (() => unknown) | undefined }) | undefined;

/**
 * Does short work that foreign data decides about, and gives it up after a time.
 *
 * @returns undefined when the time was over
 * @throws what the work does
 */
export function withinTime<Value>(mostMs: number, work: () => Value): { readonly value: Value } | undefined {
  context ??= createContext({});
  const before = context.work;
  context.work = work;
  try {
    return { value: script.runInContext(context, { timeout: mostMs }) as Value };
  } catch (error) {
    // It is no Error of this context.
    if ((error as { readonly code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  } finally {
    context.work = before;
  }
}
