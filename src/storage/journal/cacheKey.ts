import { createHash } from 'node:crypto';
import type { JsonObject } from '../../base/jsonObject.ts';
import type { RecordData } from '../../flow/flow.ts';
import type { ChatMessage, Parameters } from '../../model/message.ts';

/** What decides about a text. The index is part of it, so that candidates stay distinct. */
export interface CacheSubject {
  /** Says which service answers; never holds a secret. See `ServiceKind`'s `identity`. */
  readonly service: string;
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly parameters: Parameters;
  readonly schema?: JsonObject | undefined;
  /** 1-based number of the candidate. */
  readonly index: number;
}

/** 64 hex digits; the same for the same subject whatever order its parameters are in. */
export function cacheKey({ service, model, messages, parameters, schema, index }: CacheSubject): string {
  const sorted = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const said = messages.map(({ role, content, attachments = [] }) => [
    role,
    content,
    ...attachments.map(({ hash }) => hash),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([service, model, said, sorted, index, ...(schema ? [schema] : [])]))
    .digest('hex');
}

/** What decides about the result of an item of a flow. */
export interface StageSubject {
  /** As `CacheSubject.service`. */
  readonly service: string;
  /** Says what the stage does: differs when its prompt or its settings do. Never holds a secret. */
  readonly stage: string;
  readonly record: RecordData;
  readonly model: string;
  /** 1-based number among the items that the record becomes. */
  readonly index: number;
}

/** As `cacheKey`, and never the key of a plain prompt's text. */
export function stageCacheKey({ service, stage, record, model, index }: StageSubject): string {
  return createHash('sha256').update(JSON.stringify({ service, stage, record, model, index })).digest('hex');
}
