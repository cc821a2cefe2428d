/** Helpers for the tests of the page in a browser. */

import { setTimeout as sleep } from 'node:timers/promises';

import axe from 'axe-core';
import type { Locator, Page } from 'playwright-core';

import { until } from '../../../relay/harness/until.ts';

const POLL_MS = 100;

/**
 * Returns the axe rules that a page violates, each with the first affected element.
 *
 * @param rules - the rules to check; default: all
 */
export async function violationsIn(page: Page, rules?: string[]): Promise<string[]> {
  if (await page.evaluate<boolean>('!globalThis.axe')) await page.evaluate(axe.source);
  return page.evaluate(async (runOnly) => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run({ resultTypes: ['violations'], ...(runOnly && { runOnly }) });
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
  }, rules);
}

/** Returns the texts of the rows of the event list, without the header. */
export const rowsOf = (page: Page): Promise<string[]> => page.locator('.list tbody tr').allInnerTexts();

/** Waits until an element with the given text is shown. */
export const seen = (page: Page, text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor();

/** Makes a page request its data immediately, as it does when its tab becomes visible. */
export const poll = (page: Page): Promise<unknown> =>
  page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");

/** Waits until an element is shown. The page requests its data more often than every five seconds. */
export const polled = (page: Page, element: Locator): Promise<void> =>
  until(async () => {
    await poll(page);
    await sleep(POLL_MS);
    return element.first().isVisible();
  });

/** Waits until the list has a number of events. */
export const listed = (page: Page, count: number): Promise<void> =>
  until(async () => (await page.locator('.list tbody tr').count()) === count);

/** Returns true if an element is focused. */
export const isFocused = async (page: Page, element: Locator): Promise<boolean> =>
  (await page.locator(':focus').and(element).count()) === 1;

/**
 * Presses a key until an element is focused.
 *
 * @returns the number of presses
 * @throws {Error} after a number of times
 */
export async function tabTo(page: Page, element: Locator, times: number, key = 'Tab'): Promise<number> {
  await element.waitFor();
  for (let presses = 0; presses <= times; presses++) {
    if (await isFocused(page, element)) return presses;
    await page.keyboard.press(key);
  }
  throw new Error(`${times} presses of the key ${key} do not reach ${String(element)}.`);
}

/** Returns the number of pixels by which a page is wider than its window. */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate<number>('Math.max(0, document.documentElement.scrollWidth - innerWidth)');
