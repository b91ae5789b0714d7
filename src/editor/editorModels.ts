import * as vscode from 'vscode';
import type { ChatMessage, Parameters } from '../model/message.ts';
import type { EditorModel, EditorModels } from '../services/vscodeLm/editorModels.ts';

/** The language models that extensions bring to the editor, asked for whenever they are needed: they come and go. */
export const editorModels: EditorModels = {
  list: async () => (await vscode.lm.selectChatModels()).map(editorModel),
};

function editorModel(model: vscode.LanguageModelChat): EditorModel {
  return {
    name: `${model.vendor}/${model.id}`,
    title: model.name,
    send: (messages, parameters, signal) => send(model, { messages, parameters, signal }),
    countTokens: async (text) => model.countTokens(text),
  };
}

interface Sending {
  readonly messages: readonly ChatMessage[];
  readonly parameters: Parameters;
  readonly signal: AbortSignal;
}

async function* send(
  model: vscode.LanguageModelChat,
  { messages, parameters, signal }: Sending,
): AsyncGenerator<string, void, undefined> {
  const cancel = new vscode.CancellationTokenSource();
  const stop = (): void => cancel.cancel();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const options = {
      justification: vscode.l10n.t('To generate the candidates that you have asked for.'),
      modelOptions: modelOptions(parameters),
    };
    const response = await model.sendRequest(messages.map(chatMessage), options, cancel.token);
    for await (const piece of response.text) yield piece;
  } finally {
    signal.removeEventListener('abort', stop);
    cancel.dispose();
  }
}

/** The editor knows no system messages: what they say comes first, as the user's. */
function chatMessage({ role, content }: ChatMessage): vscode.LanguageModelChatMessage {
  return role === 'assistant'
    ? vscode.LanguageModelChatMessage.Assistant(content)
    : vscode.LanguageModelChatMessage.User(content);
}

/** Under the names that models of the editor know; what a model does not know it leaves alone. */
function modelOptions({ maxTokens, ...others }: Parameters): Record<string, unknown> {
  return { ...others, ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }) };
}
