import { contentHash } from '../base/hash.ts';

/** What an item is the work of. */
export interface ItemOrigin {
  /** Path of the pipeline or prompt file, relative to its root and with `/`. */
  readonly pipeline: string;
  /** Absent for a plain prompt file, which is a pipeline of one stage. */
  readonly stage?: string;
  /** Key of the record; empty for a prompt without data. */
  readonly key: string;
  readonly model: string;
  /** 1-based. */
  readonly index: number;
}

const idLength = 16;
const idBytes = Buffer.alloc(idLength);

/** 16 hex digits: the same in every run and on every machine, as long as the path is given in the same way. */
export function itemId({ pipeline, stage, key, model, index }: ItemOrigin): string {
  const parts = stage === undefined ? [pipeline, key, model, index] : [pipeline, stage, key, model, index];
  // A slice would keep the whole hash in memory, which counts where there are hundreds of thousands of items.
  idBytes.write(contentHash(JSON.stringify(parts)), 'latin1');
  return idBytes.toString('latin1');
}
