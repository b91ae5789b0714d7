import { success } from '../base/outcome.ts';
import { visibleJson } from '../base/visible.ts';
import { deliveryKind } from './delivery.ts';
import { valueAt } from './recordFields.ts';

/** A line of JSON for each record: all of it, or the columns that are named. */
export const jsonl = deliveryKind('jsonl', {
  endings: ['.jsonl', '.ndjson'],
  read: (reader) => reader.namedFields('columns'),
  make: (records, columns) => {
    const lines = records.map(({ data }) => {
      const value = columns
        ? Object.fromEntries([...columns].map(([name, path]) => [name, valueAt(data, path)]))
        : data;
      return `${visibleJson(JSON.stringify(value))}\n`;
    });
    return Promise.resolve(success(lines.join('')));
  },
});
