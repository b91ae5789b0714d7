import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CallRecord, LedgerSummary } from '../support/server/ledger.ts';
import type { ServerOptions } from '../support/server/options.ts';
import { messagesOf, type BenchPrompt } from './contenders.ts';
import { killGroup, startScript, type Child } from './processes.ts';

const main = fileURLToPath(new URL('../support/server/main.ts', import.meta.url));

/** What a bench asks of the server; functions cannot cross to its process. */
export type ServerSettings = Partial<Omit<ServerOptions, 'faults'>> & {
  readonly faults?: Exclude<ServerOptions['faults'], (...args: never[]) => unknown>;
};

export type LedgerWithRecords = LedgerSummary & { readonly records: readonly CallRecord[] };

/** A test server in a process of its own: a fresh one per measurement, so that everybody meets the same faults. */
export class BenchServer implements AsyncDisposable {
  readonly #child: Child;
  readonly baseUrl: string;

  private constructor(child: Child, baseUrl: string) {
    this.#child = child;
    this.baseUrl = baseUrl;
  }

  static async start(settings: ServerSettings): Promise<BenchServer> {
    const child = startScript(main, ['--options', JSON.stringify(settings)]);
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const baseUrl = await new Promise<string>((resolve, reject) => {
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('\n')) resolve((JSON.parse(said) as { baseUrl: string }).baseUrl);
      });
      child.once('error', reject);
      child.once('close', () => reject(new Error(`The test server did not start: ${errors}`)));
    });
    return new BenchServer(child, baseUrl);
  }

  async ledger(): Promise<LedgerWithRecords> {
    return (await this.#call('GET', '/ledger?records')) as LedgerWithRecords;
  }

  async reset(): Promise<void> {
    await this.#call('DELETE', '/ledger');
  }

  async configure(settings: ServerSettings): Promise<void> {
    await this.#call('POST', '/configure', settings);
  }

  /** What the server writes for a prompt when nothing goes wrong. */
  async answer(prompt: BenchPrompt): Promise<string> {
    const body = { model: 'test-model', messages: messagesOf(prompt) };
    const answer = (await this.#call('POST', '/v1/chat/completions', body)) as {
      choices: readonly [{ message: { content: string } }];
    };
    return answer.choices[0].message.content;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    killGroup(this.#child);
    await closed;
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(new URL(path, this.baseUrl), {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}
