import { readFileSync } from 'node:fs';
import { type Position, SourceMaps } from './sourceMaps.ts';
import type { Table } from '../table.ts';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly children?: readonly number[];
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** µs since the sample before. */
  readonly timeDeltas: readonly number[];
}

interface Frame {
  readonly name: string;
  readonly isOurs: boolean;
}

/** From the leaf to the root. */
type Stack = readonly Frame[];

/** Samples without waiting between them. */
interface Stretch {
  readonly startMs: number;
  ms: number;
  readonly parts: Tally;
}

const mostRows = 15;
const mostParts = 3;
/** A stretch from which on it is listed, ms. */
const longStretchMs = 15;
const idle = '(idle)';

/** Where the time went: by function, module and line, and what made up the stretches that made others wait. */
export function profileTables(file: string, title: string): Table[] {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
  const maps = new SourceMaps();
  const { own, inclusive, stretches, totalMs } = times(profile, stacksOf(profile, maps));
  const { lines, modules, total } = ticks(profile, maps);
  const rowsOf = (tally: Tally, whole: number): string[][] =>
    tally.largest(mostRows).map(([name, amount]) => [name, amount.toFixed(0), ((amount * 100) / whole).toFixed(2)]);
  const long = stretches.filter(({ ms }) => ms >= longStretchMs).sort((a, b) => b.ms - a.ms);
  return [
    { title: `${title}: functions, own time`, columns: ['function', 'ms', '%'], rows: rowsOf(own, totalMs) },
    {
      title: `${title}: functions of src with all that they call at once`,
      columns: ['function', 'ms', '%'],
      rows: rowsOf(inclusive, totalMs),
    },
    { title: `${title}: modules, own time`, columns: ['module', 'samples', '%'], rows: rowsOf(modules, total) },
    { title: `${title}: lines of src, own time`, columns: ['line', 'samples', '%'], rows: rowsOf(lines, total) },
    {
      title: `${title}: ${long.length} stretches of ${longStretchMs} ms and more without waiting, the longest`,
      columns: ['at s', 'ms', 'most of it'],
      rows: long.slice(0, mostRows).map(({ startMs, ms, parts }) => [
        (startMs / 1000).toFixed(2),
        ms.toFixed(0),
        parts
          .largest(mostParts)
          .map(([name, part]) => `${part.toFixed(0)} ${name}`)
          .join(', '),
      ]),
      remarks: ['Named is the nearest function of src and what it was in, or else what was running.'],
    },
  ];
}

class Tally {
  readonly #sums = new Map<string, number>();

  add(name: string, amount: number): void {
    this.#sums.set(name, (this.#sums.get(name) ?? 0) + amount);
  }

  largest(count: number): [string, number][] {
    return [...this.#sums].sort(([, a], [, b]) => b - a).slice(0, count);
  }
}

function times(
  { samples, timeDeltas }: Profile,
  stacks: ReadonlyMap<number, Stack>,
): { own: Tally; inclusive: Tally; stretches: Stretch[]; totalMs: number } {
  const own = new Tally();
  const inclusive = new Tally();
  const stretches: Stretch[] = [];
  let stretch: Stretch | undefined;
  let totalMs = 0;
  for (const [index, id] of samples.entries()) {
    const ms = (timeDeltas[index + 1] ?? 0) / 1000;
    const stack = stacks.get(id) ?? [];
    const [leaf] = stack;
    if (leaf && leaf.name !== idle) {
      own.add(leaf.name, ms);
      for (const name of new Set(stack.filter(({ isOurs }) => isOurs).map((frame) => frame.name)))
        inclusive.add(name, ms);
      if (!stretch) {
        stretch = { startMs: totalMs, ms: 0, parts: new Tally() };
        stretches.push(stretch);
      }
      stretch.ms += ms;
      stretch.parts.add(blamed(leaf, stack), ms);
    } else {
      stretch = undefined;
    }
    totalMs += ms;
  }
  return { own, inclusive, stretches, totalMs };
}

function blamed(leaf: Frame, stack: Stack): string {
  const ours = stack.find(({ isOurs }) => isOurs);
  return !ours || ours === leaf ? leaf.name : `${ours.name} in ${leaf.name}`;
}

function stacksOf({ nodes }: Profile, maps: SourceMaps): Map<number, Stack> {
  const stacks = new Map<number, Stack>();
  // Parents come before their children.
  for (const node of nodes) {
    const stack = [frameOf(node, maps), ...(stacks.get(node.id) ?? [])];
    stacks.set(node.id, stack);
    for (const child of node.children ?? []) stacks.set(child, stack);
  }
  return stacks;
}

function frameOf({ callFrame }: ProfileNode, maps: SourceMaps): Frame {
  const { functionName, url, lineNumber, columnNumber } = callFrame;
  // The bundler names what wraps a module after its path.
  const name = functionName === '' || functionName.includes('/') ? '(anonymous)' : functionName;
  if (url === '') return { name, isOurs: false };
  const position = maps.original(url, lineNumber, columnNumber) ?? { file: shortened(url), line: lineNumber + 1 };
  return { name: `${name} ${written(position)}`, isOurs: position.file.startsWith('src/') };
}

function ticks({ nodes }: Profile, maps: SourceMaps): { lines: Tally; modules: Tally; total: number } {
  const lines = new Tally();
  const modules = new Tally();
  let total = 0;
  for (const { callFrame, positionTicks = [] } of nodes) {
    for (const { line, ticks: count } of positionTicks) {
      total += count;
      if (callFrame.functionName === idle) continue;
      const position = maps.original(callFrame.url, line - 1, undefined);
      if (position?.file.startsWith('src/')) lines.add(written(position), count);
      modules.add(moduleOf(position?.file, callFrame), count);
    }
  }
  return { lines, modules, total };
}

/** A package, a folder of src, or whatever else it runs in. */
function moduleOf(file: string | undefined, { url, functionName }: ProfileNode['callFrame']): string {
  if (file !== undefined) return /^(?:src\/[^/]+|@[^/]+\/[^/]+|[^/]+)/.exec(file)?.[0] ?? file;
  if (url === '') return functionName;
  return url.startsWith('node:') ? 'node' : shortened(url);
}

function written({ file, line }: Position): string {
  return `${file}:${line}`;
}

/** The last names of a path tell enough. */
function shortened(url: string): string {
  return url.split('/').slice(-3).join('/');
}
