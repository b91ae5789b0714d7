import { isJsonObject } from '../../base/jsonObject.ts';
import { failed, success, type Outcome } from '../../base/outcome.ts';
import { redactAddress } from '../../base/redact.ts';
import type { HttpStage } from '../../flow/pipeline.ts';
import type { StageText } from '../../flow/record.ts';
import type { Failure, RateLimitHints } from '../../model/attempt.ts';
import { inSmallLetters, secretsOfHeaders, whyNoHeader } from '../../services/callAdditions.ts';
import type { CallSubject } from '../../services/httpFailures.ts';
import { parseRateLimitHeaders } from '../../services/rateLimitHeaders.ts';
import { Watchdog } from '../../services/timeouts.ts';
import { completed, ended, failure, jsonText, refused } from '../outcomes.ts';
import { outputPath } from '../outputPath.ts';
import { render, renderAll, type Scope } from '../pieces.ts';
import type { StageWork } from '../stage.ts';
import { renderAddress } from './addressTemplate.ts';
import { readAnswer, type ReadAnswer } from './answer.ts';
import { acceptedEncodings, errorText } from './body.ts';
import { answerFailure } from './answerFailure.ts';
import { exchange, type StageAnswer, type StageRequest } from './exchange.ts';
import { download } from './download.ts';
import { lookupOfSystem } from './hostCheck.ts';
import type { HttpTools, KeptAnswer } from './httpTools.ts';
import { allPages } from './paging.ts';
import { select } from './select.ts';
import { nodeTransport } from './transport.ts';

const defaultTotalMs = 300_000;
const defaultIdleMs = 60_000;
const noPlace = 'There is no place for files here: leave "output" out.';
const defaultMostBytes = { text: 20_000_000, file: 200_000_000 };

/** One request for a record, or as many as its pages are; what the answer holds is the result. */
export function httpStage(stage: HttpStage, tools: HttpTools): StageWork {
  return async ({ record, expressions, signal }) => {
    const scope = { record, expressions };
    const request = requestOf(stage, scope);
    if (!request.ok) return refused(`The stage "${stage.name}" cannot ask: ${request.failure}`);
    const watchdog = new Watchdog(timeoutsOf(stage, tools), signal);
    const call = new Call(stage, tools, request.value, watchdog);
    try {
      const outcome = await (stage.output === undefined ? call.value() : call.file(stage.output, scope));
      const { calls, paidCalls, hints } = call;
      const made = outcome.ok ? completed(outcome.value, hints) : ended(outcome.failure, calls > 0, hints);
      return { ...made, calls, ...(paidCalls === calls ? {} : { paidCalls }) };
    } finally {
      watchdog.dispose();
    }
  };
}

function timeoutsOf({ timeoutMs }: HttpStage, { idleMs = defaultIdleMs }: HttpTools) {
  return { firstToken: idleMs, idle: idleMs, total: timeoutMs ?? defaultTotalMs };
}

function requestOf({ http }: HttpStage, scope: Scope): Outcome<StageRequest, string> {
  const url = renderAddress(http.url, http.query, scope);
  if (!url.ok) return url;
  const headers: Record<string, string> = {};
  for (const [name, template] of Object.entries(http.headers)) {
    const value = render(template, scope);
    if (!value.ok) return value;
    const why = whyNoHeader(name, value.value);
    if (why !== undefined) return failed(`The header "${name}" ${why}`);
    headers[name] = value.value;
  }
  const ownHeaders = {
    accept: http.accept ?? 'application/json, text/*;q=0.9, */*;q=0.5',
    'accept-encoding': acceptedEncodings,
    'user-agent': 'parallel-candidates',
  };
  const request = { url: url.value, method: http.method, headers: inSmallLetters(headers), ownHeaders };
  if (http.body === undefined) return success(request);
  const body = renderAll(http.body, scope);
  if (!body.ok) return body;
  const json = jsonText(body.value);
  return json.ok ? success({ ...request, body: json.value.text }) : failed(`The body ${json.failure}.`);
}

/** One item's requests. */
class Call {
  readonly #stage: HttpStage;
  readonly #tools: HttpTools;
  readonly #request: StageRequest;
  readonly #watchdog: Watchdog;
  readonly #subject: CallSubject;
  /** What the last answer told of limits. */
  hints: RateLimitHints | undefined;
  /** Requests that were made; redirects belong to theirs. */
  calls = 0;
  /** Those of them that are billed: an answer that says that nothing is new is none. */
  paidCalls = 0;

  constructor(stage: HttpStage, tools: HttpTools, request: StageRequest, watchdog: Watchdog) {
    this.#stage = stage;
    this.#tools = tools;
    this.#request = request;
    this.#watchdog = watchdog;
    const { origin, host, href } = request.url;
    const added = tools.additions?.(origin);
    this.#subject = {
      service: stage.service ?? host,
      address: href,
      baseUrl: origin,
      model: '',
      credential: undefined,
      secrets: [...secretsOfHeaders(added?.headers).all, ...Object.values(added?.query ?? {})],
    };
  }

  async value(): Promise<Outcome<StageText, Failure>> {
    const { http } = this.#stage;
    if (http.paging) {
      const items = await allPages(
        http.paging,
        this.#request,
        (request, mostBytes) => this.#read(request, mostBytes),
        this.#mostBytes,
      );
      return items.ok ? this.#selected({ kind: 'json', value: { items: items.value } }) : items;
    }
    const answer = await this.#read(this.#request, this.#mostBytes);
    if (!answer.ok) return answer;
    const selected = this.#selected(answer.value);
    const told = selected.ok || selected.failure.reason !== 'not-found' ? undefined : this.#errorIn(answer.value);
    return told ? failed(told) : selected;
  }

  async file(template: string, scope: Scope): Promise<Outcome<StageText, Failure>> {
    const { receiveFile } = this.#tools;
    const path = receiveFile ? outputPath(template, scope) : failed(noPlace);
    if (!path.ok || !receiveFile) return failed(failure('bad-request', path.ok ? noPlace : path.failure));
    const answer = await this.#ask(this.#request);
    if (!answer.ok) return answer;
    const limits = { mostBytes: this.#mostBytes, watchdog: this.#watchdog, subject: this.#subject };
    return download(answer.value, { path: path.value, limits, accept: this.#stage.http.accept, receiveFile });
  }

  get #mostBytes(): number {
    const { http, output } = this.#stage;
    return http.mostBytes ?? (output === undefined ? defaultMostBytes.text : defaultMostBytes.file);
  }

  /** Sends a request; an answer that is no success is a failure. */
  async #ask(request: StageRequest, kept?: KeptAnswer): Promise<Outcome<StageAnswer, Failure>> {
    const refusal = await this.#tools.admit?.();
    if (refusal) return failed(refusal);
    this.calls += 1;
    this.paidCalls += 1;
    const answer = await exchange(
      { ...request, headers: { ...request.headers, ...conditionsOf(kept) } },
      {
        transport: this.#tools.transport ?? nodeTransport,
        hosts: { lookup: this.#tools.lookup ?? lookupOfSystem, isProxied: this.#tools.isProxied ?? false },
        allowPrivate: this.#stage.http.allowPrivate,
        additions: (origin) => this.#tools.additions?.(origin),
      },
      this.#watchdog,
      this.#subject,
    );
    if (!answer.ok) return this.#ofPage(answer.failure);
    const { status, headers, url } = answer.value;
    const nowMs = this.#tools.now?.() ?? Date.now();
    this.hints = parseRateLimitHeaders(headers, nowMs) ?? this.hints;
    if (status === 304 && kept) {
      this.paidCalls -= 1;
      return answer;
    }
    if (status >= 200 && status < 300) {
      const lacks = this.#lackOf(answer.value);
      if (lacks) answer.value.body.on('error', () => undefined).destroy();
      return lacks ? failed(lacks) : answer;
    }
    const text = await errorText(answer.value, { mostBytes: 0, watchdog: this.#watchdog, subject: this.#subject });
    const isService = this.#tools.additions?.(url.origin) !== undefined;
    return failed(answerFailure({ status, headers, text, url }, this.#subject, isService, nowMs));
  }

  /** What is no HTTP at the address of a record is that of one page, and stops nobody else's; a service is all of one piece. */
  #ofPage(why: Failure): Outcome<never, Failure> {
    const { href, origin } = this.#request.url;
    if (why.reason !== 'wrong-address' || this.#tools.additions?.(origin)) return failed(why);
    const address = redactAddress(href);
    return failed(failure('malformed', `"${this.#subject.service}" sent an answer that is no HTTP at ${address}.`));
  }

  /** What an answer has that succeeded and is not whole, or is none. */
  #lackOf({ status, url }: StageAnswer): Failure | undefined {
    const { service } = this.#subject;
    const address = redactAddress(url.href);
    // No part of it was asked for.
    if (status === 206)
      return failure('truncated', `"${service}" sent only a part of what is at ${address}: try again later.`);
    const { http, output } = this.#stage;
    const isToldOnly = http.method === 'POST' && output === undefined && !isJsonAsked(http);
    if ((status !== 204 && status !== 205) || isToldOnly) return undefined;
    return failure('not-found', `"${service}" has nothing at ${address} (${status}).`);
  }

  /** The answer to a request, or what was fetched before and has not changed. */
  async #read(request: StageRequest, mostBytes: number): Promise<Outcome<ReadAnswer, Failure>> {
    const { seen, keep } = this.#tools;
    const { accept } = this.#stage.http;
    const mayKeep = request.method === 'GET' && keep !== undefined;
    const asked = { url: request.url.href, headers: request.headers };
    const kept = request.method === 'GET' ? await seen?.(asked) : undefined;
    const answer = await this.#ask(request, kept);
    if (!answer.ok) return answer;
    const how = { accept, isJson: isJsonAsked(this.#stage.http) };
    const limits = { mostBytes, watchdog: this.#watchdog, subject: this.#subject };
    const read = await readAnswer(answer.value, how, limits, kept);
    if (!read.ok) return read;
    const { toKeep } = read.value;
    if (mayKeep && toKeep && !answer.value.wasRedirected) await keep(asked, toKeep);
    return success(read.value.answer);
  }

  /** An error that comes as a success. */
  #errorIn(answer: ReadAnswer): Failure | undefined {
    const { error } = answer.kind === 'json' && isJsonObject(answer.value) ? answer.value : {};
    if (typeof error !== 'string' && !isJsonObject(error)) return undefined;
    const codes = isJsonObject(error) ? [error.code, error.status].map(Number) : [];
    const status = codes.find((code) => code >= 400 && code < 600) ?? 400;
    const { url } = this.#request;
    const text = JSON.stringify({ error });
    const isService = this.#tools.additions?.(url.origin) !== undefined;
    const told = { status, headers: new Headers(), text, url };
    return answerFailure(told, this.#subject, isService, this.#tools.now?.() ?? Date.now());
  }

  #selected(answer: ReadAnswer): Outcome<StageText, Failure> {
    const { select: expression } = this.#stage.http;
    if (answer.kind === 'text') return success({ text: answer.text, format: 'text' });
    const found = expression === undefined ? success(answer.value) : select(expression, answer.value);
    if (!found.ok) return failed(failure('bad-request', found.failure));
    if (found.value === undefined || found.value === null) {
      return failed(
        failure(
          'not-found',
          `"${this.#subject.service}" has nothing for this record: its answer has nothing that is selected.`,
        ),
      );
    }
    const json = jsonText(found.value);
    if (!json.ok)
      return failed(failure('malformed', `"${this.#subject.service}" sent an answer that ${json.failure}.`));
    if (json.value.text.length <= this.#mostBytes) return json;
    return failed(
      failure('too-long', `What is selected of the answer of "${this.#subject.service}" is too large: select less.`),
    );
  }
}

function isJsonAsked({ select: selection, paging }: Pick<HttpStage['http'], 'select' | 'paging'>): boolean {
  return selection !== undefined || paging !== undefined;
}

function conditionsOf(kept: KeptAnswer | undefined): Readonly<Record<string, string>> {
  return {
    ...(kept?.etag === undefined ? {} : { 'if-none-match': kept.etag }),
    ...(kept?.lastModified === undefined ? {} : { 'if-modified-since': kept.lastModified }),
  };
}
