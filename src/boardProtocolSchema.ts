import * as v from 'valibot';
import {
  boardLayouts,
  boardMoves,
  cardActions,
  cardMarks,
  type BoardCard,
  type BoardHead,
  type BoardHostMessage,
  type BoardMemory,
  type BoardPageMessage,
  type BoardText,
} from './boardProtocol.ts';
import { itemStates } from './model/item.ts';
import { messageReader } from './planProtocolSchema.ts';

/** Cards that a page names at once: more are never seen. */
const mostNamed = 2_000;
const longestQuery = 1_000;

const text = v.string();
const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const rating = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(5));
const id = v.pipe(v.string(), v.maxLength(40));

const card = v.object({
  id,
  number: v.nullable(whole),
  name: text,
  model: text,
  state: v.picklist(itemStates),
  progress: share,
  attempts: whole,
  dueAt: v.nullable(v.number()),
  message: text,
  tokens: v.nullable(amount),
  cost: v.nullable(amount),
  marks: v.array(v.picklist(cardMarks)),
  isPicked: v.boolean(),
  isArchived: v.boolean(),
  rating,
  note: text,
  alike: v.nullable(v.object({ id, kind: v.picklist(['exact', 'near']), share })),
}) satisfies v.GenericSchema<unknown, BoardCard>;

const head = v.object({
  resource: text,
  prompt: text,
  file: text,
  row: v.nullable(v.object({ key: text, label: text, place: whole, total: whole })),
  isRunning: v.boolean(),
  left: whole,
  diversity: v.nullable(share),
  canUndo: v.boolean(),
}) satisfies v.GenericSchema<unknown, BoardHead>;

const piece = v.object({
  id,
  from: whole,
  text,
  hasMore: v.boolean(),
}) satisfies v.GenericSchema<unknown, BoardText>;

const hostMessage = v.variant('type', [
  v.object({ type: v.literal('board'), head, order: v.nullable(v.array(id)), cards: v.array(card), now: v.number() }),
  v.object({ type: v.literal('texts'), texts: v.array(piece) }),
  v.object({ type: v.literal('problem'), message: text }),
  v.object({ type: v.literal('found'), query: text, cards: v.array(v.object({ id, count: whole })) }),
  v.object({ type: v.literal('move'), move: v.picklist(boardMoves) }),
  v.object({ type: v.literal('told'), message: text }),
]) satisfies v.GenericSchema<unknown, BoardHostMessage>;

const pageMessage = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('look'), cards: v.pipe(v.array(id), v.maxLength(mostNamed)) }),
  v.object({ type: v.literal('focus'), card: v.nullable(id) }),
  v.object({ type: v.literal('act'), action: v.picklist(cardActions), card: id }),
  v.object({ type: v.literal('rate'), card: id, rating: v.pipe(rating, v.minValue(1)) }),
  v.object({ type: v.literal('showRow'), place: v.pipe(v.number(), v.safeInteger()) }),
  v.object({ type: v.literal('pickRow') }),
  v.object({ type: v.literal('find'), query: v.pipe(v.string(), v.maxLength(longestQuery)) }),
  v.object({ type: v.picklist(['more', 'generate', 'undo', 'resume', 'reload']) }),
]) satisfies v.GenericSchema<unknown, BoardPageMessage>;

const memory = v.object({
  resource: v.pipe(v.string(), v.nonEmpty()),
  row: text,
  layout: v.picklist(boardLayouts),
}) satisfies v.GenericSchema<unknown, BoardMemory>;

export const readBoardHostMessage = messageReader<BoardHostMessage>(hostMessage);
export const readBoardPageMessage = messageReader<BoardPageMessage>(pageMessage);
/** What the editor has kept of a page, which is anybody's to change. */
export const readBoardMemory = messageReader<BoardMemory>(memory);
