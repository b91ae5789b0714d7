import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The house's one-way street, from the ground up: a folder imports only the folders listed for it, types included. */
const mayImport = {
  base: [],
  model: ['base'],
  candidates: ['base', 'model'],
  data: ['base', 'model'],
  prompts: ['base', 'model', 'candidates'],
  flow: ['base', 'model'],
  engine: ['base', 'model'],
  services: ['base', 'model'],
  stages: ['base', 'model', 'candidates', 'flow', 'services'],
  deliver: ['base', 'model', 'flow'],
  storage: ['base', 'model', 'flow', 'candidates'],
  wording: ['base', 'model'],
  runs: [
    'base',
    'model',
    'candidates',
    'prompts',
    'data',
    'flow',
    'engine',
    'services',
    'stages',
    'deliver',
    'storage',
  ],
  editor: ['base', 'model', 'candidates', 'prompts', 'flow', 'engine', 'services', 'storage', 'wording', 'runs'],
  terminal: ['base', 'model', 'candidates', 'prompts', 'flow', 'engine', 'services', 'storage', 'wording', 'runs'],
};
const layers = Object.keys(mayImport);

function layerRule(layer) {
  const forbidden = layers.filter((other) => other !== layer && !mayImport[layer].includes(other));
  const patterns = [];
  if (forbidden.length > 0) {
    patterns.push({
      regex: `^\\.{1,2}/(?:\\.\\./)*(?:${forbidden.join('|')})/`,
      message: `${layer}/ may import ${mayImport[layer].join(', ') || 'no other folder'}.`,
    });
  }
  if (layer !== 'editor') {
    patterns.push({ regex: '^vscode$', message: 'Only editor/ and extension.ts import vscode.' });
  }
  return {
    files: [`src/${layer}/**/*.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
}

const pureFolders = ['base', 'model', 'candidates', 'data', 'prompts', 'flow', 'engine', 'services', 'wording'];

export default defineConfig(
  globalIgnores(['dist/', '.vscode-test/', '.test-output/']),
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // vscode.Disposable is a class, and the editor takes anything with a dispose().
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Does not see `??=`.
      'no-unused-private-class-members': 'off',
    },
  },
  ...layers.map(layerRule),
  {
    files: pureFolders.map((folder) => `src/${folder}/**/*.ts`),
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^node:(fs|child_process|sqlite)', message: 'This folder is pure: no disk, no processes.' },
          ],
        },
      ],
    },
  },
  {
    files: ['src/editor/**/*.ts'],
    ignores: ['src/editor/application.ts', 'src/editor/commands/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '/commands/', message: 'Call commands by their id: see commandIds.ts.' }] },
      ],
    },
  },
  {
    files: ['src/editor/**/*.ts', 'src/extension.ts'],
    ignores: ['src/editor/notifications/messages.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'MemberExpression[property.name=/^(?:show(?:Information|Warning|Error)Message|showQuickPick|showInputBox|createQuickPick|createInputBox|withProgress|setStatusBarMessage)$/]',
          message: 'The editor makes links and icons of what it shows: use notifications/messages.ts.',
        },
        {
          selector: 'NewExpression[callee.property.name="MarkdownString"]',
          message: 'Foreign text would be markup in it.',
        },
      ],
    },
  },
  {
    files: ['src/terminal/**/*.ts'],
    ignores: ['src/terminal/report.ts', 'src/terminal/session.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'MemberExpression[object.object.name="process"][object.property.name=/^std(?:out|err)$/][property.name="write"]',
          message: 'A terminal obeys what it is shown: use say of session.ts or printLine of report.ts.',
        },
      ],
    },
  },
  {
    files: ['src/cli.ts', 'src/protocol.ts', 'src/protocolSchema.ts', 'media/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^vscode$', message: 'Only editor/ and extension.ts import vscode.' }] },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', package: 'mocha', name: ['describe', 'it'] }] },
      ],
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
  {
    files: ['test/ui/support/{agent,modelProvider}/*.cjs', 'test/hostile/support/*.cjs'],
    languageOptions: {
      globals: { require: 'readonly', exports: 'readonly', TextDecoder: 'readonly', TextEncoder: 'readonly' },
    },
  },
);
