/** Tests of the page's layout on narrow screens, with zoom, in the color modes, and with long names. */

import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';

import type { ConsoleBed } from '../../console-bed.ts';
import { fillWithTutors } from '../channels.ts';
import { brokenWordsIn, poll, violationsIn, WINDOWS } from '../../browser-page.ts';

/** A name of 5,000 characters. The name reverses the text after it, unless the page isolates the name. */
const HOSTILE = `\u202e${'x'.repeat(4_999)}`;

const MODES = [
  { colorScheme: 'dark', forcedColors: 'none' },
  { colorScheme: 'light', forcedColors: 'active' },
  { colorScheme: 'light', forcedColors: 'none' },
] as const;

/** Opens the page's views one after another. */
async function eachView(page: Page, visit: (name: string) => Promise<void>): Promise<void> {
  await page.locator('.list').waitFor();
  await visit('events');
  await page.locator('.what a').first().click();
  await page.getByRole('heading', { name: 'Record' }).waitFor();
  await visit('event');
  await page.getByRole('link', { name: /^Zaps/ }).click();
  await page.locator('.zaps').waitFor();
  await visit('zaps');
}

/** Defines the tests of the layout. The kind of store does not affect the layout. */
export function layout(bed: () => ConsoleBed): void {
  describe('the layout of events', () => {
    beforeAll(() => fillWithTutors(bed(), 8));
    afterEach(() => bed().page.setViewportSize(WINDOWS.wide));

    it('has no violation and no horizontal scrolling in any window, and enough contrast in any mode', async () => {
      const page = await bed().open();
      const found: unknown[] = [];
      await eachView(page, async (view) => {
        // The contrast depends only on the mode, and all other rules depend only on the window.
        for (const mode of MODES) {
          await page.emulateMedia(mode);
          const violations = await violationsIn(page, { runOnly: ['color-contrast'] });
          if (violations.length > 0) found.push([view, mode, violations]);
        }
        for (const [name, size] of Object.entries(WINDOWS)) {
          await page.setViewportSize(size);
          await poll(page);
          const violations = await violationsIn(page, { rules: { 'color-contrast': { enabled: false } } });
          if (await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth'))
            violations.push('overflow');
          violations.push(...(await brokenWordsIn(page)));
          if (violations.length > 0) found.push([view, name, violations]);
        }
        await page.setViewportSize(WINDOWS.wide);
      });
      expect(found).toEqual([]);
    });

    it('begins with the list in a small window, and folds the search, the filters and the chart', async () => {
      const page = await bed().open();
      for (const size of [WINDOWS.narrow, WINDOWS.zoomed]) {
        await page.setViewportSize(size);
        await page.reload();
        await page.locator('.list').waitFor();
        expect((await page.locator('.list').boundingBox())?.y).toBeLessThan(size.height);
        expect(await page.getByLabel('Search names').isVisible()).toBe(false);
        await page.getByText('Search, filters and chart').click();
        expect(await page.getByLabel('Search names').isVisible()).toBe(true);
      }
    });

    it('keeps a heading with a right-to-left name at its place', async () => {
      await bed().send('tutor_updated', { first_name: 'דנה', last_name: 'לוי' });
      const page = await bed().open();
      await page.getByRole('link', { name: 'Tutor updated' }).first().click();
      const name = page.locator('h1 bdi');
      await name.filter({ hasText: 'דנה לוי' }).waitFor();
      const [text, heading] = await page.evaluate<number[]>(`(() => {
        const range = document.createRange();
        range.selectNodeContents(document.querySelector('h1 bdi'));
        return [range.getBoundingClientRect().left, document.querySelector('h1').getBoundingClientRect().left];
      })()`);
      expect(Math.abs((text ?? 0) - (heading ?? 0))).toBeLessThan(2);
    });

    it('shortens a long name in the list, and isolates it from the text around it', async () => {
      await bed().send('tutor_updated', { first_name: HOSTILE, last_name: '' });
      const page = await bed().open();
      const row = page.locator('.list tbody tr').first();
      await row.locator('bdi').filter({ hasText: HOSTILE }).waitFor();
      expect((await row.boundingBox())?.height).toBeLessThan(120);
      await row.getByRole('link').click();
      await page.locator('h1 bdi').filter({ hasText: HOSTILE }).waitFor();
      for (const cell of await page.locator('.record td, .record th').filter({ hasText: HOSTILE }).all())
        expect(await cell.locator('bdi').count()).toBe(1);
    });
  });
}
