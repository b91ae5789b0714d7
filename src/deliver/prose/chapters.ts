import { isJsonObject } from '../../base/jsonObject.ts';
import type { RecordData } from '../../flow/flow.ts';
import { oneLine } from '../cleanText.ts';
import type { DeliveredRecord, DeliveryContext } from '../delivery.ts';
import type { Notes } from '../notes.ts';
import type { FieldPaths, OptionReader } from '../optionReader.ts';
import { fieldName, fieldOf, isNothing, layersOf, valueAt, wordsOf } from '../recordFields.ts';
import { asMarkdown, joined, usualHeadings, usualTexts } from './asMarkdown.ts';

/** What a record is to a reader: a chapter of a book, a page, a part of a document. */
export interface Chapter {
  /** Of its record. */
  readonly key: string;
  readonly heading?: string;
  /** Markdown, not empty. */
  readonly text: string;
}

export interface ChapterOptions {
  readonly heading?: FieldPaths;
  /** All of them, below each other. */
  readonly text?: FieldPaths;
  /** Whether parts that are missing are named at the end. */
  readonly tellsMissing: boolean;
}

export function readChapterOptions(reader: OptionReader, tellsMissing: boolean): ChapterOptions {
  const heading = reader.field('heading');
  const text = reader.field('text');
  const missing = reader.word('missing', ['note', 'leave out']);
  return {
    tellsMissing: missing === undefined ? tellsMissing : missing === 'note',
    ...(heading ? { heading } : {}),
    ...(text ? { text } : {}),
  };
}

/** Records without a text are left out, and told. */
export function chaptersOf(
  records: readonly DeliveredRecord[],
  options: ChapterOptions,
  { stages }: DeliveryContext,
  notes: Notes,
): readonly Chapter[] {
  return records.flatMap(({ key, data }) => {
    const text = textOf(data, options.text, stages);
    if (text === '') {
      notes.leftOut(key, `has no ${fieldName(options.text, ['text'])}`);
      return [];
    }
    const words = wordsOf(fieldOf(data, options.heading, usualHeadings, stages));
    const heading = words === undefined ? '' : oneLine(words);
    return [{ key, text, ...(heading === '' ? {} : { heading }) }];
  });
}

function textOf(data: RecordData, paths: FieldPaths | undefined, stages: readonly string[]): string {
  if (paths) return joined(paths.map((path) => asMarkdown(valueAt(data, path), 2)));
  const text = asMarkdown(fieldOf(data, undefined, usualTexts, stages), 2);
  if (text !== '') return text;
  // JSON of a stage without a text in it is read as a whole, but for its title, which is the heading.
  const [added] = layersOf(data, stages);
  if (added && added !== data) {
    const title = usualHeadings.find((name) => !isNothing(added[name]));
    const whole = asMarkdown(Object.fromEntries(Object.entries(added).filter(([name]) => name !== title)), 2);
    if (whole !== '') return whole;
  }
  // Pages that nothing but their order has made a chapter of.
  const { records } = data;
  if (!Array.isArray(records)) return '';
  return joined(records.filter(isJsonObject).map((page) => textOf(page, undefined, stages)));
}
