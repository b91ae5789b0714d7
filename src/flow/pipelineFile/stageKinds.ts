import { builtInModules, type CommandStage, type ModuleStage, type PromptStage } from '../pipeline.ts';
import { limits } from './limits.ts';
import { promptKeys } from './keys.ts';
import type { CommonSettings, StageBlock } from './readStage.ts';
import { isTemplate, path as pathReading } from './texts.ts';

/** Names that only prompt files have. */
const promptFileName = /(?:\.prompt\.md|\.prompty|\.prompt\.ya?ml|(?:^|[/\\])SKILL\.md)$/i;

/** Names that a text may end in as well. */
const textFileName = /^\S+\.(?:md|txt|ya?ml)$/i;

/** Whether `prompt` names a file; any other text is the prompt itself. */
export function isPromptFileName(text: string): boolean {
  return !text.includes('\n') && !isTemplate(text) && (promptFileName.test(text) || textFileName.test(text));
}

export function readPromptStage(block: StageBlock, common: CommonSettings): PromptStage | undefined {
  const prompt = readPrompt(block);
  const count = block.read('count');
  const models = readModels(block);
  if (!prompt) return undefined;
  return {
    kind: 'prompt',
    ...common,
    prompt,
    ...(count === undefined ? {} : { count }),
    ...(models === undefined ? {} : { models }),
  };
}

function readPrompt(block: StageBlock): PromptStage['prompt'] | undefined {
  const given = block.read('prompt');
  if (given === undefined) return undefined;
  if (typeof given === 'string') {
    const text = given.trim();
    if (isPromptFileName(text)) {
      const file = pathReading.read(text);
      if (file === undefined) block.report('prompt', `must be ${pathReading.wanted}, or a text of several words.`);
      return file === undefined ? undefined : { kind: 'file', path: file };
    }
    if (/\s/.test(text) || isTemplate(text)) return { kind: 'inline', text: given };
    block.report('prompt', 'is neither a prompt file such as "card.prompt.md" nor a text of several words.');
    return undefined;
  }
  const inner = block.inner('prompt', promptKeys, given);
  const file = inner.read('file');
  const text = inner.read('text');
  if (inner.has('file') === inner.has('text')) {
    inner.complain(`${block.nameOf('prompt')} needs one of "file" and "text".`);
    return undefined;
  }
  if (file !== undefined) return { kind: 'file', path: file };
  return text === undefined ? undefined : { kind: 'inline', text };
}

function readModels(block: StageBlock): readonly string[] | undefined {
  const model = block.read('model');
  const models = block.read('models');
  if (block.has('model') && block.has('models')) {
    block.report('models', 'stands beside "model": keep one of them.');
  }
  const given = models ?? model;
  if (given === undefined) return undefined;
  const names = (typeof given === 'string' ? [given] : given).map((name) => name.trim());
  return [...new Set(names)];
}

export function readCommandStage(block: StageBlock, common: CommonSettings): CommandStage | undefined {
  const given = block.read('command');
  const shell = block.read('shell') ?? false;
  const stdin = block.read('stdin');
  const result = block.read('result') ?? 'text';
  const command = given === undefined ? undefined : commandOf(block, given, shell);
  if (!command) return undefined;
  return { kind: 'command', ...common, command, ...(stdin === undefined ? {} : { stdin }), result };
}

function commandOf(
  block: StageBlock,
  given: string | readonly string[],
  shell: boolean,
): CommandStage['command'] | undefined {
  if (typeof given === 'string') {
    if (shell) return { kind: 'shell', line: given };
    const message = 'is one line: make it a list such as [pandoc, "-t", plain], or say "shell: true" beside it.';
    block.report('command', message);
    return undefined;
  }
  if (shell) {
    block.report('command', 'is a list, which no shell reads: leave out "shell", or write one line.');
    return undefined;
  }
  const [program = ''] = given;
  if (program.trim() === '') {
    block.report('command', 'must begin with the name of a program.');
    return undefined;
  }
  if (isTemplate(program)) {
    block.report('command', 'must begin with a program of its own: a record may give arguments only.');
    return undefined;
  }
  return { kind: 'program', arguments: given };
}

export function readModuleStage(block: StageBlock, common: CommonSettings): ModuleStage | undefined {
  const module = block.read('module')?.trim();
  const options = block.read('with') ?? {};
  if (module === undefined) return undefined;
  const isBuiltIn = builtInModules.some((name) => name === module);
  if (!isBuiltIn && !isModuleFile(module)) {
    const names = builtInModules.map((name) => `"${name}"`).join(', ');
    block.report('module', `must be ${names}, or a JavaScript file of the folder such as "./stages/clean.mjs".`);
    return undefined;
  }
  return { kind: 'module', ...common, module, with: options };
}

function isModuleFile(module: string): boolean {
  if (!module.startsWith('./') || !/\.m?js$/.test(module) || module.length > limits.pathLength) return false;
  return pathReading.read(module) !== undefined;
}
