import { dashboardText, queueFill, stageHeads } from '../../wording/dashboard.ts';
import { formatEta, formatRate } from '../../wording/format.ts';
import { numbers } from '../../wording/numbers.ts';
import { strings } from '../../wording/strings.ts';
import { cutTo, padded, widthOf } from './cells.ts';
import type { RunPicture, StageTally } from './runTally.ts';

/** How a part of a line looks, where colours are wanted. */
export type Tone = 'plain' | 'strong' | 'faint' | 'good' | 'bad' | 'busy';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

export type Line = readonly Span[];

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

type Column = Exclude<keyof typeof stageHeads, 'name'>;

/** What gives way first where there is little room. */
const columnsByNeed: readonly Column[] = ['done', 'failed', 'running', 'waiting', 'perMinute', 'queue'];
const columnOrder: readonly Column[] = ['waiting', 'running', 'done', 'failed', 'perMinute', 'queue'];
const tones: Readonly<Partial<Record<Column, Tone>>> = { done: 'good', failed: 'bad', running: 'busy' };
const gap = 2;
const widestName = 24;
const narrowestName = 8;
/** Below that a table says nothing. */
const narrowest = 24;

/** A run as lines of a terminal, none longer than it is wide, and no more than fit. Foreign text in them is inert. */
export function pictureLines(picture: RunPicture, { columns, rows }: Size): readonly Line[] {
  // The last column is left free: some terminals wrap there.
  const width = Math.max(1, columns - 1);
  const lines: Line[] = [headLine(picture, width)];
  let left = Math.max(1, rows - 1) - lines.length;
  if (width >= narrowest && left >= 2) {
    const table = tableLines(picture, width, left);
    lines.push(...table);
    left -= table.length;
  }
  const { failures } = picture;
  if (failures.length > 0 && left >= 2) {
    lines.push(span(cutTo(width, dashboardText.failures()), 'faint'));
    for (const failure of failures.slice(-(left - 1))) lines.push(span(cutTo(width, `  ${failure}`), 'bad'));
  }
  return lines;
}

function span(text: string, tone: Tone): Line {
  return [{ text, tone }];
}

function headLine({ run, stages }: RunPicture, width: number): Line {
  const done = run.counts.written + run.counts.failed + run.counts.skipped;
  const parts = [run.label, strings.doneOf(done, run.total), formatRate(run.perMinute)];
  if (run.state === 'stopping' || run.state === 'watching') parts.push(strings.runState(run.state));
  else if (run.waiting !== undefined) parts.push(run.waiting);
  else if (run.eta && stages.some(({ waiting, running }) => waiting + running > 0)) parts.push(formatEta(run.eta));
  return span(cutTo(width, strings.join(parts)), 'strong');
}

function cellOf(stage: StageTally, column: Column): string {
  switch (column) {
    case 'waiting':
    case 'running':
    case 'done':
    case 'failed':
      return numbers.whole(stage[column]);
    case 'perMinute':
      return stage.perMinute < 10 ? numbers.upToOneDecimal(stage.perMinute) : numbers.whole(stage.perMinute);
    case 'queue':
      return stage.queue === undefined ? '' : queueFill(stage.waiting, stage.queue);
  }
}

function tableLines({ stages, bottleneck }: RunPicture, width: number, most: number): readonly Line[] {
  const shown = shownStages(stages, most - 1);
  const cells = new Map(
    columnOrder
      .filter((column) => column !== 'queue' || stages.some(({ queue }) => queue !== undefined))
      .map((column) => [column, shown.map((stage) => cellOf(stage, column))] as const),
  );
  const widths = new Map(
    [...cells].map(([column, own]) => [column, Math.max(...[stageHeads[column](), ...own].map(widthOf))] as const),
  );
  const names = Math.min(widestName, Math.max(...shown.map(({ name }) => widthOf(name)), widthOf(stageHeads.name())));
  const chosen = new Set<Column>();
  let used = 2 + Math.min(names, narrowestName);
  for (const column of columnsByNeed) {
    const needed = gap + (widths.get(column) ?? Infinity);
    if (used + needed > width) break;
    used += needed;
    chosen.add(column);
  }
  const nameWidth = Math.min(names, width - (used - Math.min(names, narrowestName)));
  const inOrder = columnOrder.filter((column) => chosen.has(column));
  const row = (mark: string, name: string, cell: (column: Column) => Span, tone: Tone): Line => [
    { text: `${mark} ${padded(nameWidth, cutTo(nameWidth, name), 'left')}`, tone },
    ...inOrder.map((column) => {
      const { text, tone: own } = cell(column);
      return { text: ' '.repeat(gap) + padded(widths.get(column) ?? 0, text, 'right'), tone: own };
    }),
  ];
  const total = 2 + nameWidth + inOrder.reduce((sum, column) => sum + gap + (widths.get(column) ?? 0), 0);
  const lines: Line[] = [
    row(' ', stageHeads.name(), (column) => ({ text: stageHeads[column](), tone: 'faint' }), 'faint'),
  ];
  for (const [index, stage] of shown.entries()) {
    const isBottleneck = bottleneck !== undefined && stage.name === bottleneck;
    const cell = (column: Column): Span => {
      const text = cells.get(column)?.[index] ?? '';
      return { text, tone: text === '0' ? 'faint' : (tones[column] ?? 'plain') };
    };
    const line = row(isBottleneck ? '▸' : ' ', stage.name, cell, isBottleneck ? 'strong' : 'plain');
    const note = `  ${dashboardText.bottleneck()}`;
    lines.push(isBottleneck && total + widthOf(note) <= width ? [...line, { text: note, tone: 'faint' }] : line);
  }
  const more = stages.length - shown.length;
  return more > 0 ? [...lines, span(cutTo(width, `  ${dashboardText.moreStages(more)}`), 'faint')] : lines;
}

/** Where not all fit, those with something to do, in their order. */
function shownStages(stages: readonly StageTally[], most: number): readonly StageTally[] {
  if (stages.length <= most) return stages;
  const byWork = [...stages].sort((a, b) => b.waiting + b.running - (a.waiting + a.running));
  const kept = new Set(byWork.slice(0, Math.max(0, most - 1)));
  return stages.filter((stage) => kept.has(stage));
}
