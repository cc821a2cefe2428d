/** The layout of the page on narrow screens and with zoom, and its modes. */

import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';

import type { ConsoleBed } from '../console-bed.ts';
import { listed, overflowOf, seen, violationsIn } from './helpers.ts';

const LONG = 'Noah Fitzgerald-Montgomery-Wolstenholme-de-la-Torre-y-Villanueva';
/** Opens the views of the page one after the other. */
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

/** Fills a channel with more events than a page of the list has. */
async function fill(bed: ConsoleBed): Promise<void> {
  await bed.turnOn('tutor_updated');
  for (let count = 0; count < 60; count++) {
    await bed.send(count % 2 === 0 ? 'tutor_updated' : 'student_updated', {
      first_name: LONG,
      last_name: `${count}`,
    });
  }
}

/** Defines the tests of a list with several pages. */
export function pages(bed: () => ConsoleBed): void {
  describe('a list of many events', () => {
    beforeAll(() => fill(bed()));

    it('loads more events, and keeps the filter', async () => {
      const { page } = await bed().open();
      await listed(page, 50);
      await page.getByRole('button', { name: 'Load more' }).click();
      await listed(page, 60);
      await page.getByLabel('Trigger').selectOption('Student Updated');
      await listed(page, 30);
      await seen(page, '30 events');
    });
  });
}

/** Defines the tests of the layout of many events, which does not depend on the store. */
export function layout(bed: () => ConsoleBed): void {
  describe('the layout of many events', () => {
    beforeAll(() => fill(bed()));

    it.each([
      ['at 320 px', { viewport: { width: 320, height: 640 } }],
      ['at 1,280 px with a zoom of 200%', { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }],
    ])('has no horizontal scrolling %s', async (_, options) => {
      const { page } = await bed().open('', {}, options);
      const overflows: Record<string, number> = {};
      await eachView(page, async (name) => {
        overflows[name] = await overflowOf(page);
        expect(await violationsIn(page)).toEqual([]);
      });
      expect(overflows).toEqual({ events: 0, event: 0, zaps: 0 });
    });

    it('is readable in dark mode, and without motion', async () => {
      const { page } = await bed().open('', {}, { colorScheme: 'dark', reducedMotion: 'reduce' });
      await eachView(page, async () => {
        expect(await violationsIn(page)).toEqual([]);
      });
      const style = (property: string) =>
        page.evaluate<string>(`getComputedStyle(document.querySelector('nav a')).${property}`);
      expect(await style('transitionDuration')).toBe('0s');
      expect(await style('colorScheme')).toBe('light dark');
    });
  });
}
