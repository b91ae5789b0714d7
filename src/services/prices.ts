import type { Prices } from '../model/prices.ts';

/** Last day on which the services' own pages, or reports that quote them, were looked at; where another one, it stands below. */
export const pricesAsOf = '2026-11-06';

/** Flex and batch cost half, and the priority tier twice as much, of what OpenAI says of a model. */
const openAiTiers = { flex: 0.5, priority: 2 };

/** US dollars per million tokens, for prompts of less than 200,000 tokens: longer ones cost more at some services. */
const knownPrices: Readonly<Record<string, Readonly<Record<string, Prices>>>> = {
  // https://developers.openai.com/api/docs/pricing
  openai: {
    'gpt-6-astra': { input: 10, cached: 1, output: 50, tiers: openAiTiers },
    'gpt-6.1-terra': { input: 1, cached: 0.05, output: 5, tiers: openAiTiers },
    'gpt-6-sol': { input: 2, cached: 0.2, output: 10, tiers: openAiTiers },
    'gpt-6-luna': { input: 0.1, cached: 0.01, output: 0.5, tiers: openAiTiers },
    'gpt-5.6-terra': { input: 2, cached: 0.2, output: 12, tiers: openAiTiers },
    'gpt-5.6-luna': { input: 0.2, cached: 0.02, output: 1.2, tiers: openAiTiers },
    'gpt-5.5': { input: 5, cached: 0.5, output: 30, tiers: openAiTiers },
    'gpt-5.4': { input: 2.5, cached: 0.25, output: 15, tiers: openAiTiers },
    'gpt-5.4-mini': { input: 0.75, cached: 0.075, output: 4.5, tiers: openAiTiers },
    'gpt-5-mini': { input: 0.25, cached: 0.025, output: 2, tiers: openAiTiers },
    'gpt-5-nano': { input: 0.05, cached: 0.005, output: 0.4, tiers: openAiTiers },
  },
  // https://platform.claude.com/docs/en/about-claude/pricing
  anthropic: {
    'claude-fable-5-1': { input: 10, cached: 0.25, output: 50, tiers: {} },
    'claude-opus-5-5': { input: 4, cached: 0.2, output: 20, tiers: {} },
    'claude-opus-5': { input: 5, cached: 0.5, output: 25, tiers: {} },
    'claude-sonnet-5-5': { input: 2, cached: 0.1, output: 10, tiers: {} },
    'claude-sonnet-5': { input: 2, cached: 0.2, output: 10, tiers: {} },
    'claude-haiku-4-5': { input: 1, cached: 0.1, output: 5, tiers: {} },
  },
  // https://ai.google.dev/gemini-api/docs/pricing, as of July 2026
  gemini: {
    'gemini-3.5-flash': { input: 1.5, cached: 0.15, output: 9, tiers: {} },
    'gemini-3.1-pro-preview': { input: 2, cached: 0.2, output: 12, tiers: {} },
    'gemini-3.1-flash-lite': { input: 0.25, cached: 0.025, output: 1.5, tiers: {} },
    'gemini-2.5-pro': { input: 1.25, cached: 0.125, output: 10, tiers: {} },
    'gemini-2.5-flash': { input: 0.3, cached: 0.03, output: 2.5, tiers: {} },
    'gemini-2.5-flash-lite': { input: 0.1, cached: 0.01, output: 0.4, tiers: {} },
  },
  // https://console.groq.com/docs/models, as of October 2026
  groq: {
    'openai/gpt-oss-120b': { input: 0.15, cached: 0.075, output: 0.6, tiers: {} },
    'openai/gpt-oss-20b': { input: 0.075, cached: 0.0375, output: 0.3, tiers: {} },
    'llama-3.3-70b-versatile': { input: 0.59, output: 0.79, tiers: {} },
    'llama-3.1-8b-instant': { input: 0.05, output: 0.08, tiers: {} },
  },
  // https://docs.mistral.ai/inference/pricing, as of 29 September 2026
  mistral: {
    'mistral-large-latest': { input: 0.5, output: 1.5, tiers: {} },
    'mistral-medium-latest': { input: 0.4, output: 2, tiers: {} },
    'mistral-small-latest': { input: 0.15, cached: 0.015, output: 0.6, tiers: {} },
  },
  // https://api-docs.deepseek.com/quick_start/pricing, as of 27 October 2026: at its peak hours, half of it at others
  deepseek: {
    'deepseek-v4-pro': { input: 1.32, cached: 0.044, output: 3.96, tiers: {} },
    'deepseek-flash': { input: 0.3, cached: 0.006, output: 1.2, tiers: {} },
  },
};

/** @param preset name of one of the presets */
export function knownPricesOf(preset: string | undefined, model: string): Prices | undefined {
  const ofPreset = preset === undefined ? undefined : knownPrices[preset];
  // A model of a day costs what its name without the day does.
  const name = model.replace(/-(?:\d{4}-\d{2}-\d{2}|\d{8})$/, '');
  return ofPreset && Object.hasOwn(ofPreset, name) ? ofPreset[name] : undefined;
}
