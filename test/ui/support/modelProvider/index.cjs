const vscode = require('vscode');

/** Stands for an extension that brings language models to the editor: one that writes, and one that has no requests left. */
const models = [
  { id: 'writer', name: 'Writer', family: 'writer' },
  { id: 'spent', name: 'Spent', family: 'spent' },
].map((model) => ({ ...model, version: '1', maxInputTokens: 10_000, maxOutputTokens: 1000, capabilities: {} }));

exports.activate = (context) => {
  let calls = 0;
  const provider = {
    provideLanguageModelChatInformation: () => models,
    provideLanguageModelChatResponse: async (model, messages, _options, progress) => {
      if (model.id === 'spent') throw new Error('You have exceeded your premium request allowance.');
      calls++;
      for (const word of ['Text', ` ${calls}`, ' of', ` ${messages.length}`, ' message.']) {
        progress.report(new vscode.LanguageModelTextPart(word));
      }
    },
    provideTokenCount: async (_model, text) => String(typeof text === 'string' ? text : '').length,
  };
  context.subscriptions.push(vscode.lm.registerLanguageModelChatProvider('test-vendor', provider));
};
