import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { cli, environmentOf } from './cli.ts';
import type { Workbench } from './terminalHarness.ts';

/** What a tool has answered. */
export interface Answer {
  readonly isError: boolean;
  readonly text: string;
}

/** An agent that has started the program and speaks with it. */
export class ConnectedAgent {
  readonly client: Client;
  readonly #transport: StdioClientTransport;

  private constructor(client: Client, transport: StdioClientTransport) {
    this.client = client;
    this.#transport = transport;
  }

  static async connect(bench: Workbench, args: readonly string[] = [], cwd = bench.folder): Promise<ConnectedAgent> {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [cli, 'mcp', ...args],
      cwd,
      env: environmentOf(cwd, bench.environment),
      stderr: 'ignore',
    });
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(transport);
    return new ConnectedAgent(client, transport);
  }

  async ask(name: string, input: Record<string, unknown>): Promise<Answer> {
    const { content, isError } = await this.client.callTool({ name, arguments: input });
    assert.equal(content.length, 1);
    const [first] = content;
    assert.ok(first?.type === 'text');
    return { isError: isError === true, text: first.text };
  }

  /** @returns what a tool has answered that did what it was asked to */
  async call<Result>(name: string, input: Record<string, unknown>): Promise<Result> {
    const { isError, text } = await this.ask(name, input);
    assert.equal(isError, false, text);
    return JSON.parse(text) as Result;
  }

  /** @returns the sentence with which a tool has refused something */
  async refused(name: string, input: Record<string, unknown>): Promise<string> {
    const { isError, text } = await this.ask(name, input);
    assert.equal(isError, true, text);
    assert.match(text, /^[^\n]+\.$/);
    return text;
  }

  /** @returns whether there was a program to kill */
  kill(signal: NodeJS.Signals): boolean {
    const { pid } = this.#transport;
    return pid !== null && process.kill(pid, signal);
  }

  /** As clients do: they close its input, ask it to stop 2 s later, and kill it after 2 s more. */
  close(): Promise<void> {
    return this.client.close();
  }
}
