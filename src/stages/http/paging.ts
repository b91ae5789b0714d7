import { failed, success, type Outcome } from '../../base/outcome.ts';
import type { HttpRequestDefinition } from '../../flow/pipeline.ts';
import type { Failure } from '../../model/attempt.ts';
import { failure, jsonText } from '../outcomes.ts';
import { withParameters } from './addressTemplate.ts';
import type { ReadAnswer } from './answer.ts';
import type { StageRequest } from './exchange.ts';
import { select } from './select.ts';

type Paging = NonNullable<HttpRequestDefinition['paging']>;

/**
 * The items of all pages, in their order. It ends with a page that names no next one, has no items, or names one that was
 * read, and after as many pages as the stage allows.
 *
 * @param read one page, of so many bytes at most
 */
export async function allPages(
  paging: Paging,
  first: StageRequest,
  read: (request: StageRequest, mostBytes: number) => Promise<Outcome<ReadAnswer, Failure>>,
  mostBytes: number,
): Promise<Outcome<readonly unknown[], Failure>> {
  const items: unknown[] = [];
  const asked = new Set<string>();
  let left = mostBytes;
  let request: StageRequest | undefined = first;
  for (let page = 0; request && page < paging.mostPages; page++) {
    asked.add(request.url.href);
    const answer = await read(request, left);
    if (!answer.ok) return page > 0 && answer.failure.reason === 'too-long' ? failed(tooLong(mostBytes)) : answer;
    const value = answer.value.kind === 'json' ? answer.value.value : undefined;
    const [found, next] = [select(paging.items, value), select(paging.next, value)];
    if (!found.ok) return failed(failure('bad-request', found.failure));
    if (!next.ok) return failed(failure('bad-request', next.failure));
    if (!Array.isArray(found.value) || found.value.length === 0) break;
    for (const item of found.value as unknown[]) items.push(item);
    const size = jsonText(found.value);
    left -= size.ok ? size.value.text.length : left;
    request = nextRequest(paging, request, first, next.value);
    if (request && asked.has(request.url.href)) break;
    if (request && left <= 0) return failed(tooLong(mostBytes));
  }
  return success(items);
}

function tooLong(mostBytes: number): Failure {
  const message = `The pages have more than ${mostBytes} bytes together: raise the stage's "maxBytes", or ask for less.`;
  return failure('too-long', message);
}

function nextRequest(
  { parameter }: Paging,
  request: StageRequest,
  first: StageRequest,
  next: unknown,
): StageRequest | undefined {
  if ((typeof next !== 'string' && typeof next !== 'number') || next === '') return undefined;
  if (parameter !== undefined) return { ...first, url: withParameters(first.url, { [parameter]: String(next) }) };
  const address = String(next);
  if (!URL.canParse(address, request.url.href)) return undefined;
  const url = new URL(address, request.url);
  if (!/^https?:$/.test(url.protocol) || url.username + url.password !== '') return undefined;
  if (request.url.protocol === 'https:' && url.protocol === 'http:') return undefined;
  url.hash = '';
  // What the stage says is for the origin that its author wrote.
  const headers = url.origin === first.url.origin ? first.headers : {};
  const { body: _body, ...others } = first;
  return { ...(url.origin === first.url.origin ? first : { ...others, method: 'GET' as const }), headers, url };
}
