import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeEstimate } from '../../../src/wording/estimates.ts';
import { useLanguage } from '../../../src/wording/language.ts';
import { describePipelineEstimate } from '../../../src/wording/pipelines.ts';
import { describeForecast } from '../../../src/wording/planText.ts';

const german = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../l10n/bundle.l10n.de.json'), 'utf8'),
) as Record<string, string>;

/** The first sentences of what is told of so many of each. */
function told(amount: number): readonly (string | undefined)[] {
  const [estimate] = describeEstimate({
    items: amount,
    requests: amount,
    cached: 0,
    tokens: { input: 1, output: 1 },
    cost: null,
    eta: null,
  });
  const pipeline = describePipelineEstimate({
    records: amount,
    requests: amount,
    cached: amount,
    tokens: { input: 1, output: 1 },
    cost: undefined,
    isCostPartial: false,
    time: undefined,
    stages: [],
    bottleneck: undefined,
  });
  return [
    estimate,
    ...pipeline.slice(0, 2),
    describeForecast(undefined, 'by row', { rows: { count: amount, hasMore: false } }),
  ];
}

describe('counts', () => {
  afterEach(() => useLanguage('en', undefined));

  it('have the singular for one, in English', () => {
    assert.deepEqual(told(1), [
      '1 candidate, 1 call.',
      '1 record, 1 request.',
      '1 item is in the cache, and is not made again.',
      '1 row',
    ]);
    assert.deepEqual(told(2), [
      '2 candidates, 2 calls.',
      '2 records, 2 requests.',
      '2 items are in the cache, and are not made again.',
      '2 rows',
    ]);
  });

  it('have the singular for one, in German', () => {
    useLanguage('de', german);
    assert.deepEqual(told(1), [
      '1 Kandidat, 1 Aufruf.',
      '1 Datensatz, 1 Anfrage.',
      '1 Element ist im Cache und wird nicht noch einmal erzeugt.',
      '1 Zeile',
    ]);
    assert.deepEqual(told(2), [
      '2 Kandidaten, 2 Aufrufe.',
      '2 Datensätze, 2 Anfragen.',
      '2 Elemente sind im Cache und werden nicht noch einmal erzeugt.',
      '2 Zeilen',
    ]);
  });
});
