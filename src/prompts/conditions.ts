import { Tokenizer, TokenKind } from 'liquidjs';
import { brief } from './limits.ts';
import { liquid } from './liquid.ts';
import { liquidName } from './unknownNames.ts';

/** Tags whose words are one condition. */
const conditional = /^\{%-?\s*(?:if|elsif|unless)\s([^]*?)-?%\}$/;
/** UTF-16 units of a condition that is looked through for names. */
const longest = 1_000;

/** What Liquid reads of a condition, and leaves unread. */
function complaintAbout(condition: string): string | undefined {
  const tokenizer = new Tokenizer(condition, liquid.options.operators);
  const { initial } = tokenizer.readFilteredValue();
  tokenizer.skipBlank();
  const rest = condition.slice(tokenizer.p).trim();
  if (rest !== '') return `"${brief(rest.replace(/\s+/g, ' '), 40)}" cannot stand there`;
  let values = 0;
  for (const token of initial.postfix) {
    if (token.kind !== TokenKind.Operator) values += 1;
    else if (token.getText() !== 'not') values -= 1;
  }
  if (values < 1) return 'an operator lacks a value';
  return values > 1 ? 'there is no operator, such as "==", between two values' : undefined;
}

/** The same condition with the names that have spaces as Liquid says them. */
function withNames(condition: string, known: ReadonlySet<string>): string {
  let written = condition;
  for (const name of [...known].sort((a, b) => b.length - a.length)) {
    const quoted = liquidName(name);
    if (quoted === name || !name.includes(' ') || written.includes(quoted)) continue;
    written = written.split(name).join(quoted);
  }
  return written;
}

export interface ConditionFinding {
  /** A sentence. */
  readonly message: string;
  /** The tag as it was probably meant. */
  readonly meant?: string;
}

/**
 * What is wrong with the condition of a tag: Liquid takes what it can read of it and leaves the rest out without a word.
 *
 * @param tag with its `{%` and `%}`
 */
export function wrongCondition(tag: string, known: ReadonlySet<string>): ConditionFinding | undefined {
  const condition = conditional.exec(tag)?.[1]?.trim() ?? '';
  if (condition === '' || condition.length > longest) return undefined;
  let reason: string | undefined;
  try {
    reason = complaintAbout(condition);
  } catch {
    // Liquid tells of it.
    return undefined;
  }
  if (reason === undefined) return undefined;
  const named = withNames(condition, known);
  const meant = named === condition ? undefined : tag.replace(condition, () => named);
  const advice = meant === undefined ? 'correct it' : `write ${brief(meant, 120)}`;
  const message = `The condition "${brief(condition.replace(/\s+/g, ' '), 80)}" cannot be read, because ${reason}: ${advice}.`;
  return { message, ...(meant !== undefined && { meant }) };
}
