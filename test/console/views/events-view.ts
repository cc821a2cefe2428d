/** Tests of the event list with its search and its pages. */

import { beforeAll, describe, it } from '@jest/globals';

import { listed, seen } from '../browser-page.ts';
import type { ConsoleBed } from '../console-bed.ts';
import { fillWithTutors } from './channels.ts';

/** Defines the test that searches for names. */
export function nameSearch(bed: () => ConsoleBed): void {
  it('searches the names in the events that match the filters', async () => {
    const page = await bed().open();
    await page.getByRole('button', { name: /^Delivered/ }).click();
    await listed(page, 2);
    await page.getByLabel('Search names').fill('novak IMG');
    await listed(page, 1);
    await seen(page, '1 of 2 events');
    await page.getByLabel('Search names').fill('nobody');
    await seen(page, 'No event contains these words in its names.');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await listed(page, 5);
  });
}

/** Defines the tests of a list with several pages. */
export function manyEvents(bed: () => ConsoleBed): void {
  describe('a list of many events', () => {
    // A page of the list shows fewer than 60 events.
    beforeAll(() => fillWithTutors(bed(), 60));

    it('loads more events, and keeps the filter', async () => {
      const page = await bed().open();
      await listed(page, 50);
      await page.getByRole('button', { name: 'Load more' }).click();
      await listed(page, 60);
      await page.getByLabel('Trigger').selectOption('Student Updated');
      await listed(page, 30);
      await seen(page, '30 events');
    });

    it('opens older events for a search until it is stopped, and continues on request', async () => {
      const page = await bed().open();
      await listed(page, 50);
      const older = (url: URL) => url.searchParams.has('before');
      await page.route(older, async (route) => {
        await page.getByRole('button', { name: 'Stop', exact: true }).click();
        await route.fulfill({ json: { events: [], next: 11 } });
      });
      await page.getByLabel('Search names').fill('montgomery');
      await page.getByRole('button', { name: 'Search older events' }).waitFor();
      await seen(page, '50 of 50 events loaded');
      await page.unrouteAll({ behavior: 'wait' });
      await page.getByRole('button', { name: 'Search older events' }).click();
      await seen(page, '60 of 60 events');
      await listed(page, 50);
      await page.getByRole('button', { name: 'Load more' }).click();
      await listed(page, 60);
    });
  });
}
