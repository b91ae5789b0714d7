import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Where a question is asked and answered. */
export interface Conversation {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean };
}

/** Whether somebody sits there who can be asked. */
export function canAsk({ input, output }: Conversation): boolean {
  return input.isTTY === true && output.isTTY === true;
}

/** Asks for yes or no; whatever is not a yes, and an end of the input too, is a no. */
export async function askWhether(question: string, { input, output }: Conversation): Promise<boolean> {
  output.write(`${question} [y/N] `);
  // The terminal itself edits the line, so that Ctrl+C is what it always is.
  const lines = createInterface({ input, terminal: false });
  try {
    for await (const line of lines) return /^\s*y(?:es)?\s*$/i.test(line);
    output.write('\n');
    return false;
  } finally {
    lines.close();
  }
}
