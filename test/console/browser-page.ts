/** Helpers for tests of the page in a browser: window sizes, accessibility checks, and waiting for elements. */

import { setTimeout as sleep } from 'node:timers/promises';

import axe, { type RunOptions } from 'axe-core';
import type { Locator, Page } from 'playwright-core';

import { until } from '../../relay/harness/until.ts';
import type { LinkContents } from '../../src/hooks/console-link.ts';

/** Time zone of the browser. */
export const VIEWER_ZONE = 'Europe/London';

/** Sizes of the window. The last size is 1,280 by 900 px at a zoom of 200%. */
export const WINDOWS = {
  wide: { width: 1280, height: 900 },
  tablet: { width: 768, height: 1024 },
  narrow: { width: 320, height: 640 },
  zoomed: { width: 640, height: 450 },
} as const;

const POLL_MS = 100;

/**
 * Returns the axe rules that a page violates, with the first affected element of each rule.
 *
 * @param options - options of axe; default: all rules
 */
export async function violationsIn(page: Page, options: RunOptions = {}): Promise<string[]> {
  if (await page.evaluate<boolean>('!globalThis.axe')) await page.evaluate(axe.source);
  return page.evaluate(async (options) => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run({ resultTypes: ['violations'], ...options });
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
  }, options);
}

/**
 * A JavaScript expression that returns the words that the page breaks over several lines. Words of more than 14 letters
 * are left out.
 */
const BROKEN_WORDS = `(() => {
  const broken = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const { 0: word, index } of texts.currentNode.data.matchAll(/(?<!\\S)\\p{L}{2,14}(?!\\S)/gu)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + word.length);
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      if (lines.size > 1) broken.push(word);
    }
  }
  return broken;
})()`;

/** Returns the words that a page breaks over several lines. Words of more than 14 letters are left out. */
export const brokenWordsIn = (page: Page): Promise<string[]> => page.evaluate<string[]>(BROKEN_WORDS);

/** Returns a function that gives all verdicts in a link the same value. */
export const withVerdict =
  (is_valid: boolean) =>
  (contents: LinkContents): LinkContents => ({
    ...contents,
    verdicts: contents.verdicts.map((verdict) => ({ ...verdict, is_valid })),
  });

/** Changes every response to requests for a path until the test ends. */
export const changeResponses = <T extends object>(
  page: Page,
  path: string | RegExp,
  change: (response: T) => T,
): Promise<unknown> =>
  page.route(
    ({ pathname }) => (typeof path === 'string' ? pathname === path : path.test(pathname)),
    async (route) => {
      const response = (await (await route.fetch()).json()) as T;
      await route.fulfill({ json: change(response) });
    },
  );

/** Returns the texts of the rows in the event list, without the header. */
export const rowsOf = (page: Page): Promise<string[]> => page.locator('.list tbody tr').allInnerTexts();

/** Waits until the page shows an element with the given text. */
export const seen = (page: Page, text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();

/** Makes a page request its data immediately, as it does when its tab becomes visible. */
export const poll = (page: Page): Promise<unknown> =>
  page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");

/** Waits until the page shows an element. Meanwhile, the page requests its data more often than every five seconds. */
export const polled = (page: Page, element: Locator): Promise<void> =>
  until(async () => {
    await poll(page);
    await sleep(POLL_MS);
    return element.first().isVisible();
  });

/** Waits until the list has the given number of events. */
export const listed = (page: Page, count: number): Promise<void> =>
  page.locator(`.list tbody tr:nth-child(${count}):last-child`).waitFor();

/** Returns true if an element is focused. */
export const isFocused = async (page: Page, element: Locator): Promise<boolean> =>
  (await page.locator(':focus').and(element).count()) === 1;

/** Presses a key until an element is focused. @throws {Error} if `times` key presses are not enough */
export async function tabTo(page: Page, element: Locator, times: number, key = 'Tab'): Promise<void> {
  await element.waitFor();
  for (let presses = 0; presses <= times; presses++) {
    if (await isFocused(page, element)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${times} presses of the key ${key} do not reach ${String(element)}.`);
}
