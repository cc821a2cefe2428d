/** Tests of the button "Try now". */

import { expect, it } from '@jest/globals';

import { until } from '../../../relay/harness/until.ts';
import { isFocused, polled, seen, violationsIn } from '../browser-page.ts';
import type { ConsoleBed } from '../console-bed.ts';

/** Defines the test of a failing Zap that accepts its events after the button is pressed. */
export function tryNow(bed: () => ConsoleBed): void {
  it('retries the waiting events of a Zap now, in order, and keeps the focus', async () => {
    const page = await bed().open('?outcome=failed');
    await seen(page, 'Sends the waiting events at once, the oldest first.');
    expect(await page.getByRole('button', { name: 'Try now: all Zaps' }).count()).toBe(1);
    expect(await page.getByRole('button', { name: /^Send all again/ }).count()).toBe(0);
    expect(await violationsIn(page)).toEqual([]);
    await page.getByRole('link', { name: /^Zaps/ }).click();
    expect(await page.getByRole('button', { name: /^Try now/ }).count()).toBe(1);
    await page.goBack();
    await page.getByRole('link', { name: 'Invoice paid' }).click();
    const received = () => bed().receivedBy('invoice_paid').length;
    const before = received();
    bed().respond('invoice_paid', 'accept');
    const button = page.getByRole('button', { name: 'Try now: Invoice Paid' });
    await button.press('Enter');
    await seen(page, 'The relay is trying now.');
    await polled(page, page.locator('.badge.delivered'));
    await until(() => received() === before + 2);
    expect(await isFocused(page, button)).toBe(true);
    await button.press('Enter');
    await seen(page, 'The relay has just tried, or the Zap is paused.');
  });
}
