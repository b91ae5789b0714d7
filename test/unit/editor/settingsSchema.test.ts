import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contributedSettings } from '../../support/contributedSettings.ts';
import { parseSetting, parseSettings, type Settings } from '../../../src/editor/settingsSchema.ts';
import { readServices } from '../../../src/services/serviceConfiguration.ts';

/** What this reads of a setting in package.json. */
interface Contributed {
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';
  readonly default: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly pattern?: string;
}

const contributed = new Map(
  Object.entries(contributedSettings as Readonly<Record<string, Contributed>>).map(([name, property]) => [
    name.replace(/^parallelCandidates\./, ''),
    property,
  ]),
);
const byDefault = (name: string): unknown => contributed.get(name)?.default;
const changed = (name: string, value: unknown) => (asked: string) => (asked === name ? value : byDefault(asked));
const parsedWith = (name: string, value: unknown): Settings => parseSettings(changed(name, value));

/** Values at and beyond the edges that package.json draws. */
function samplesOf({ type, ...property }: Contributed): { good: unknown[]; bad: unknown[] } {
  switch (type) {
    case 'array':
      return { good: [[]], bad: [{}, 'a', 1, null] };
    case 'object': {
      const bad = [[], 'a', 1, null, { requests: 0 }, { requests: 1.5 }, { tokens: '9' }, { cost: -1 }, { calls: 1 }];
      return { good: [{}, { requests: 1 }, { tokens: 9, cost: 0.01 }], bad };
    }
    case 'boolean':
      return { good: [true, false], bad: ['true', 1, null, [], {}] };
    case 'string': {
      const bad = [1, true, null, [], {}];
      if (property.enum) return { good: [...property.enum], bad: [...bad, 'x', '', property.enum[0]?.toUpperCase()] };
      if (property.pattern !== undefined) {
        const [good, relative] = [
          ['', join(tmpdir(), 'a')],
          ['a', './a', '~/a'],
        ];
        for (const path of good) assert.match(path, new RegExp(property.pattern));
        for (const path of relative) assert.doesNotMatch(path, new RegExp(property.pattern));
        return { good, bad: [...bad, ...relative] };
      }
      assert.equal(property.minLength, 1);
      return { good: ['a'], bad: [...bad, ''] };
    }
    case 'number':
    case 'integer': {
      const { minimum, exclusiveMinimum, maximum } = property;
      const step = type === 'integer' ? 1 : 0.001;
      const good = [
        minimum ?? (exclusiveMinimum === undefined ? -1e9 : exclusiveMinimum + step),
        maximum ?? 1e9,
        ...(type === 'number' && minimum !== undefined ? [minimum + 0.5] : []),
      ];
      const bad = [
        ...(minimum === undefined ? [] : [minimum - step]),
        ...(exclusiveMinimum === undefined ? [] : [exclusiveMinimum, exclusiveMinimum - step]),
        ...(maximum === undefined ? [] : [maximum + step]),
        ...(type === 'integer' ? [1.5] : []),
      ];
      return { good, bad: [...bad, 'fast', '0.5', '', true, null, [], {}, Number.NaN, Infinity] };
    }
  }
}

describe('settings', () => {
  it('ask for every setting of package.json and for no other', () => {
    const asked = new Set<string>();
    parseSettings((name) => {
      asked.add(name);
      return undefined;
    });
    assert.deepEqual([...asked].sort(), [...contributed.keys()].sort());
  });

  it('say what may be spent for all windows alike, and never in a folder', () => {
    const settings = contributedSettings as Readonly<Record<string, { readonly scope?: string }>>;
    for (const name of ['confirmAbove.items', 'confirmAbove.cost', 'dailyBudget']) {
      assert.equal(settings[`parallelCandidates.${name}`]?.scope, 'application', name);
    }
  });

  it('are the defaults of package.json where nothing is written', () => {
    assert.deepEqual(
      parseSettings(() => undefined),
      parseSettings(byDefault),
    );
    assert.deepEqual(parseSettings(byDefault).problems, []);
    assert.equal(parseSetting('promptFiles', undefined).value, byDefault('promptFiles'));
  });

  for (const [name, property] of contributed) {
    const { good, bad } = samplesOf(property);

    it(`take what package.json allows for "${name}"`, () => {
      for (const value of good) assert.deepEqual(parsedWith(name, value).problems, [], JSON.stringify(value));
    });

    it(`refuse everything else for "${name}", and use its default meanwhile`, () => {
      for (const value of bad) {
        const { problems, ...settings } = parsedWith(name, value);
        const { problems: _none, ...defaults } = parseSettings(byDefault);
        assert.equal(problems.length, 1, `${String(value)}: ${problems.join(' ')}`);
        assert.ok(problems[0]?.includes(`"parallelCandidates.${name}" must be`), problems[0]);
        assert.deepEqual(settings, defaults);
      }
    });
  }

  it('say what a value must be, what it is, and what is used meanwhile', () => {
    for (const [name, value, sentence] of [
      ['safetyFactor', 'fast', 'must be a number above 0 up to 1, not "fast": 0.8 is used meanwhile.'],
      ['retry.attempts', 0, 'must be a whole number from 1 to 100, not 0: 3 is used meanwhile.'],
      ['retry.baseSeconds', -1, 'must be a number of at least 0, not -1: 1 is used meanwhile.'],
      ['mode', 'fast', 'must be "parallel" or "sequential", not "fast": "parallel" is used meanwhile.'],
      ['cache', true, 'must be "off" or "on" or "refresh", not true: "off" is used meanwhile.'],
      ['fallback', 'yes', 'must be true or false, not "yes": true is used meanwhile.'],
    ] as const) {
      assert.deepEqual(parsedWith(name, value).problems, [`The setting "parallelCandidates.${name}" ${sentence}`]);
    }
    assert.deepEqual(
      parseSetting('promptFiles', 7).problem,
      'The setting "parallelCandidates.promptFiles" must be a glob pattern such as "**/*.prompt.md", ' +
        'not 7: "**/{*.prompt.md,SKILL.md,*.prompty,*.prompt.yml,*.prompt.yaml}" is used meanwhile.',
    );
  });

  it('give every value in the unit of those who use it', () => {
    const written: Readonly<Record<string, unknown>> = {
      services: [{ name: 'mine', kind: 'demo' }],
      defaultService: 'mine',
      mode: 'sequential',
      safetyFactor: 0.5,
      'retry.attempts': 7,
      'retry.baseSeconds': 0.25,
      order: 'newest',
      patience: 2,
      existing: 'missing',
      fallback: false,
      revealQueue: false,
      openBoard: 'never',
      cache: 'refresh',
      'confirmAbove.items': 50,
      'confirmAbove.cost': 0.5,
      dailyBudget: { requests: 100, cost: 2.5 },
      'cacheLimits.megabytes': 1.5,
      'cacheLimits.days': 2,
    };
    assert.deepEqual(
      parseSettings((name) => written[name]),
      {
        services: readServices(written.services).services,
        defaultService: 'mine',
        safetyFactor: 0.5,
        run: {
          sequential: true,
          retry: { attempts: 7, baseMs: 250 },
          order: 'newest',
          cache: 'refresh',
          dailyBudget: { requests: 100, cost: 2.5 },
        },
        patienceMs: 120_000,
        existing: 'missing',
        fallback: false,
        revealQueue: false,
        openBoard: 'never',
        confirmAbove: { items: 50, cost: 0.5 },
        cacheLimits: { mostCharacters: 1_500_000, maxAgeMs: 2 * 24 * 60 * 60 * 1000 },
        problems: [],
      } satisfies Settings,
    );
  });

  it('tell every problem, those of services too', () => {
    const problems = parseSettings((name) => (name === 'services' ? [{ kind: 'x' }] : null)).problems;
    assert.equal(problems.length, contributed.size);
    assert.match(problems[0] ?? '', /^Service 1 in the setting/);
  });

  it('quote a foreign value shortly, and never as a link', () => {
    const [long] = parsedWith('mode', 'x'.repeat(100_000)).problems;
    assert.ok(long && long.length < 200);
    const [split] = parsedWith('mode', `${'x'.repeat(38)}😀`).problems;
    assert.equal(Buffer.from(split ?? '').toString(), split);
    const [link] = parsedWith('mode', '[here](command:x)').problems;
    assert.ok(link && !link.includes(']('));
    const [lines] = parsedWith('mode', 'a\nb').problems;
    assert.ok(lines && !lines.includes('\n'));
  });
});
