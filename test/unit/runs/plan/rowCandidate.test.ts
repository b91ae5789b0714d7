import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { firstChoice } from '../../../../src/candidates/candidateNumbers.ts';
import { isCandidate } from '../../../../src/candidates/plannedItem.ts';
import { planRun, type Plan, type PlanRequest } from '../../../../src/runs/plan/plan.ts';
import type { PlannedItem } from '../../../../src/runs/plan/plannedCandidate.ts';
import { withNumber } from '../../../../src/runs/plan/rowCandidate.ts';
import { DiskFiles } from '../../../../src/storage/diskFiles.ts';
import { changedItem } from '../../../support/changedItem.ts';
import { useScratchFolder } from '../../../support/scratch.ts';
import { MemoryInput } from '../../data/support.ts';

const scratch = useScratchFolder();
const files = new DiskFiles();
const service = { name: 'demo', kind: 'demo', models: ['demo'] } as const;

interface Case {
  readonly names: readonly string[];
  readonly count: number;
  readonly models: readonly string[];
  readonly angles: readonly string[];
  readonly seed: number | undefined;
  readonly hasTone: boolean;
  readonly verbalized: boolean;
  readonly pieceBytes: number;
}

/** What a row says, with quotes and line breaks and letters of any width. */
const rowName = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', 'é', '茶', '🍵', ' '), maxLength: 8 }),
  fc.constantFrom('x'.repeat(300), '茶'.repeat(200)),
);

const cases: fc.Arbitrary<Case> = fc.record({
  names: fc.array(rowName, { minLength: 1, maxLength: 12 }),
  count: fc.integer({ min: 1, max: 4 }),
  models: fc.constantFrom(['demo'], ['demo', 'other'], ['a', 'b', 'c']),
  angles: fc.constantFrom([], ['price', 'comfort'], ['one', 'two', 'three']),
  seed: fc.constantFrom(undefined, 7),
  hasTone: fc.boolean(),
  verbalized: fc.boolean(),
  pieceBytes: fc.constantFrom(1, 3, 64, 100_000),
});

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

function request({ names, pieceBytes, ...said }: Case): PlanRequest {
  const rows = names.map((name, place) => `s${place},${quoted(name)}`);
  const front = [
    ...(said.hasTone ? ['inputs: { tone: warm }'] : []),
    ...(said.seed === undefined ? [] : [`seed: ${said.seed}`]),
    'candidates:',
    `  count: ${said.count}`,
    `  models: [${said.models.join(', ')}]`,
    '  data: { file: rows.csv, key: sku }',
    ...(said.angles.length > 0 ? [`  vary: { angle: [${said.angles.join(', ')}] }`] : []),
    ...(said.verbalized ? ['  diversity: { verbalized: 2 }'] : []),
  ];
  const template = `<{{ sku }}> {{ name }}${said.hasTone ? ' {{ tone }}' : ''}${said.angles.length > 0 ? ' {{ angle }}' : ''}.`;
  const input = new MemoryInput({ 'rows.csv': ['sku,name', ...rows, ''].join('\n') }, pieceBytes);
  return {
    sources: [{ path: join(scratch(), 'line.prompt.md'), text: `---\n${front.join('\n')}\n---\n${template}\n` }],
    root: scratch(),
    services: [service],
    defaultService: 'demo',
    serviceKey: ({ name }) => `${name} key`,
    files,
    dataIn: () => input,
  };
}

async function planned(said: Case): Promise<Plan> {
  const plan = await planRun(request(said));
  if (!plan.ok) assert.fail(plan.problems.map(({ message }) => message).join('\n'));
  return plan.value;
}

interface Expected {
  readonly item: Readonly<Record<string, unknown>>;
  readonly file: string;
}

/** The plan by its description: prompt file, row, index, model. */
function expected({ names, count, models, angles, seed, hasTone, verbalized }: Case): readonly Expected[] {
  const combinations = Math.max(1, Math.min(count, angles.length));
  return names
    .flatMap((name, row) =>
      Array.from({ length: count }, (_, place) => ({ name, key: `s${row}`, place, combination: place % combinations })),
    )
    .flatMap((each) => models.map((model) => ({ ...each, model })))
    .map(({ name, key, place, combination, model }, position) => {
      const angle = angles[combination];
      const vary = angle === undefined ? undefined : { angle };
      const content = [`<${key}> ${name}`, ...(hasTone ? ['warm'] : []), ...(angle === undefined ? [] : [angle])];
      const index = place + 1;
      const id = createHash('sha256').update(JSON.stringify(['line.prompt.md', key, model, index]));
      const series = `candidates/line/${key}/*${models.length > 1 ? `.${model}` : ''}.md`;
      return {
        file: join(scratch(), series.replace('*', `0${index}`)),
        item: {
          id: id.digest('hex').slice(0, 16),
          position,
          root: position,
          stage: 0,
          place: '',
          key,
          row: key,
          index,
          number: index,
          service: 'demo',
          serviceKey: 'demo key',
          model,
          messages: [{ role: 'user', content: `${content.join(' ')}.` }],
          parameters: seed === undefined ? {} : { seed: seed + place },
          variables: { ...(hasTone ? { tone: 'warm' } : {}), sku: key, name, ...vary },
          ...(vary ? { vary } : {}),
          ...(verbalized ? { verbalized: 2 } : {}),
          siblings: Math.ceil((count - combination) / combinations),
          output: { folder: scratch(), series, firstNumbered: true },
        },
      };
    });
}

function sayingOf(item: PlannedItem): Readonly<Record<string, unknown>> {
  const { prompt, priority, reservation, ...said } = changedItem(item);
  assert.deepEqual([prompt.path, priority], ['line.prompt.md', 5]);
  assert.equal(reservation, 4 + Math.ceil((item.messages[0]?.content.length ?? 0) / 4) + 1024);
  return said;
}

describe('the candidates of rows', () => {
  it('are those of each row, number and model in this order, however the data comes in', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (said) => {
        const { items } = await planned(said);
        const wanted = expected(said);
        assert.deepEqual(
          items.map(sayingOf),
          wanted.map(({ item }) => item),
        );
        // In whatever order they are asked.
        for (const place of [...items.keys()].reverse()) {
          const item = items[place]!;
          assert.ok(isCandidate(item));
          assert.equal(firstChoice(item), wanted[place]?.file);
          assert.deepEqual(sayingOf(item), wanted[place]?.item);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('share their messages by reference where they share a request', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (said) => {
        const { items } = await planned(said);
        const byContent = Map.groupBy(
          items.filter(({ siblings, verbalized }) => siblings > 1 || verbalized !== undefined),
          ({ key, messages }) => JSON.stringify([key, messages]),
        );
        for (const sharing of byContent.values()) {
          assert.equal(new Set(sharing.map(({ messages }) => messages)).size, 1);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('take the next numbers in rows that have candidates, and other numbers when they are given', async () => {
    mkdirSync(join(scratch(), 'candidates/line/s1'), { recursive: true });
    writeFileSync(join(scratch(), 'candidates/line/s1/03.md'), 'a text');
    const said = { count: 2, models: ['demo'], angles: [], seed: 1, hasTone: true, verbalized: false, pieceBytes: 7 };
    const { items } = await planned({ ...said, names: ['a', 'b', 'c'] });
    assert.deepEqual(
      items.map(({ key, number }) => `${key} ${number}`),
      ['s0 1', 's0 2', 's1 4', 's1 5', 's2 1', 's2 2'],
    );
    for (const item of items) assert.deepEqual(changedItem(withNumber(item, 9)), changedItem(item, { number: 9 }));
    const plain = changedItem(items[0]!);
    assert.deepEqual(withNumber(plain, 9), { ...plain, number: 9 });
  });
});
