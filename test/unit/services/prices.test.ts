import assert from 'node:assert/strict';
import { costOf, pricesOfTier } from '../../../src/model/prices.ts';
import { pricesIn } from '../../../src/model/serviceSettings.ts';
import { knownPricesOf, pricesAsOf } from '../../../src/services/prices.ts';
import { presets } from '../../../src/services/presets.ts';

const million = 1_000_000;

describe('what a call costs', () => {
  const prices = { input: 2, cached: 0.5, output: 10, tiers: { flex: 0.5 } };

  it('counts what the service had cached at its own price, and thinking as output', () => {
    assert.equal(costOf(prices, { input: million, output: 0 }), 2);
    assert.equal(costOf(prices, { input: million, output: 0, cached: million }), 0.5);
    assert.equal(costOf(prices, { input: 2 * million, output: million, cached: million }), 2 + 0.5 + 10);
    assert.equal(costOf({ input: 2, output: 1 }, { input: million, output: 0, cached: million }), 2);
    // A service that says more was cached than it read.
    assert.equal(costOf(prices, { input: million, output: 0, cached: 9 * million }), 0.5);
  });

  it('depends on the tier, where that has a price', () => {
    const usage = { input: million, output: million };
    assert.equal(costOf(prices, usage, { service_tier: 'flex' }), 6);
    for (const tier of ['auto', 'default']) assert.equal(costOf(prices, usage, { service_tier: tier }), 12);
    assert.equal(costOf(prices, usage, { service_tier: 'priority' }), undefined);
    assert.equal(costOf(prices, usage, { service_tier: 'constructor' }), undefined);
    // A person's own prices are what the person pays.
    assert.equal(costOf({ input: 1, output: 1 }, usage, { service_tier: 'flex' }), 2);
    assert.deepEqual(pricesOfTier(prices, 'flex'), { input: 1, cached: 0.25, output: 5 });
    assert.equal(pricesOfTier(prices, 'fast'), undefined);
  });

  it('is unknown where the price is, and never 0', () => {
    assert.equal(costOf(undefined, { input: million, output: 0 }), undefined);
    assert.equal(knownPricesOf('openai', 'gpt-99'), undefined);
    assert.equal(knownPricesOf('openai', 'constructor'), undefined);
    assert.equal(knownPricesOf('ollama', 'gpt-5-mini'), undefined);
    assert.equal(knownPricesOf('gemini', 'gemini-99-flash'), undefined);
    assert.equal(knownPricesOf('openrouter', 'openrouter/auto'), undefined);
    const tiered = knownPricesOf('gemini', 'gemini-2.5-flash');
    assert.equal(costOf(tiered, { input: million, output: 0 }, { service_tier: 'flex' }), undefined);
    assert.equal(knownPricesOf(undefined, 'gpt-5-mini'), undefined);
  });

  it('is known of a model with the day that it is from', () => {
    assert.ok(knownPricesOf('openai', 'gpt-5-mini'));
    assert.equal(knownPricesOf('openai', 'gpt-5-mini-2025-08-07'), knownPricesOf('openai', 'gpt-5-mini'));
    assert.equal(knownPricesOf('anthropic', 'claude-haiku-4-5-20251001')?.output, 5);
    const priced = ['openai', 'anthropic', 'gemini', 'groq', 'mistral', 'deepseek'];
    for (const { name, models } of presets) {
      if (priced.includes(name)) for (const model of models) assert.ok(knownPricesOf(name, model), model);
    }
    assert.match(pricesAsOf, /^\d{4}-\d{2}-\d{2}$/);
  });

  it('is what the person says of a model, then of the service', () => {
    const settings = { name: 'a', kind: 'openai', models: ['m'], prices: { input: 1, output: 1 } };
    const own = { ...settings, modelPrices: { m: { input: 9, output: 9 } } };
    assert.equal(pricesIn(own, 'm')?.input, 9);
    assert.equal(pricesIn(own, 'other')?.input, 1);
    assert.equal(pricesIn(own, 'constructor')?.input, 1);
    assert.equal(pricesIn({ name: 'a', kind: 'demo', models: ['m'] }, 'm'), undefined);
  });
});
