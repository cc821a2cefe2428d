/** Tests of the button that sends all events in the list again. */

import { expect, it } from '@jest/globals';

import { listed } from '../browser-page.ts';
import type { ConsoleBed } from '../console-bed.ts';

/** Defines the test that checks when the page offers the button. */
export function sendAllAgain(bed: () => ConsoleBed): void {
  it('offers to send all events only if the list shows exactly the events that match the filters', async () => {
    const page = await bed().open();
    const sendAll = page.getByRole('button', { name: /^Send all again/ });
    await listed(page, 5);
    expect(await sendAll.count()).toBe(0);
    await page.getByRole('button', { name: /^Delivered/ }).click();
    await listed(page, 2);
    expect(await sendAll.count()).toBe(1);
    await page.getByLabel('Search names').fill('novak IMG');
    await listed(page, 1);
    expect(await sendAll.count()).toBe(0);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await listed(page, 5);
    expect(await sendAll.count()).toBe(0);
  });
}
