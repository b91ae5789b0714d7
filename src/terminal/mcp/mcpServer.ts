import { McpServer, type CallToolResult, type StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { ClientMessages } from './clientMessages.ts';
import type { ServedTool, ServedTools, Serving } from './served.ts';

/** Serves tools to whoever speaks the Model Context Protocol on standard input and output. */
export function serveTools({ name, version, instructions, tools, print, onError }: ServedTools): Serving {
  const messages = new ClientMessages(print);
  process.stdin.on('error', (error) => messages.destroy(error));
  process.stdin.pipe(messages);
  const transport = new StdioServerTransport(messages);
  const handle = serveStdio(
    () => {
      const server = new McpServer({ name, version }, { capabilities: { tools: {} }, instructions });
      for (const tool of tools) register(server, tool);
      return server;
    },
    { transport, onerror: onError },
  );
  const ended = new Promise<void>((resolve) => {
    const close = transport.onclose;
    transport.onclose = () => {
      close?.();
      // Nothing keeps the program that waits for no client.
      process.stdin.unpipe(messages);
      process.stdin.pause();
      resolve();
    };
  });
  return { ended, close: () => handle.close() };
}

function register(server: McpServer, { name, title, description, inputSchema, isReadOnly, call }: ServedTool): void {
  const annotations = { title, readOnlyHint: isReadOnly, destructiveHint: false, openWorldHint: !isReadOnly };
  server.registerTool(
    name,
    { title, description, inputSchema: shownOnly(inputSchema), annotations },
    async (given, { mcpReq: { signal } }): Promise<CallToolResult> => {
      const { text, isError } = await call(given, signal);
      return { content: [{ type: 'text', text }], isError };
    },
  );
}

/** A schema that clients are shown. What they send is read by the tool itself, which says in a sentence what is wrong. */
function shownOnly(schema: ServedTool['inputSchema']): StandardSchemaWithJSON {
  return {
    '~standard': {
      version: 1,
      vendor: 'parallel-candidates',
      validate: (value) => ({ value }),
      jsonSchema: { input: () => schema, output: () => schema },
    },
  };
}
