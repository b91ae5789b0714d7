import assert from 'node:assert/strict';
import { emptyCounts } from '../../../src/model/item.ts';
import type { AttemptSnapshot, RunSummary } from '../../../src/model/run.ts';
import { formatDuration, formatEta, formatRunEnd, formatRunMeta } from '../../../src/wording/format.ts';
import { languageForPage, languageInUse, useLanguage } from '../../../src/wording/language.ts';
import { describeAttempt, describeStart, describeSummary } from '../../../src/wording/log.ts';
import { numbers } from '../../../src/wording/numbers.ts';
import { strings } from '../../../src/wording/strings.ts';
import { run } from '../media/samples.ts';

const german = {
  'Cancel All': 'Alle abbrechen',
  'Retry {0} Failed Candidate': '{0} Fehlgeschlagenen wiederholen',
  'Retry {0} Failed Candidates': '{0} Fehlgeschlagene wiederholen',
  'about {0} left': 'noch etwa {0}',
  '{0}/min': '{0} je Minute',
  '{0} min {1} s': '{0} Min. {1} s',
  '{0} written': '{0} geschrieben',
  '{0} failed': '{0} fehlgeschlagen',
  'written/State of an item': 'geschrieben',
  'Finished: {0}. {1}.': 'Fertig: {0}. {1}.',
  '{0} of {1}': '{0} von {1}',
  '{0} candidates': '{0} Kandidaten',
  '{0}: run {1} of {2} started': '{0}: Lauf {1} mit {2} begonnen',
  '{0}: {1} in {2}': '{0}: {1} nach {2}',
  'completed/How an attempt ended': 'erledigt',
  'attempt {0}': 'Versuch {0}',
  'waited {0}': '{0} gewartet',
  '{0} in + {1} out tokens': '{0} Token hin + {1} zurück',
  'Retry in {0}.': 'Wiederholung in {0}.',
  '{0}: run {1} finished in {2}': '{0}: Lauf {1} nach {2} beendet',
  Items: 'Elemente',
  Attempts: 'Versuche',
  '{0}, of which {1} were repeated': '{0}, davon {1} wiederholt',
  'Queue wait': 'In der Warteschlange',
  Throughput: 'Durchsatz',
  '{0} items/min': '{0} Elemente je Minute',
};

const attempt: AttemptSnapshot = {
  run: 'r',
  item: 'i',
  label: 'tagline 03',
  stage: 'generate',
  service: 'demo',
  model: 'demo',
  attempt: 1,
  durationMs: 2100,
  queueWaitMs: 500,
  usage: { input: 1120, output: 48 },
  outcome: 'completed',
};

const summary: RunSummary = {
  run: 'r1',
  label: 'tagline',
  counts: { ...emptyCounts(), written: 11, failed: 1 },
  attempts: 15,
  retries: 3,
  retriesByReason: { 'rate-limited': 2, timeout: 1 },
  rateLimited: 2,
  tokens: { input: 1440, output: 576 },
  cost: 0.1234,
  latency: { p50: 1000, p95: 2000, p99: 12_000 },
  queueWait: { p50: 10, p95: 500, p99: 700 },
  breakerTrips: 1,
  perMinute: 1042.25,
  process: { eventLoopDelayMs: 12.34, heapBytes: 50 * 2 ** 20, cpuMs: 850 },
  slots: { peak: 5, mean: 4.2, limit: 5 },
  cache: { hits: 0, misses: 0 },
  durationMs: 1_234_500,
};

describe('language', () => {
  afterEach(() => useLanguage('en', undefined));

  it('logs an attempt and a run in English', () => {
    assert.equal(describeStart({ label: 'tagline', id: 'r1', total: 12 }), 'tagline: run r1 of 12 candidates started');
    assert.equal(
      describeAttempt(attempt),
      'tagline 03: completed in 2.10 s, waited 0.50 s, 1,120 in + 48 out tokens, demo/demo',
    );
    assert.equal(
      describeAttempt({
        ...attempt,
        attempt: 2,
        queueWaitMs: 0,
        durationMs: 12_340,
        outcome: 'timeout',
        message: 'No answer.',
        retryInMs: 4000,
      }),
      'tagline 03: timeout in 12.3 s, attempt 2, 1,120 in + 48 out tokens, demo/demo. No answer. Retry in 4.00 s.',
    );
    assert.deepEqual(describeSummary(summary), [
      'tagline: run r1 finished in 1,234.5 s',
      '  Items       11 written, 1 failed',
      '  Attempts    15, of which 3 were repeated (2 rate-limited, 1 timeout)',
      '  Tokens      1,440 in, 576 out',
      '  Cost        0.1234',
      '  Latency     p50 1.00 s, p95 2.00 s, p99 12.0 s',
      '  Queue wait  p50 0.01 s, p95 0.50 s',
      '  Throughput  1,042.3 items/min',
      '  Slots used  4.2 on average, 5 at most, of 5',
      '  Outages     1',
      '  Process     event loop p99 12.3 ms late, 50 MB heap, 0.85 s CPU',
    ]);
  });

  it('words the panel by a bundle that is given while the program runs', () => {
    assert.equal(strings.cancelAll, 'Cancel All');
    useLanguage('de', german);
    assert.equal(strings.cancelAll, 'Alle abbrechen');
    assert.equal(strings.itemState('written'), 'geschrieben');
    assert.equal(strings.retryFailed(1), '1 Fehlgeschlagenen wiederholen');
    assert.equal(strings.retryFailed(1200), '1.200 Fehlgeschlagene wiederholen');
    assert.equal(
      formatRunMeta(run('r', { perMinute: 1234, eta: { low: 17_000, high: 19_000 } }), 0),
      '1.234 je Minute · noch etwa 18 s',
    );
    const counts = { ...emptyCounts(), written: 12, failed: 1 };
    assert.equal(
      formatRunEnd(run('r', { state: 'finished', counts })),
      'Fertig: page. 12 geschrieben, 1 fehlgeschlagen.',
    );
  });

  it('words log and terminal by it', () => {
    useLanguage('de', german);
    assert.equal(strings.doneOf(1000, 1200), '1.000 von 1.200');
    assert.equal(
      describeStart({ label: 'tagline', id: 'r1', total: 1200 }),
      'tagline: Lauf r1 mit 1.200 Kandidaten begonnen',
    );
    assert.equal(
      describeAttempt({ ...attempt, attempt: 2, retryInMs: 4000 }),
      'tagline 03: erledigt nach 2,10 s, Versuch 2, 0,50 s gewartet, 1.120 Token hin + 48 zurück, demo/demo ' +
        'Wiederholung in 4,00 s.',
    );
    const lines = describeSummary(summary);
    assert.equal(lines[0], 'tagline: Lauf r1 nach 1.234,5 s beendet');
    assert.equal(lines[1], '  Elemente              11 geschrieben, 1 fehlgeschlagen');
    assert.equal(lines[2], '  Versuche              15, davon 3 wiederholt (2 rate-limited, 1 timeout)');
    assert.equal(lines[4], '  Cost                  0,1234');
    assert.equal(lines[6], '  In der Warteschlange  p50 0,01 s, p95 0,50 s');
    assert.equal(lines[7], '  Durchsatz             1.042,3 Elemente je Minute');
  });

  it('writes numbers and durations as the language does', () => {
    useLanguage('de', german);
    assert.equal(formatDuration(1_234_500, 'logged'), '1.234,5 s');
    assert.equal(formatDuration(3240, 'measured'), '3,2 s');
    assert.equal(formatDuration(72_000), '1 Min. 12 s');
    assert.equal(formatEta({ low: 1.5 * 3_600_000, high: 3 * 3_600_000 }), '1,5 to 3 h left');
    assert.equal(numbers.percent(0.42), '42\u00a0%');
  });

  it('writes them by the region where one is told', () => {
    useLanguage('de-CH', german);
    assert.match(formatDuration(1_234_500, 'logged'), /^1['’]234\.5 s$/);
  });

  it('takes the plural that the language takes', () => {
    assert.equal(strings.candidates(0), '0 candidates');
    useLanguage('fr', { '{0} candidate': '{0} candidat', '{0} candidates': '{0} candidats' });
    assert.equal(strings.candidates(0), '0 candidat');
    assert.equal(strings.candidates(2), '2 candidats');
  });

  it('is English, numbers too, where there is no bundle', () => {
    useLanguage('de', german);
    useLanguage('de', undefined);
    assert.equal(strings.cancelAll, 'Cancel All');
    assert.equal(formatDuration(1_234_500, 'logged'), '1,234.5 s');
    assert.equal(languageInUse().locale, 'en');
  });

  it('keeps English numbers for a locale that is unknown or none at all', () => {
    for (const locale of ['xx-yy', 'not a locale', '']) {
      useLanguage(locale, german);
      assert.equal(strings.cancelAll, 'Alle abbrechen');
      assert.equal(numbers.oneDecimal(1234.5), '1,234.5', locale);
    }
  });

  it('goes into a page as data that cannot end its element', () => {
    useLanguage('de', { Pause: '</script><script>alert(1)</script>' });
    const inPage = languageForPage();
    assert.ok(!inPage.includes('<'));
    assert.deepEqual(JSON.parse(inPage), languageInUse());
  });

  it('says seconds where the clock of the language has them, before what comes behind the time', () => {
    const at = new Date(2026, 10, 26, 18, 57, 38).getTime();
    useLanguage('de', {});
    assert.equal(numbers.clockSecond(at), '18:57:38');
    useLanguage('en-US', {});
    assert.match(numbers.clockSecond(at), /^06:57:38\sPM$/);
  });
});
