/** Tags and outputs, with the words that begin and end blocks. */
const tag = /\{\{|\{%-?\s*(?:(end)?(if|unless|for|case|tablerow|capture|comment|raw|block)\b|(liquid)\b)?/g;
/** The tag `liquid` has a tag on each line. */
const lineOfTags = /\n|\b(?:(end)?(if|unless|for|case|tablerow|capture|comment|raw|block)|(liquid))\b/g;

interface Extent {
  /** At least as many as there are. */
  tags: number;
  /** How deep blocks lie in each other. */
  depth: number;
}

/** Counts what parsing would cost, without parsing. */
export function extentOf(template: string): Extent {
  let tags = 0;
  let depth = 0;
  let deepest = 0;
  const enter = (ends: string | undefined): void => {
    depth = Math.max(0, depth + (ends === undefined ? 1 : -1));
    deepest = Math.max(deepest, depth);
  };
  const next = new RegExp(tag);
  for (let match = next.exec(template); match; match = next.exec(template)) {
    tags += 1;
    const [, ends, block, lines] = match;
    if (block !== undefined) enter(ends);
    if (lines === undefined) continue;
    const close = template.indexOf('%}', next.lastIndex);
    const end = close === -1 ? template.length : close;
    const outside = depth;
    for (const [found, endsHere, blockHere, linesHere] of template.slice(next.lastIndex, end).matchAll(lineOfTags)) {
      if (found === '\n') tags += 1;
      else if (blockHere !== undefined || linesHere !== undefined) enter(endsHere);
    }
    depth = outside;
    next.lastIndex = end;
  }
  return { tags, depth: deepest };
}
