import type { ChatMessage, Parameters } from '../../model/message.ts';

/** A language model of the editor, as `vscode.lm` has it. */
export interface EditorModel {
  /** `copilot/gpt-5-mini`: who brings it, and its id. */
  readonly name: string;
  /** How it presents itself. */
  readonly title: string;
  /**
   * The pieces of its text. Asks for the person's consent the first time. What it throws is `vscode.LanguageModelError`, or
   * anything.
   */
  send(messages: readonly ChatMessage[], parameters: Parameters, signal: AbortSignal): AsyncIterable<string>;
  /** @throws anything */
  countTokens(text: string): Promise<number>;
}

/** The editor's language models; only the editor can hand them in. */
export interface EditorModels {
  list(): Promise<readonly EditorModel[]>;
}

/**
 * The model that a name means: its whole name, or its id where only one of them has it. `auto` is the first one.
 *
 * @returns undefined when there is none
 */
export function modelNamed(models: readonly EditorModel[], name: string): EditorModel | undefined {
  if (name === 'auto') return models[0];
  return models.find((model) => model.name === name) ?? models.find((model) => model.name.endsWith(`/${name}`));
}
