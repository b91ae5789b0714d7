const definition = /^ {0,3}\[\^([^\]\s]{1,100})\]:/gm;

/** Labels of the footnotes that a text defines. */
function labelsIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(definition)].map(([, label]) => label ?? ''));
}

/** What is in a block of code, or between backticks, is no reference. */
const piece = /^ {0,3}(`{3,}|~{3,})[^]*?(?:^ {0,3}\1|$(?![^]))|(?<!`)(`+)(?!`)[^`]*\2|\[\^([^\]\s]{1,100})\]/gm;

/**
 * Texts that can stand in one document. Each has numbered its footnotes by itself; labels that more than one of them defines
 * get the text's number in front.
 */
export function ownFootnotes(texts: readonly string[]): readonly string[] {
  const labels = texts.map(labelsIn);
  const counts = new Map<string, number>();
  for (const label of labels.flatMap((each) => [...each])) counts.set(label, (counts.get(label) ?? 0) + 1);
  return texts.map((text, place) => {
    const own = labels[place];
    if (!own || ![...own].some((label) => (counts.get(label) ?? 0) > 1)) return text;
    return text.replace(piece, (found: string, _fence, _ticks, label: string | undefined) =>
      label !== undefined && own.has(label) && (counts.get(label) ?? 0) > 1 ? `[^${place + 1}-${label}]` : found,
    );
  });
}
