import { DiskShelves } from '../../../src/storage/shelfFile.ts';
import { PathGate } from '../../../src/storage/pathGate.ts';

/** Rates so many candidates of a folder, one by one, as another process does. */
const [folder = '', lockPath = '', from = '', to = ''] = process.argv.slice(2);
const shelves = new DiskShelves({ gate: new PathGate(), root: folder, lockPath });
for (let number = Number(from); number <= Number(to); number++) {
  const changed = await shelves.change(folder, [{ file: `${number}.md`, set: { rating: { value: 3 } } }]);
  if (!changed.ok) throw new Error(changed.failure);
}
