import { nearestName } from '../base/nearestName.ts';
import type { Finding } from './compiledMessage.ts';
import { brief } from './limits.ts';
import { parseOutput } from './liquid.ts';
import { namesOfValue, type NameUse } from './liquidNames.ts';
import { sentenceOf } from './liquidErrors.ts';
import type { OwnNames } from './liveTags.ts';
import { liquidName } from './unknownNames.ts';

/** What an output of a template is. */
export type Judgement =
  /** Liquid's; `name` where it is nothing but a variable. */
  | { readonly kind: 'live'; readonly name?: string }
  /** Filled in with the value of a name that Liquid cannot say. */
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'literal'; readonly hint: Finding }
  | { readonly kind: 'wrong'; readonly finding: Finding };

const word = /^[\p{L}_][\p{L}\p{N}_-]*$/u;
const literals: ReadonlySet<string> = new Set(['true', 'false', 'nil', 'null', 'empty', 'blank']);
/** Words with spaces. */
const words = /^[\p{L}_][\p{L}\p{N}_-]*(?:[ \t]{1,5}[\p{L}\p{N}_-]+){1,10}$/u;
/** Places where a name may end that are looked at. */
const mostBoundaries = 20;
/** Characters of foreign text in a sentence. */
const longestShown = 60;

/** Ends the sentence about what is left as it is. */
export const saySo = 'put it between {% raw %} and {% endraw %} to say that it should be';

export function shownText(text: string): string {
  return `"${brief(brief(text, 1_000).replace(/\s+/g, ' '), longestShown)}"`;
}

export function rawMend(text: string, begin: number, end: number): NonNullable<Finding['mends']>[number] {
  return {
    kind: 'replace',
    title: 'Mark as literal with {% raw %}',
    begin,
    end,
    text: `{% raw %}${text.slice(begin, end)}{% endraw %}`,
  };
}

/** Judges the outputs of one template, in order. */
export class OutputJudge {
  readonly #text: string;
  readonly #known: ReadonlySet<string>;
  readonly #own: OwnNames;
  /** How deep in blocks of Handlebars. */
  #handlebars = 0;
  /** Of the last one that is filled in. */
  #lastEnd = -1;

  constructor(text: string, known: ReadonlySet<string>, own: OwnNames) {
    this.#text = text;
    this.#known = known;
    this.#own = own;
  }

  judge(begin: number, end: number, isCode: boolean): Judgement {
    const judgement = this.#judge(begin, end, isCode);
    if (judgement.kind !== 'literal') this.#lastEnd = end;
    return judgement;
  }

  #judge(begin: number, end: number, isCode: boolean): Judgement {
    const content = this.#text
      .slice(begin + 2, end - 2)
      .replace(/^-|-$/g, '')
      .trim();
    const looksForeign = isCode || this.#looksForeign(begin, end) || this.#isHandlebars(content);
    if (this.#known.has(content) && (!word.test(content) || literals.has(content))) {
      return { kind: 'value', name: content };
    }
    const parsed = parseOutput(this.#text.slice(begin, end));
    if ('error' in parsed) return this.#judgeBroken(parsed.error, content, begin, end, isCode, looksForeign);
    let used: readonly NameUse[];
    try {
      used = namesOfValue(parsed.value);
    } catch (error) {
      return { kind: 'wrong', finding: { message: sentenceOf(messageOf(error)), begin, end } };
    }
    // `x^{{2}}`
    if (looksForeign && !isCode && used.length === 0) return this.#literal(begin, end, 'looks like code', saySo);
    const unknown = used.find(({ name }) => !this.#known.has(name) && !this.#own.has(name, begin));
    if (unknown && looksForeign) {
      const name = `"${brief(unknown.name, longestShown)}"`;
      const reason = `${isCode ? 'stands in code' : 'looks like code'} and ${name} has no value`;
      const mends = nearestMends(unknown.name, this.#known, begin + unknown.begin, begin + unknown.end);
      const { hint } = this.#literal(begin, end, reason, `give ${name} one to fill it in`, mends);
      return { kind: 'literal', hint: { ...hint, name: unknown.name } };
    }
    return word.test(content) && !literals.has(content) ? { kind: 'live', name: content } : { kind: 'live' };
  }

  /** In LaTeX, Handlebars and the expressions of other tools. */
  #looksForeign(begin: number, end: number): boolean {
    const before = this.#text[begin - 1];
    if (before === '$' || before === '^') return true;
    if (before === '{') return this.#text[end] === '}';
    if (before === '}') return this.#lastEnd !== begin && this.#text[begin - 2] !== '%';
    return before !== undefined && /\\[A-Za-z]{2,30}\*?$/.test(this.#text.slice(Math.max(0, begin - 32), begin));
  }

  #isHandlebars(content: string): boolean {
    if (/^~?#/.test(content)) this.#handlebars += 1;
    else if (/^~?\//.test(content)) this.#handlebars = Math.max(0, this.#handlebars - 1);
    else return this.#handlebars > 0;
    return true;
  }

  #judgeBroken(
    error: Error,
    content: string,
    begin: number,
    end: number,
    isCode: boolean,
    looksForeign: boolean,
  ): Judgement {
    const wrong = (message: string, mends: Finding['mends'] = []): Judgement => ({
      kind: 'wrong',
      finding: { message, begin, end, mends: [...mends, rawMend(this.#text, begin, end)] },
    });
    if (error.message.startsWith('Maximum call stack')) return wrong(sentenceOf(error.message));
    if (looksForeign || /^~?[#/>^!&@.\\]/.test(content)) {
      const reason = isCode ? 'stands in code and is no Liquid' : `is no Liquid but looks like ${languageOf(content)}`;
      return this.#literal(begin, end, reason, saySo);
    }
    if (error.message.startsWith('undefined filter')) return wrong(sentenceOf(error.message));
    const spoken = this.#spokenName(content);
    if (spoken !== undefined) return this.#judgeSpoken(spoken, content.slice(spoken.length), begin, end, wrong);
    const first = /^[\p{L}_][\p{L}\p{N}_-]{0,100}/u.exec(content)?.[0] ?? '';
    const isUnclosed = /^["']/.test(content) && error.message.includes('not closed');
    if (isUnclosed || this.#known.has(first) || this.#own.has(first, begin)) return wrong(sentenceOf(error.message));
    return this.#literal(begin, end, 'is no Liquid', saySo);
  }

  /** The name with which an output begins as people write it: a known one, or words up to a filter. */
  #spokenName(content: string): string | undefined {
    let boundaries = 0;
    for (const { index } of content.matchAll(/[|.[]/g)) {
      const name = content.slice(0, index).trimEnd();
      if (this.#known.has(name) && !word.test(name)) return name;
      boundaries += 1;
      if (boundaries === mostBoundaries) break;
    }
    const name = content.split('|', 1)[0]?.trimEnd() ?? '';
    return words.test(name) ? name : undefined;
  }

  /** @param rest what is done with it */
  #judgeSpoken(
    spoken: string,
    rest: string,
    begin: number,
    end: number,
    wrong: (message: string, mends?: Finding['mends']) => Judgement,
  ): Judgement {
    const isKnown = this.#known.has(spoken);
    const name = isKnown ? spoken : (nearestName(spoken, this.#known) ?? spoken.replace(/\s+/g, '_'));
    const text = `{{ ${liquidName(name)}${rest} }}`;
    const meant = `{{ ${brief(`${liquidName(name)}${rest.replace(/\s+/g, ' ')}`, longestShown)} }}`;
    const shown = `"${brief(spoken, longestShown)}"`;
    const message = isKnown
      ? `The name ${shown} must be in brackets and quotes before ${shownText(rest.trim())}: write ${meant}.`
      : `${shown} is no variable, because there is no such name and names of inputs have no spaces: write ${meant}, or keep it as it is between {% raw %} and {% endraw %}.`;
    return wrong(message, [{ kind: 'replace', title: `Change to ${meant}`, begin, end, text }]);
  }

  #literal(
    begin: number,
    end: number,
    reason: string,
    advice: string,
    mends: Finding['mends'] = [],
  ): Extract<Judgement, { kind: 'literal' }> {
    const shown = shownText(this.#text.slice(begin, Math.min(end, begin + 1_000)));
    const message = `${shown} is sent as it stands, because it ${reason}: ${advice}.`;
    return { kind: 'literal', hint: { message, begin, end, mends: [...mends, rawMend(this.#text, begin, end)] } };
  }
}

/** The name that was probably meant, in the place of one without a value. */
export function nearestMends(
  name: string,
  known: Iterable<string>,
  begin: number,
  end: number,
): NonNullable<Finding['mends']> {
  const nearest = nearestName(name, known);
  if (nearest === undefined) return [];
  const text = liquidName(nearest);
  return [{ kind: 'replace', title: `Change to {{ ${text} }}`, begin, end, text }];
}

function languageOf(content: string): string {
  if (/^~?[#/>^!&@]/.test(content)) return 'Handlebars';
  if (content.startsWith('\\')) return 'LaTeX';
  return content.startsWith('...') ? 'JSX' : 'another language';
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  throw error;
}
