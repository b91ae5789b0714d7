import { isJsonObject } from '../../base/jsonObject.ts';

/** One of several responses in an answer. */
export interface Response {
  readonly text: string;
  /** As the model says, 0 to 1. */
  readonly probability?: number;
}

/**
 * The responses of an answer that was asked for several: in tags, as JSON, or numbered. An answer in no such form is one
 * response. None comes twice, and none is half: what was cut is left out.
 *
 * @param count how many were asked for
 */
export function splitResponses(answer: string, count: number, isCut = false): readonly Response[] {
  const text = withoutThinking(answer).trim();
  const found = inTags(text, isCut) ?? inJson(text) ?? (isCut ? [] : (numbered(text, count) ?? [{ text }]));
  const seen = new Set<string>();
  return found
    .map((response) => ({ ...response, text: response.text.trim() }))
    .filter((response) => {
      const isNew = response.text !== '' && !seen.has(response.text);
      seen.add(response.text);
      return isNew;
    });
}

/**
 * The responses of an answer that matches `verbalizedSchema`, each as JSON.
 *
 * @returns none for an answer that is no such JSON
 */
export function splitStructured(answer: string): readonly Response[] {
  const list = listIn(jsonIn(withoutThinking(answer).trim()));
  const seen = new Set<string>();
  return (list ?? []).flatMap((each): readonly Response[] => {
    const isWrapped = isJsonObject(each) && Object.hasOwn(each, 'response');
    const text = JSON.stringify(isWrapped ? each.response : each);
    if (seen.has(text)) return [];
    seen.add(text);
    return [{ text, ...(isWrapped ? probabilityOf(each.probability) : {}) }];
  });
}

function withoutThinking(answer: string): string {
  const end = /^\s*<think>/.test(answer) ? answer.indexOf('</think>') : -1;
  return end === -1 ? answer : answer.slice(end + '</think>'.length);
}

function probabilityOf(value: unknown): Pick<Response, 'probability'> {
  const [, number = '', percent] = typeof value === 'string' ? (/^\s*([\d.]{1,20})\s*(%?)\s*$/.exec(value) ?? []) : [];
  const read = typeof value === 'number' ? value : number === '' ? NaN : Number(number) / (percent === '%' ? 100 : 1);
  return read >= 0 && read <= 1 ? { probability: read } : {};
}

/** Blocks `<response>`, the closing tags of which may be missing. */
function inTags(text: string, isCut: boolean): readonly Response[] | undefined {
  const blocks = text.split(/<response(?:\s[^<>]{0,200})?>/i).slice(1);
  if (blocks.length === 0) return undefined;
  return blocks.flatMap((block, place) => {
    const end = block.search(/<\/response\s*>/i);
    if (end === -1 && isCut && place === blocks.length - 1) return [];
    return [responseOf(end === -1 ? block.replace(/<\/?responses\s*>/gi, '') : block.slice(0, end))];
  });
}

function responseOf(block: string): Response {
  const probability = /<probability\s*>([^<]{0,40})(?:<\/probability\s*>|$)/i.exec(block);
  const rest = probability ? block.replace(probability[0], '') : block;
  const begin = /<text\s*>/i.exec(rest);
  const inside = begin ? rest.slice(begin.index + begin[0].length) : rest;
  const end = begin ? inside.toLowerCase().lastIndexOf('</text') : -1;
  return { text: end === -1 ? inside : inside.slice(0, end), ...probabilityOf(probability?.[1]) };
}

/** A list of texts, or of objects with a text. */
function inJson(text: string): readonly Response[] | undefined {
  const list = listIn(jsonIn(text));
  const found = list?.flatMap((each): readonly Response[] => {
    if (typeof each === 'string') return [{ text: each }];
    if (!isJsonObject(each)) return [];
    const said = each.text ?? each.response ?? each.content;
    return typeof said === 'string' ? [{ text: said, ...probabilityOf(each.probability) }] : [];
  });
  return found && found.length > 0 ? found : undefined;
}

function listIn(json: unknown): readonly unknown[] | undefined {
  const list = isJsonObject(json) ? json.responses : json;
  return Array.isArray(list) ? (list as unknown[]) : undefined;
}

/** The JSON that a text is, but for a fence around it and a sentence before. */
function jsonIn(text: string): unknown {
  const from = text.search(/[[{]/);
  const to = Math.max(text.lastIndexOf(']'), text.lastIndexOf('}'));
  if (from === -1 || to < from) return undefined;
  try {
    return JSON.parse(text.slice(from, to + 1));
  } catch {
    return undefined;
  }
}

const numberedStart = /^(?:#{1,6} *)?(?:\*\*)?(?:Response *#?)?(\d{1,3})(?:[.):]|\*\*)+ *(?:\*\*)?/i;

/** As many as were asked for, from 1 on: any other numbers may be those of a list within one response. */
function numbered(text: string, count: number): readonly Response[] | undefined {
  const parts: string[][] = [];
  for (const line of text.split('\n')) {
    const start = numberedStart.exec(line);
    if (start && Number(start[1]) === parts.length + 1) parts.push([line.slice(start[0].length)]);
    else parts.at(-1)?.push(line);
  }
  return parts.length === count && count > 1 ? parts.map((lines) => ({ text: lines.join('\n') })) : undefined;
}
