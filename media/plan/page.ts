import type { MessageReader } from '../../src/planProtocolSchema.ts';
import { useLanguage, type Language } from '../../src/wording/language.ts';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

/** Puts our words into the language of the editor, before anything is drawn. */
export function usePageLanguage(): void {
  const { locale, bundle } = JSON.parse(document.getElementById('language')?.textContent ?? '{}') as Partial<Language>;
  useLanguage(locale ?? 'en', bundle);
}

/**
 * Connects a page with its host.
 *
 * @param receive gets what the host sends, in its own form only
 * @returns sends to the host
 */
export function connect<FromHost>(
  read: MessageReader<FromHost>,
  receive: (message: FromHost) => void,
): (message: { readonly type: string }) => void {
  const editor = acquireVsCodeApi();
  window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const message = read(data);
    if (message !== undefined) receive(message);
    else console.warn('Something came that the host never sends: it was ignored.');
  });
  return (message) => editor.postMessage(message);
}
