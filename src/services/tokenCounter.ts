import { Worker } from 'node:worker_threads';
import { eachInSlices } from '../base/slices.ts';
import type { ChatMessage } from '../model/message.ts';
import { estimateInputTokens, estimateTokens, tokensPerMessage, tokensPerRequest } from './tokens.ts';

export interface TokenQuestion {
  readonly id: number;
  readonly texts: readonly string[];
}

export interface TokenAnswer {
  readonly id: number;
  /** In the order of the texts. */
  readonly tokens: readonly number[];
}

type Messages = readonly ChatMessage[];

/** The input tokens of a list of requests. */
export interface InputTokens {
  /** `sample`: parts of the texts were counted; `guess`: none, because the tokenizer could not be loaded. */
  readonly basis: 'count' | 'sample' | 'guess';
  /** Of one request; only the sum of many is within some percent when it is a sample. */
  readonly of: (messages: Messages) => number;
}

/** Up to so many characters, all are counted. */
const mostCounted = 600_000;
/** Of more, so many windows that lie at equal distances; a prime, so that texts that recur do not recur with them. */
const windows = 397;
const windowLength = 1000;
/** Texts of one message to the worker, characters: what is called off meanwhile waits for no more. */
const questionLength = 100_000;
/** The tokenizer holds a hundred megabytes: it goes when nobody has asked for so long, ms. */
const idleMs = 20_000;

/**
 * Counts tokens as the tokenizer of OpenAI's current models (o200k) does, on a thread of its own that lives for as long
 * as somebody asks.
 */
export class TokenCounter {
  readonly #script: string | URL;
  readonly #pending = new Map<number, (tokens: readonly number[] | undefined) => void>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  /** @param script the built or the source file of tokenWorker.ts */
  constructor(script: string | URL) {
    this.#script = script;
  }

  /**
   * The input tokens of requests, those of the chat format included.
   *
   * @param requests gone through twice: there may be more of them than memory should hold at once
   */
  async inputTokens(requests: Iterable<Messages>): Promise<InputTokens> {
    let texts: string[] = [];
    let characters = 0;
    await eachInSlices(requests, (messages) => {
      for (const { content } of messages) {
        if (characters <= mostCounted) texts.push(content);
        characters += content.length;
      }
    });
    if (characters > mostCounted) {
      texts = [];
      return this.#sampled(requests, characters);
    }
    const tokens = await this.#count([...new Set(texts)]);
    if (!tokens) return guessed;
    const ofText = new Map([...new Set(texts)].map((text, place) => [text, tokens[place] ?? 0]));
    return { basis: 'count', of: (messages) => sumOf(messages, ({ content }) => ofText.get(content) ?? 0) };
  }

  /** The tokens of each text by itself, in their order. A text that is too long is estimated from its beginning. */
  async tokensOf(texts: readonly string[]): Promise<readonly number[]> {
    const share = Math.floor(mostCounted / Math.max(1, texts.length));
    const counted = await this.#count(texts.map((text) => text.slice(0, share)));
    return texts.map((text, place) => {
      const tokens = counted?.[place];
      if (tokens === undefined) return estimateTokens(text);
      return text.length <= share ? tokens : Math.round((tokens * text.length) / share);
    });
  }

  /** Ends its thread; who waits still gets guesses. */
  async dispose(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#stopped(worker);
    await worker?.terminate();
  }

  async #sampled(requests: Iterable<Messages>, characters: number): Promise<InputTokens> {
    const windowsOfAll = new Windows(characters);
    await eachInSlices(requests, (messages) => {
      for (const { content } of messages) windowsOfAll.pass(content);
    });
    const sample = windowsOfAll.found;
    const tokens = await this.#count(sample);
    if (!tokens) return guessed;
    const counted = sample.reduce((sum, { length }) => sum + length, 0);
    const perCharacter = tokens.reduce((sum, each) => sum + each, 0) / counted;
    return { basis: 'sample', of: (messages) => sumOf(messages, ({ content }) => content.length * perCharacter) };
  }

  /** Undefined when the tokenizer cannot be had. */
  async #count(texts: readonly string[]): Promise<number[] | undefined> {
    const tokens: number[] = [];
    let question: string[] = [];
    let length = 0;
    const ask = async (): Promise<boolean> => {
      const answer = question.length === 0 ? [] : await this.#ask(question);
      question = [];
      length = 0;
      for (const each of answer ?? []) tokens.push(each);
      return answer !== undefined;
    };
    for (const text of texts) {
      question.push(text);
      length += text.length;
      if (length >= questionLength && !(await ask())) return undefined;
    }
    return (await ask()) ? tokens : undefined;
  }

  #ask(texts: readonly string[]): Promise<readonly number[] | undefined> {
    const worker = (this.#worker ??= this.#start());
    clearTimeout(this.#idle);
    return new Promise((resolve) => {
      const id = ++this.#lastId;
      this.#pending.set(id, resolve);
      worker.ref();
      worker.postMessage({ id, texts } satisfies TokenQuestion);
    });
  }

  #start(): Worker {
    const worker = new Worker(this.#script, { name: 'tokens', env: {} });
    worker.on('message', ({ id, tokens }: TokenAnswer) => {
      this.#pending.get(id)?.(tokens);
      this.#pending.delete(id);
      if (this.#pending.size > 0) return;
      worker.unref();
      this.#idle = setTimeout(() => void this.dispose(), idleMs).unref();
    });
    // Its file is gone, or there is no memory for it.
    worker.on('error', () => this.#stopped(worker));
    worker.on('exit', () => this.#stopped(worker));
    return worker;
  }

  #stopped(worker: Worker | undefined): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const resolve of waiting) resolve(undefined);
  }
}

const guessed: InputTokens = { basis: 'guess', of: estimateInputTokens };

function sumOf(messages: Messages, tokensOf: (message: ChatMessage) => number): number {
  const content = messages.reduce((sum, message) => sum + tokensPerMessage + tokensOf(message), 0);
  return Math.round(tokensPerRequest + content);
}

/** Parts of the texts at equal distances over all their characters: long ones are met as often as they weigh. */
export class Windows {
  readonly found: string[] = [];
  readonly #step: number;
  /** In the middle of each step, and of a text as much of it as there is. */
  #next: number;
  #before = 0;

  /** @param characters of all texts */
  constructor(characters: number) {
    this.#step = characters / windows;
    this.#next = this.#step / 2;
  }

  /** The next of the texts. */
  pass(text: string): void {
    for (; this.#next < this.#before + text.length; this.#next += this.#step) {
      const middle = Math.floor(this.#next - this.#before - windowLength / 2);
      const from = Math.max(0, Math.min(middle, text.length - windowLength));
      this.found.push(text.slice(from, from + windowLength));
    }
    this.#before += text.length;
  }
}
