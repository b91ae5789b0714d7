import type { Page } from '@playwright/test';

/** As much of an element as is asked here, in the page. */
interface Element {
  readonly tagName: string;
  readonly className: string;
  readonly textContent: string;
  readonly parentElement: Element | null;
  readonly scrollWidth: number;
  readonly clientWidth: number;
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string }>;
  contains(other: Element): boolean;
  matches(selector: string): boolean;
  closest(selector: string): Element | null;
  getBoundingClientRect(): Box;
  checkVisibility(options: Readonly<Record<string, boolean>>): boolean;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

interface Document {
  readonly body: Element;
  querySelectorAll(selector: string): Iterable<Element>;
}

/**
 * What a page cuts off or lays over each other at its present size, a line each: what can be operated has to lie within
 * everything that clips it sideways and on nothing else that can be operated; a text that does not fit ends in dots.
 */
export function layoutProblems(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { document, getComputedStyle, innerWidth } = globalThis as unknown as {
      readonly document: Document;
      readonly innerWidth: number;
      readonly getComputedStyle: (
        element: Element,
      ) => Readonly<Record<'overflowX' | 'overflowY' | 'textOverflow', string>>;
    };
    const tolerance = 1.5;
    const nameOf = (element: Element): string =>
      `${element.tagName.toLowerCase()}.${element.className.replaceAll(' ', '.')} "${element.textContent.trim().slice(0, 40)}"`;
    const isShown = (element: Element): boolean =>
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
      element.closest('.announcer') === null;
    /** The part that is seen: what can be scrolled into view counts as seen sideways only. */
    const seen = (element: Element): Box | undefined => {
      let { left, top, right, bottom } = element.getBoundingClientRect();
      for (let around = element.parentElement; around; around = around.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(around);
        if (overflowX === 'visible' && overflowY === 'visible') continue;
        const box = around.getBoundingClientRect();
        left = Math.max(left, box.left);
        right = Math.min(right, box.right);
        top = Math.max(top, box.top);
        bottom = Math.min(bottom, box.bottom);
      }
      return right - left > 0 && bottom - top > 0 ? { left, top, right, bottom } : undefined;
    };
    const scrollsSideways = (element: Element): boolean => {
      for (let around = element.parentElement; around; around = around.parentElement) {
        if (getComputedStyle(around).overflowX === 'auto') return true;
      }
      return false;
    };
    const problems: string[] = [];
    if (document.body.scrollWidth > innerWidth) problems.push(`the page is ${document.body.scrollWidth} px wide`);
    const controls = [...document.querySelectorAll('button, input, select, a[href], summary')].filter(isShown);
    const boxes = controls.flatMap((control) => {
      const box = seen(control);
      const whole = control.getBoundingClientRect();
      const isCut = !box || box.left - whole.left > tolerance || whole.right - box.right > tolerance;
      // What is above or below the part of a list that is shown is no matter of the width.
      if (isCut && (box !== undefined || whole.right > innerWidth) && !scrollsSideways(control)) {
        problems.push(`cut off: ${nameOf(control)}`);
      }
      return box ? [{ control, box }] : [];
    });
    boxes.forEach(({ control, box }, at) => {
      for (const other of boxes.slice(at + 1)) {
        if (control.contains(other.control) || other.control.contains(control)) continue;
        const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const high = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        // What stays while a list scrolls under it lies over it on purpose.
        const isSticky = [control, other.control].some((each) => each.closest('.run-row, .stages') !== null);
        if (wide > tolerance && high > tolerance && !isSticky) {
          problems.push(`${nameOf(control)} lies on ${nameOf(other.control)}`);
        }
      }
    });
    for (const element of document.querySelectorAll('body *')) {
      const hasText = [...element.childNodes].some(
        ({ nodeType, textContent }) => nodeType === 3 && textContent.trim() !== '',
      );
      if (!hasText || !isShown(element) || element.closest('.preview > span') !== null) continue;
      const { overflowX, textOverflow } = getComputedStyle(element);
      const isCut = element.scrollWidth > element.clientWidth + tolerance && overflowX === 'hidden';
      if (isCut && textOverflow !== 'ellipsis') problems.push(`its text is cut: ${nameOf(element)}`);
    }
    return problems;
  });
}
