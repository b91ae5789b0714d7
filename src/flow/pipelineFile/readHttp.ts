import { shown } from '../../base/valueKinds.ts';
import type { HttpRequestDefinition, HttpStage } from '../pipeline.ts';
import type { Block } from './block.ts';
import { httpKeys, pagingKeys } from './keys.ts';
import type { CommonSettings, StageBlock } from './readStage.ts';

const defaultPages = 10;

/** What comes before the first template of an address must be the start of one of these. */
const starts = ['https://', 'http://'] as const;

/** A token of RFC 9110. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What the connection says by itself. */
const connectionHeaders: ReadonlySet<string> = new Set([
  ...['host', 'connection', 'content-length', 'transfer-encoding', 'te', 'trailer', 'upgrade', 'keep-alive', 'expect'],
]);
/** What says who asks. */
const secretHeader = /^(?:authorization|proxy-authorization|cookie|.*(?:api[_-]?key|[_-]token|secret))$/;

export function readHttpStage(block: StageBlock, common: CommonSettings): HttpStage | undefined {
  const values = block.read('http');
  if (!values) return undefined;
  const http = block.inner('http', httpKeys, values);
  const url = http.read('url')?.trim();
  if (url !== undefined) checkAddress(http, url);
  const query = http.read('query') ?? {};
  const headers = http.read('headers') ?? {};
  checkHeaders(http, headers);
  const request: Omit<HttpRequestDefinition, 'url'> = {
    method: readMethod(http),
    query,
    headers,
    ...readBody(http),
    ...readAnswer(http),
    ...readPaging(http),
    allowPrivate: http.read('allowPrivate') ?? false,
  };
  return url === undefined ? undefined : { kind: 'http', ...common, http: { ...request, url } };
}

type HttpBlock = Block<typeof httpKeys>;

function checkAddress(http: HttpBlock, url: string): void {
  const begin = url.search(/\{[{%]/);
  const fixed = begin === -1 ? url : url.slice(0, begin);
  const lower = fixed.toLowerCase();
  const isStart = starts.some((start) => (begin === -1 ? false : start.startsWith(lower)) || lower.startsWith(start));
  const wanted = 'must be an address that begins with "https://" or "http://"';
  if (!isStart) http.report('url', `${wanted}.`);
  else if (/^https?:\/\/[^/?#]*@/i.test(fixed)) {
    http.report('url', 'has a user name or a password in it: set a key in the settings of the service.');
  } else if (begin === -1 && !URL.canParse(url)) http.report('url', `${wanted} and names a host.`);
}

function checkHeaders(http: HttpBlock, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    const header = `header ${shown(name)}`;
    const lower = name.toLowerCase();
    if (!headerName.test(name)) http.report('headers', `has the ${header}, which is no name of a header: correct it.`);
    else if (connectionHeaders.has(lower)) {
      http.report('headers', `has the ${header}, which each request has by itself: leave it out.`);
    } else if (secretHeader.test(lower)) {
      http.report('headers', `has the ${header}: set a key in the settings of the service, never in a file.`);
    } else if (/[\r\n\0]/.test(value)) http.report('headers', `has the ${header} with several lines: make it one.`);
  }
}

function readMethod(http: HttpBlock): 'GET' | 'POST' {
  const method = http.read('method');
  if (method === 'GET' && http.has('body')) http.report('method', 'must be POST where there is a "body".');
  return method ?? (http.has('body') ? 'POST' : 'GET');
}

function readBody(http: HttpBlock): Pick<HttpRequestDefinition, 'body'> {
  const body = http.read('body');
  return body === undefined ? {} : { body };
}

function readAnswer(http: HttpBlock): Pick<HttpRequestDefinition, 'select' | 'accept' | 'mostBytes'> {
  const select = http.read('select');
  const accept = http.read('accept')?.toLowerCase();
  const mostBytes = http.read('maxBytes');
  return {
    ...(select === undefined ? {} : { select }),
    ...(accept === undefined ? {} : { accept }),
    ...(mostBytes === undefined ? {} : { mostBytes }),
  };
}

function readPaging(http: HttpBlock): Pick<HttpRequestDefinition, 'paging'> {
  const values = http.read('paging');
  if (!values) return {};
  const paging = http.inner('paging', pagingKeys, values);
  const next = paging.read('next');
  const parameter = paging.read('parameter');
  const items = paging.read('items');
  const mostPages = paging.read('pages') ?? defaultPages;
  if (next === undefined || items === undefined) return {};
  return { paging: { next, ...(parameter === undefined ? {} : { parameter }), items, mostPages } };
}
