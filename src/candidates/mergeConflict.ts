/** Lines by which version control says that it could not merge: seven signs, and maybe a name behind them. */
const marker = /^(<{7}|\|{7}|={7}|>{7})(?: .*)?$/;

/**
 * The two texts that were to be merged, as version control leaves them in one file; undefined for any other text. What both
 * come from is left out.
 */
export function conflictSides(text: string): readonly [string, string] | undefined {
  const sides: [string[], string[]] = [[], []];
  let within: '<' | '|' | '=' | undefined;
  let conflicts = 0;
  for (const line of text.split('\n')) {
    const sign = marker.exec(line.replace(/\r$/, ''))?.[1]?.charAt(0);
    if (sign === '<' && within === undefined) within = '<';
    else if (sign === '|' && within === '<') within = '|';
    else if (sign === '=' && (within === '<' || within === '|')) within = '=';
    else if (sign === '>' && within === '=') {
      within = undefined;
      conflicts += 1;
    } else if (sign !== undefined) return undefined;
    else {
      if (within === undefined || within === '<') sides[0].push(line);
      if (within === undefined || within === '=') sides[1].push(line);
    }
  }
  return conflicts === 0 || within !== undefined ? undefined : [sides[0].join('\n'), sides[1].join('\n')];
}
