import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameLocator, Page } from '@playwright/test';
import { repository } from '../../support/editor/cache.ts';

/** What the editor gives to a page while a theme is on. */
export interface Appearance {
  readonly theme: string;
  /** Declarations of the theme's variables. */
  readonly variables: string;
  readonly bodyClass: string;
  /** The editor's own sheet for all pages. */
  readonly sheet: string;
}

/** Takes it from a page that is shown in the editor. */
export async function appearanceOf(webview: FrameLocator, theme: string): Promise<Appearance> {
  return webview.locator('html').evaluate<Appearance, string>((html, name) => {
    // As much of a document as is asked here, which runs in the page.
    const { document } = globalThis as unknown as {
      readonly document: {
        readonly body: { readonly className: string };
        getElementById(id: string): { readonly textContent: string } | null;
      };
    };
    return {
      theme: name,
      variables: (html as unknown as { readonly style: { readonly cssText: string } }).style.cssText,
      bodyClass: document.body.className,
      sheet: document.getElementById('_defaultStyles')?.textContent ?? '',
    };
  }, theme);
}

export type Bundle = 'board' | 'plan' | 'preview' | 'queue';

const origin = 'http://page.invalid/';

/**
 * Opens one of our pages in the browser alone, without the editor around it, and hands it what its host would send:
 * quick, for what is looked at in every theme and width.
 */
export async function openPage(
  page: Page,
  bundle: Bundle,
  appearance: Appearance,
  messages: readonly unknown[],
): Promise<void> {
  const html = `<!DOCTYPE html><html lang="en"><head><meta charset="UTF-8"><title>${bundle}</title>
    <style>${appearance.sheet}</style><link rel="stylesheet" href="${bundle}.css"></head><body><div id="${bundle}"></div>
    <script>window.acquireVsCodeApi = () => ({ postMessage() {}, getState() {}, setState() {} })</script>
    <script type="module" src="${bundle}.js"></script></body></html>`;
  await page.unrouteAll();
  await page.route(`${origin}**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === '') return route.fulfill({ contentType: 'text/html', body: html });
    const contentType = name.endsWith('.css') ? 'text/css' : name.endsWith('.js') ? 'text/javascript' : 'font/ttf';
    return route.fulfill({ contentType, body: await readFile(join(repository, 'dist', name)) });
  });
  await page.goto(origin);
  await dress(page, appearance);
  for (const message of messages) await sendTo(page, message);
}

/** Shows a page that is open in a theme. */
export function dress(page: Page, appearance: Appearance): Promise<void> {
  return page.evaluate(({ variables, bodyClass }) => {
    const { document } = globalThis as unknown as {
      readonly document: {
        readonly documentElement: { readonly style: { cssText: string } };
        readonly body: { className: string };
      };
    };
    document.documentElement.style.cssText = variables;
    document.body.className = bodyClass;
  }, appearance);
}

/** A message as the page's host sends it. */
export function sendTo(page: Page, message: unknown): Promise<void> {
  return page.evaluate((sent) => {
    (globalThis as unknown as { postMessage(message: unknown, origin: string): void }).postMessage(sent, '*');
  }, message);
}
