import type * as vscode from 'vscode';
import { describeErrorWithStack } from '../base/redact.ts';
import { visible, visibleLines } from '../base/visible.ts';

/** The output channel, where foreign text is shown as what it is. */
export class Log implements vscode.Disposable {
  readonly #channel: vscode.LogOutputChannel;

  constructor(channel: vscode.LogOutputChannel) {
    this.#channel = channel;
  }

  dispose(): void {
    this.#channel.dispose();
  }

  info(line: string): void {
    this.#channel.info(visible(line));
  }

  warn(line: string): void {
    this.#channel.warn(visible(line));
  }

  error(line: string): void {
    this.#channel.error(visible(line));
  }

  /** Something that nobody expected, with where it comes from. */
  unexpected(error: unknown): void {
    this.#channel.error(visibleLines(describeErrorWithStack(error)));
  }

  show(): void {
    this.#channel.show(true);
  }
}
