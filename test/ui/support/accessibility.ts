import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Frame, FrameLocator, Page } from '@playwright/test';

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

const { resolve } = createRequire(import.meta.url);

/** What axe-core finds wrong in the document of a webview, a line each; rules for whole pages are not asked. */
export async function accessibilityProblems(webview: FrameLocator): Promise<string[]> {
  const body = await webview.locator('body').elementHandle();
  const frame = await body.ownerFrame();
  if (!frame) throw new Error('The webview is gone.');
  return problemsIn(frame);
}

/**
 * The same of a page that is opened alone, or of a part of the workbench.
 *
 * @param only the rule that is asked; absent: all
 * @param within a selector; absent: everything
 */
export async function problemsIn(page: Frame | Page, only?: 'color-contrast', within?: string): Promise<string[]> {
  // As text: the policy of the page forbids it scripts that are not its own, not the debugger.
  if (!(await page.evaluate(`'axe' in globalThis`))) {
    await page.evaluate(await readFile(resolve('axe-core/axe.min.js'), 'utf8'));
  }
  const rules = `{ region: { enabled: false }, 'page-has-heading-one': { enabled: false }, 'landmark-one-main': { enabled: false } }`;
  const place = within === undefined ? 'document' : JSON.stringify(within);
  const results = await page.evaluate<AxeResults>(
    only === undefined
      ? `axe.run(${place}, { rules: ${rules}, resultTypes: ['violations'] })`
      : `axe.run(${place}, { runOnly: ['${only}'], resultTypes: ['violations'] })`,
  );
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html.slice(0, 300)} ${failureSummary ?? ''}`),
  );
}
