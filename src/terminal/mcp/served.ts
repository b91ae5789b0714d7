/** A tool as clients of the Model Context Protocol see it. */
export interface ServedTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** JSON Schema. */
  readonly inputSchema: Record<string, unknown>;
  readonly isReadOnly: boolean;
  /** Reads what it is given itself. @param signal the client does not wait any more */
  readonly call: (given: unknown, signal: AbortSignal) => Promise<{ readonly text: string; readonly isError: boolean }>;
}

export interface ServedTools {
  readonly name: string;
  readonly version: string;
  /** What a model should know of the tools as a whole. */
  readonly instructions: string;
  readonly tools: readonly ServedTool[];
  /** Prints a message of the protocol on a line of its own. */
  readonly print: (message: object) => void;
  /** Something went wrong that no client can be told. */
  readonly onError: (error: Error) => void;
}

export interface Serving {
  /** Resolves when the client has gone. */
  readonly ended: Promise<void>;
  readonly close: () => Promise<void>;
}
