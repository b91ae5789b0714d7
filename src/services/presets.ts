/** Stands in an address of a preset where every customer has a host of their own. */
export const resourcePlaceholder = '{resource}';

/** A service that many people use: what its address, its key and its habits are, so that nobody has to look them up. */
export interface Preset {
  /** As it is offered, and the name of its service when a person adds it. */
  readonly name: string;
  readonly title: string;
  /** One of those in kinds.ts. */
  readonly kind: string;
  /** May hold {@link resourcePlaceholder}. */
  readonly baseUrl: string;
  /** Where everybody keeps its key; absent: it takes none. */
  readonly keyVariable?: string;
  /** In place of `Authorization: Bearer`. */
  readonly apiKeyHeader?: string;
  /** Those to begin with; what the service lists comes in their place. */
  readonly models: readonly string[];
  /** Whether it bills the beginning of a prompt once that several calls have in common. */
  readonly cachesPrompts?: true;
  /** Whether it runs on the person's own machine. */
  readonly isLocal?: true;
}

export const presets: readonly Preset[] = [
  {
    name: 'openai',
    title: 'OpenAI',
    kind: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    keyVariable: 'OPENAI_API_KEY',
    models: ['gpt-5-mini'],
    cachesPrompts: true,
  },
  {
    name: 'anthropic',
    title: 'Anthropic',
    kind: 'anthropic',
    baseUrl: 'https://api.anthropic.com',
    keyVariable: 'ANTHROPIC_API_KEY',
    models: ['claude-sonnet-5-5'],
    cachesPrompts: true,
  },
  {
    name: 'azure',
    title: 'Azure OpenAI',
    kind: 'openai',
    baseUrl: 'https://{resource}.openai.azure.com/openai/v1',
    keyVariable: 'AZURE_OPENAI_API_KEY',
    apiKeyHeader: 'api-key',
    models: ['gpt-5-mini'],
    cachesPrompts: true,
  },
  {
    name: 'openrouter',
    title: 'OpenRouter',
    kind: 'openai',
    baseUrl: 'https://openrouter.ai/api/v1',
    keyVariable: 'OPENROUTER_API_KEY',
    models: ['openrouter/auto'],
    cachesPrompts: true,
  },
  {
    name: 'gemini',
    title: 'Google Gemini',
    kind: 'openai',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    keyVariable: 'GEMINI_API_KEY',
    models: ['gemini-2.5-flash'],
    cachesPrompts: true,
  },
  {
    name: 'groq',
    title: 'Groq',
    kind: 'openai',
    baseUrl: 'https://api.groq.com/openai/v1',
    keyVariable: 'GROQ_API_KEY',
    models: ['openai/gpt-oss-20b'],
    cachesPrompts: true,
  },
  {
    name: 'mistral',
    title: 'Mistral',
    kind: 'openai',
    baseUrl: 'https://api.mistral.ai/v1',
    keyVariable: 'MISTRAL_API_KEY',
    models: ['mistral-small-latest'],
  },
  {
    name: 'deepseek',
    title: 'DeepSeek',
    kind: 'openai',
    baseUrl: 'https://api.deepseek.com/v1',
    keyVariable: 'DEEPSEEK_API_KEY',
    models: ['deepseek-flash'],
    cachesPrompts: true,
  },
  {
    name: 'ollama',
    title: 'Ollama',
    kind: 'openai',
    baseUrl: 'http://127.0.0.1:11434/v1',
    models: ['llama3.2'],
    isLocal: true,
  },
  {
    name: 'lm-studio',
    title: 'LM Studio',
    kind: 'openai',
    baseUrl: 'http://127.0.0.1:1234/v1',
    models: ['local-model'],
    isLocal: true,
  },
  {
    name: 'llama.cpp',
    title: 'llama.cpp',
    kind: 'openai',
    baseUrl: 'http://127.0.0.1:8080/v1',
    models: ['default'],
    isLocal: true,
  },
  {
    name: 'vllm',
    title: 'vLLM',
    kind: 'openai',
    baseUrl: 'http://127.0.0.1:8000/v1',
    models: ['default'],
    isLocal: true,
  },
];

type IsAt = (url: URL) => boolean;

/** Whether a service is at an address of a preset. */
function isAtBase(baseUrl: string): IsAt {
  const [before = '', after] = baseUrl.split(resourcePlaceholder);
  if (after === undefined) {
    const { origin } = new URL(baseUrl);
    return (url) => url.origin === origin;
  }
  const domain = after.slice(0, after.indexOf('/'));
  return ({ origin, hostname }) =>
    origin.startsWith(before) && hostname.endsWith(domain) && hostname.length > domain.length;
}

const places = presets.map((preset) => ({ preset, isAt: isAtBase(preset.baseUrl) }));

/** The preset of a service at this address, wherever it was written; undefined: nothing is known of it. Asked for each item. */
export function presetAt(address: string): Preset | undefined {
  const url = new URL(address);
  return places.find(({ isAt }) => isAt(url))?.preset;
}
