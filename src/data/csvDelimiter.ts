/** In order of preference. */
const delimiters = [',', ';', '\t', '|'] as const;

/** Records that are looked at. */
const mostRecords = 50;

/** How many fields the first records of a text have with a delimiter. */
function fieldCounts(sample: string, delimiter: string, isWhole: boolean): number[] {
  const counts: number[] = [];
  let fields = 1;
  let isQuoted = false;
  let isStart = true;
  let isBlank = true;
  const end = (): void => {
    if (!isBlank) counts.push(fields);
    fields = 1;
    isBlank = true;
  };
  for (let at = 0; at < sample.length && counts.length < mostRecords; at += 1) {
    const character = sample.charAt(at);
    if (isQuoted) {
      if (character !== '"') continue;
      if (sample.charAt(at + 1) === '"') at += 1;
      else isQuoted = false;
      continue;
    }
    if (character === '\n' || character === '\r') {
      end();
      isStart = true;
      continue;
    }
    isBlank = false;
    if (character === '"' && isStart) isQuoted = true;
    isStart = character === delimiter;
    if (isStart) fields += 1;
  }
  // The last record of a part is cut off.
  if (isWhole || counts.length === 0) end();
  return counts;
}

/**
 * What separates the columns of a text: with it, most records have as many fields as the first, and more than one.
 *
 * @param sample the start of the text
 * @param isWhole whether that is all of it
 */
export function findDelimiter(sample: string, isWhole: boolean): string {
  let found: string = delimiters[0];
  let best = { share: 0, fields: 1 };
  for (const delimiter of delimiters) {
    const counts = fieldCounts(sample, delimiter, isWhole);
    const fields = counts[0] ?? 1;
    if (fields < 2) continue;
    const share = counts.filter((count) => count === fields).length / counts.length;
    const isBetter = share > best.share || (share === best.share && fields > best.fields);
    if (!isBetter) continue;
    best = { share, fields };
    found = delimiter;
  }
  return found;
}
