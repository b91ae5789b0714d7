import { threadId } from 'node:worker_threads';
import { getDocumentProxy } from 'unpdf';
import { describeError } from '../../../base/redact.ts';
import { brief } from '../../../base/sentence.ts';
import { wellFormed } from '../../../base/wellFormed.ts';
import type { FileTask, ThreadAnswer, ThreadMessage } from '../moduleTask.ts';
import { mostCharacters } from '../plainValue.ts';
import { silenceThread } from '../silence.ts';
import { largestText, pageText, type TextItem } from './pageText.ts';

const mostPages = 3000;
/** Pieces of text of one page: a page that draws more is made to be slow. */
const mostItems = 200_000;
const longestTitle = 300;

type Document = Awaited<ReturnType<typeof getDocumentProxy>>;

/** Reads the text of a PDF; called by the pool of threads. */
export default async function pdfText({
  bytes,
  named,
  port,
}: FileTask & { readonly named: string }): Promise<ThreadAnswer> {
  const begun: ThreadMessage = { kind: 'begun', thread: threadId };
  port.postMessage(begun);
  silenceThread();
  try {
    return await read(bytes, named);
  } finally {
    port.close();
  }
}

async function read(bytes: Uint8Array, named: string): Promise<ThreadAnswer> {
  const refused = (why: string): ThreadAnswer => ({
    kind: 'failed',
    reason: 'bad-request',
    message: `${named} ${why}`,
  });
  if (bytes.length === 0) return refused('is empty.');
  if (!Buffer.from(bytes.subarray(0, 1024)).includes('%PDF-')) return refused('is no PDF.');
  let document: Document;
  try {
    document = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
  } catch (error) {
    return refused(whyUnreadable(error));
  }
  try {
    if (document.numPages > mostPages) return refused(`has more than ${mostPages} pages: split it.`);
    const pages: string[] = [];
    let length = 0;
    let title = await titleOf(document);
    for (let number = 1; number <= document.numPages; number++) {
      const items = await itemsOf(document, number);
      if (items === undefined) return refused(`has too many pieces of text on page ${number}.`);
      const text = wellFormed(pageText(items));
      length += text.length;
      if (length > mostCharacters) return refused(`has more than ${mostCharacters} characters: split it.`);
      pages.push(text);
      if (number === 1) title ??= largestText(items).slice(0, longestTitle);
    }
    if (pages.every((text) => text === '')) {
      const message = `${named} has no text, for its pages are pictures or empty: read pictures of its pages with "ocr".`;
      return { kind: 'failed', reason: 'not-found', message };
    }
    return {
      kind: 'json',
      text: JSON.stringify({ text: pages.join('\n\n').trim(), pages, title: wellFormed(title ?? '') }),
    };
  } catch (error) {
    return refused(whyUnreadable(error));
  } finally {
    await document.loadingTask.destroy();
  }
}

function whyUnreadable(error: unknown): string {
  const { name } = (error ?? {}) as { readonly name?: unknown };
  if (name === 'PasswordException') return 'is encrypted: save it without its password.';
  return `is a broken PDF (${brief(describeError(error).replace(/\s+/g, ' '), 150)}): save it again, or leave it out.`;
}

/** What the document says, unless it is what programs put there by themselves. */
async function titleOf(document: Document): Promise<string | undefined> {
  const { info } = (await document.getMetadata()) as { readonly info?: { readonly Title?: unknown } };
  const title = typeof info?.Title === 'string' ? info.Title.replace(/\s+/g, ' ').trim() : '';
  const isMade = /^(?:untitled|title|microsoft word - .*|.*\.(?:docx?|tex|dvi|pdf|indd|rtf|odt))$/i.test(title);
  return title === '' || isMade ? undefined : title.slice(0, longestTitle);
}

async function itemsOf(document: Document, number: number): Promise<TextItem[] | undefined> {
  const page = await document.getPage(number);
  try {
    const { items } = await page.getTextContent();
    if (items.length > mostItems) return undefined;
    return items.flatMap((item) => {
      if (!('str' in item)) return [];
      const [a = 0, b = 0, , , x = 0, y = 0] = item.transform as readonly number[];
      const numbers = { x, y, width: item.width, size: item.height > 0 ? item.height : Math.hypot(a, b) };
      return Object.values(numbers).every(Number.isFinite) ? [{ text: item.str, ...numbers }] : [];
    });
  } finally {
    page.cleanup();
  }
}
