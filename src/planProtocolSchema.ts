import * as v from 'valibot';
import type {
  PlanHostMessage,
  PlanPanelMessage,
  PlanSheet,
  PreviewHostMessage,
  PreviewPanelMessage,
  PromptPreview,
  SheetEstimate,
  SheetMessage,
  SheetPart,
  SheetProblem,
} from './planProtocol.ts';

const text = v.string();
const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const range = v.object({ low: amount, high: amount });

const amounts = {
  items: whole,
  cached: whole,
  tokens: v.object({ input: amount, output: amount }),
  cost: v.nullable(range),
};

const estimate = v.object({
  ...amounts,
  isInDollars: v.boolean(),
  eta: v.nullable(range),
  inputBasis: v.picklist(['count', 'sample', 'guess']),
  isLearnt: v.boolean(),
  attachedBytes: amount,
  ofOtherPlan: whole,
  there: whole,
  replaced: whole,
  rows: v.exactOptional(whole),
}) satisfies v.GenericSchema<unknown, SheetEstimate>;

const part = v.object({ ...amounts, prompt: text, model: text }) satisfies v.GenericSchema<unknown, SheetPart>;

const message = v.object({
  role: v.picklist(['system', 'user', 'assistant']),
  tokens: amount,
  pieces: v.array(
    v.variant('kind', [
      v.object({ kind: v.literal('text'), text }),
      v.object({ kind: v.literal('unknown'), name: text }),
      v.object({ kind: v.literal('asked'), name: text }),
    ]),
  ),
  hidden: whole,
  attachments: v.array(text),
}) satisfies v.GenericSchema<unknown, SheetMessage>;

const problem = v.object({
  severity: v.picklist(['problem', 'hint']),
  file: text,
  line: v.exactOptional(whole),
  message: text,
}) satisfies v.GenericSchema<unknown, SheetProblem>;

const sheet = v.object({
  label: text,
  estimate: v.exactOptional(estimate),
  parts: v.array(part),
  files: v.array(text),
  messages: v.array(message),
  changes: v.array(text),
  problems: v.array(problem),
}) satisfies v.GenericSchema<unknown, PlanSheet>;

const preview = v.object({
  file: text,
  row: v.exactOptional(v.object({ label: text, place: whole, total: whole, hasMore: v.boolean() })),
  messages: v.array(message),
  problems: v.array(problem),
}) satisfies v.GenericSchema<unknown, PromptPreview>;

const goTo = v.object({ type: v.literal('goTo'), problem: whole });
const ready = v.object({ type: v.literal('ready') });

const planHostMessage = v.object({ type: v.literal('plan'), sheet }) satisfies v.GenericSchema<
  unknown,
  PlanHostMessage
>;

const planPanelMessage = v.variant('type', [
  ready,
  v.object({ type: v.literal('generate') }),
  v.object({ type: v.literal('edit') }),
  v.object({ type: v.literal('cancel') }),
  goTo,
]) satisfies v.GenericSchema<unknown, PlanPanelMessage>;

const previewHostMessage = v.object({ type: v.literal('preview'), preview }) satisfies v.GenericSchema<
  unknown,
  PreviewHostMessage
>;

const previewPanelMessage = v.variant('type', [
  ready,
  v.object({ type: v.literal('showRow'), place: v.pipe(v.number(), v.safeInteger()) }),
  v.object({ type: v.literal('pickRow') }),
  goTo,
]) satisfies v.GenericSchema<unknown, PreviewPanelMessage>;

/** Gives what was sent, or undefined for anything else. */
export type MessageReader<Message> = (message: unknown) => Message | undefined;

export function messageReader<Message>(schema: v.GenericSchema<unknown, Message>): MessageReader<Message> {
  return (message) => {
    const { success, output } = v.safeParse(schema, message, { abortEarly: true });
    return success ? output : undefined;
  };
}

export const readPlanHostMessage = messageReader<PlanHostMessage>(planHostMessage);
export const readPlanPanelMessage = messageReader<PlanPanelMessage>(planPanelMessage);
export const readPreviewHostMessage = messageReader<PreviewHostMessage>(previewHostMessage);
export const readPreviewPanelMessage = messageReader<PreviewPanelMessage>(previewPanelMessage);
