import { Parser, type Template, type TopLevelToken } from 'liquidjs';
import { askedName } from './askedName.ts';
import { codeAt, codeRegions, type CodeRegion } from './codeRegions.ts';
import type { CompiledMessage, Finding, Part, TemplateMend } from './compiledMessage.ts';
import { wrongCondition } from './conditions.ts';
import { fileName, includedText, type IncludedFiles } from './includes.ts';
import { jinjaMend, jinjaTags } from './jinja.ts';
import { liquid, textToken, tokenAt, type TextToken } from './liquid.ts';
import { complaintOf, runsAway, sentenceOf } from './liquidErrors.ts';
import { brief, limits } from './limits.ts';
import { isLiquidTag, liveTags, type LiveTags } from './liveTags.ts';
import { OutputJudge, rawMend, saySo, shownText } from './outputs.ts';
import { pieceToken, type Piece } from './pieces.ts';
import type { MessageTemplate } from './promptFile.ts';
import { segmentsOf, type Segment } from './segments.ts';

/** What a template may be filled in with. */
export interface TemplateNames {
  /** The editor's `${…}` variables. */
  readonly variables: Readonly<Record<string, string>>;
  /** Names that have a value in some row. */
  readonly known: ReadonlySet<string>;
  /** Absent: files are not taken in. */
  readonly includes?: IncludedFiles;
}

type SegmentOf<Kind extends Segment['kind']> = Extract<Segment, { kind: Kind }>;

export interface MessageCompilation {
  /** Absent when something is wrong. */
  readonly message?: CompiledMessage;
  readonly problems: readonly Finding[];
  /** What stays as it is although it looks like a template. */
  readonly hints: readonly Finding[];
}

/** Compiles one message. What only looks like Liquid never reaches Liquid. */
class MessageCompiler {
  readonly #source: MessageTemplate;
  readonly #text: string;
  readonly #names: TemplateNames;
  readonly #segments: readonly Segment[];
  readonly #codeAt: (offset: number) => CodeRegion | undefined;
  readonly #tags: LiveTags;
  readonly #judge: OutputJudge;
  readonly #tokens: TopLevelToken[] = [];
  /** Undefined once the message needs Liquid. */
  #parts: Part[] | undefined = [];
  readonly #problems: Finding[] = [];
  readonly #hints: Finding[] = [];
  readonly #openBlocks: string[] = [];
  /** Where the text that no token has yet begins. */
  #rest = 0;

  constructor(source: MessageTemplate, names: TemplateNames) {
    this.#source = source;
    this.#text = source.template;
    this.#names = names;
    this.#segments = segmentsOf(this.#text);
    const regions = codeRegions(this.#text);
    const codeAtTag = codeAt(regions);
    this.#codeAt = codeAt(regions);
    const tags = this.#segments.filter((segment) => segment.kind === 'tag');
    const liquidTags = tags.filter(({ name }) => isLiquidTag(name));
    const placed = liquidTags.map((tag) => ({ tag, region: codeAtTag(tag.begin) }));
    this.#tags = liveTags(this.#text, placed, names.known);
    this.#judge = new OutputJudge(this.#text, names.known, this.#tags.own);
  }

  compile(): MessageCompilation {
    for (const segment of this.#segments) this.#read(segment);
    this.#pushText(this.#text.length);
    const { problems, hints } = { problems: this.#problems, hints: this.#hints };
    if (problems.length > 0) return { problems, hints };
    const parts = this.#trimmedParts();
    let templates: Template[];
    try {
      templates = new Parser(liquid).parseTokens(this.#tokens);
    } catch (error) {
      return { problems: [complaintOf(error, this.#text)], hints };
    }
    return { message: { source: this.#source, templates, ...(parts && { parts }) }, problems, hints };
  }

  #read(segment: Segment): void {
    const region = this.#codeAt(segment.begin);
    const isCode = region !== undefined;
    switch (segment.kind) {
      case 'output':
        this.#readOutput(segment, isCode);
        return;
      case 'tag':
        this.#readTag(segment, isCode);
        return;
      case 'open':
        this.#readOpen(segment, isCode);
        return;
      case 'silent':
        this.#parts = undefined;
        this.#put(segment, { kind: 'silent' }, { before: segment.trimsBefore, after: segment.trimsAfter });
        return;
      case 'variable': {
        const { variables } = this.#names;
        const value = Object.hasOwn(variables, segment.name) ? variables[segment.name] : undefined;
        if (value !== undefined) this.#put(segment, { kind: 'text', text: value });
        else this.#putAsked(segment, region);
        return;
      }
      case 'input':
        if (this.#names.known.has(segment.name)) this.#put(segment, { kind: 'value', name: segment.name });
        else if (!this.#putAsked(segment, region)) this.#hintAtInput(segment);
        return;
      case 'environment': {
        const message = `${shownText(this.#textOf(segment))} is sent as it stands: write \${input:…} to be asked for a value, because variables of the environment are not read.`;
        this.#hints.push({ message, ...placeOf(segment) });
        return;
      }
      case 'include':
        this.#readInclude(segment);
    }
  }

  /** @returns whether somebody is asked for it */
  #putAsked(segment: Segment, region: CodeRegion | undefined): boolean {
    const name = askedName(this.#text, segment, region);
    if (name !== undefined) this.#put(segment, { kind: 'value', name });
    return name !== undefined;
  }

  #hintAtInput(segment: SegmentOf<'input'>): void {
    const name = `"${brief(segment.name, 60)}"`;
    const message = `${shownText(this.#textOf(segment))} is sent as it stands, because it stands in code and ${name} has no value: give ${name} one to fill it in.`;
    this.#hints.push({ message, ...placeOf(segment), name: segment.name });
  }

  #readOutput(segment: SegmentOf<'output'>, isCode: boolean): void {
    const { begin, end } = segment;
    const judgement = this.#judge.judge(begin, end, isCode);
    switch (judgement.kind) {
      case 'literal':
        this.#hints.push(judgement.hint);
        return;
      case 'wrong':
        this.#problems.push(judgement.finding);
        return;
      case 'value':
        this.#put(segment, { kind: 'value', name: judgement.name }, this.#trimsOf(segment));
        return;
      case 'live':
        this.#pushText(begin);
        this.#tokens.push(tokenAt(this.#text, begin, end));
        this.#rest = end;
        if (judgement.name === undefined) this.#parts = undefined;
        else this.#parts?.push({ name: judgement.name });
    }
  }

  #readTag(segment: SegmentOf<'tag'>, isCode: boolean): void {
    const { begin, end, name } = segment;
    if (this.#tags.live.has(segment)) {
      if (name === 'if' || name === 'unless') this.#openBlocks.push(name);
      else if (name === 'endif' || name === 'endunless') this.#openBlocks.pop();
      this.#parts = undefined;
      this.#checkCondition(segment);
      this.#pushText(begin);
      try {
        this.#tokens.push(tokenAt(this.#text, begin, end));
      } catch (error) {
        this.#problems.push({ ...complaintOf(error, this.#text), begin, end });
      }
      this.#rest = end;
      return;
    }
    const mend = jinjaMend(name, this.#textOf(segment));
    const mends: TemplateMend[] = mend === undefined ? [] : [{ kind: 'replace', begin, end, ...mend }];
    mends.push(rawMend(this.#text, begin, end));
    const shown = shownText(this.#textOf(segment));
    // Within a block that Liquid reads, it is a slip of the pen.
    const isMeant = jinjaTags.has(name) ? name === 'elif' && this.#openBlocks.length > 0 : this.#isLikeTag(segment);
    if (!isCode && isMeant) {
      const message = mend ? `${shown} is not Liquid: write ${mend.text}.` : sentenceOf(`tag "${name}" not found`);
      this.#problems.push({ message, begin, end, mends });
      return;
    }
    const reason = isCode
      ? 'stands in code and does not work there'
      : jinjaTags.has(name)
        ? `is Jinja, not Liquid${mend ? `, where it is ${mend.text}` : ''}`
        : 'is no tag of Liquid';
    const message = `${shown} is sent as it stands, because it ${reason}: ${saySo}.`;
    this.#hints.push({ message, begin, end, mends });
  }

  #checkCondition(segment: SegmentOf<'tag'>): void {
    const wrong = wrongCondition(this.#textOf(segment), this.#names.known);
    if (!wrong) return;
    const { begin, end } = segment;
    const { message, meant } = wrong;
    const mends: TemplateMend[] =
      meant === undefined ? [] : [{ kind: 'replace', title: `Change to ${meant}`, begin, end, text: meant }];
    this.#problems.push({ message, begin, end, mends });
  }

  /** A comment of LaTeX, for example, goes over lines or begins with no word. */
  #isLikeTag(segment: SegmentOf<'tag'>): boolean {
    return segment.name !== '' && !/[\n\\]|\{%/.test(this.#textOf(segment).slice(2));
  }

  #readOpen(segment: SegmentOf<'open'>, isCode: boolean): void {
    const { begin, name } = segment;
    const lineEnd = this.#text.indexOf('\n', begin);
    const line = this.#text.slice(begin, Math.min(lineEnd === -1 ? this.#text.length : lineEnd, begin + 200));
    const isOutput = name === '{{';
    const first = /^\{\{-?\s*([\p{L}_][\p{L}\p{N}_-]*)/u.exec(line)?.[1];
    const isMeant = isOutput
      ? first !== undefined &&
        (this.#names.known.has(first) || /^\{\{-?\s*[\p{L}_][\p{L}\p{N}_.-]*\s*\}?\s*$/u.test(line))
      : isLiquidTag(name);
    const place = { begin, end: begin + line.trimEnd().length };
    if (isMeant && !isCode) {
      const what = isOutput ? 'output' : 'tag';
      this.#problems.push({ message: sentenceOf(`${what} ${shownText(line.trimEnd())} not closed`), ...place });
      return;
    }
    const message = `${shownText(line.trimEnd())} is sent as it stands, because nothing closes it: ${saySo}.`;
    this.#hints.push({ message, ...place });
  }

  #readInclude(segment: SegmentOf<'include'>): void {
    const file = this.#names.includes?.get(segment.path);
    if (!this.#names.includes) return;
    if (!file?.ok) {
      const reason = file?.failure ?? 'was not read';
      const what = segment.how === 'link' ? 'is not taken in, because it' : 'cannot be taken in, because it';
      const message = `The file "${segment.path}" ${what} ${reason}: correct its path.`;
      (segment.how === 'link' ? this.#hints : this.#problems).push({ message, ...placeOf(segment) });
      return;
    }
    const { path } = segment;
    if (segment.how === 'line') this.#put(segment, { kind: 'text', text: includedText(file.value) });
    else {
      const text = segment.how === 'link' ? this.#textOf(segment) : fileName(path);
      this.#put(segment, { kind: 'mention', text, path });
    }
  }

  #put(segment: Segment, piece: Piece, trims?: { readonly before: boolean; readonly after: boolean }): void {
    this.#pushText(segment.begin);
    this.#tokens.push(pieceToken(this.#text, segment, piece, trims));
    this.#rest = segment.end;
    if (piece.kind === 'text') this.#parts?.push(piece.text);
    else if (piece.kind === 'value') this.#parts?.push({ name: piece.name });
    else this.#parts = undefined;
  }

  #pushText(end: number): void {
    if (end <= this.#rest) return;
    this.#tokens.push(textToken(this.#text, this.#rest, end));
    this.#parts?.push(this.#text.slice(this.#rest, end));
    this.#rest = end;
  }

  #trimsOf({ begin, end }: SegmentOf<'output'>): { readonly before: boolean; readonly after: boolean } {
    return { before: this.#text[begin + 2] === '-', after: this.#text[end - 3] === '-' };
  }

  /** Takes the white space away that `{{-` and `-%}` take. @returns the parts, if no white space was taken */
  #trimmedParts(): Part[] | undefined {
    let isTrimmed = false;
    for (const [at, token] of this.#tokens.entries()) {
      if (!('trimLeft' in token) || 'getContent' in token) continue;
      isTrimmed ||= token.trimLeft || token.trimRight;
      if (token.trimLeft) trimEnd(this.#tokens[at - 1]);
      if (token.trimRight) trimStart(this.#tokens[at + 1]);
    }
    return isTrimmed ? undefined : this.#parts;
  }

  #textOf({ begin, end }: Segment): string {
    return this.#text.slice(begin, end);
  }
}

function placeOf({ begin, end }: Segment): { readonly begin: number; readonly end: number } {
  return { begin, end };
}

function asText(token: TopLevelToken | undefined): TextToken | undefined {
  return token && 'getContent' in token ? token : undefined;
}

function trimEnd(token: TopLevelToken | undefined): void {
  const text = asText(token);
  if (!text) return;
  const content = text.getContent();
  text.trimRight += content.length - content.trimEnd().length;
}

function trimStart(token: TopLevelToken | undefined): void {
  const text = asText(token);
  if (!text) return;
  const content = text.getContent();
  text.trimLeft += content.length - content.trimStart().length;
}

export function compileMessage(source: MessageTemplate, names: TemplateNames): MessageCompilation {
  if (source.template.length > limits.renderedLength) {
    return { problems: [{ message: runsAway, begin: 0, end: 0 }], hints: [] };
  }
  return new MessageCompiler(source, names).compile();
}
