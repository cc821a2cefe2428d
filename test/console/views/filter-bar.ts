/** Tests of the event list's filters. */

import { expect, it } from '@jest/globals';

import { listed, seen } from '../browser-page.ts';
import type { ConsoleBed } from '../console-bed.ts';

/** Defines the test that uses the filters. */
export function filterBar(bed: () => ConsoleBed): void {
  it('filters by outcome, trigger and Zap, and keeps the filters in the address', async () => {
    const page = await bed().open();
    await listed(page, 5);
    await page.getByRole('button', { name: /^No Zap for this/ }).click();
    await listed(page, 1);
    expect(page.url()).toMatch(/\?outcome=not_wanted$/);
    await page.reload();
    await listed(page, 1);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await listed(page, 5);
    await page.getByLabel('Trigger').selectOption('Invoice Paid');
    await listed(page, 2);
    await page.getByRole('combobox', { name: 'Zap' }).selectOption('New Client');
    await seen(page, 'No stored event matches these filters.');
    await page.getByLabel('Trigger').selectOption('Any trigger');
    await listed(page, 1);
    await page.getByRole('combobox', { name: 'Zap' }).selectOption('Any Zap');
    await page.getByLabel('Time').selectOption('Yesterday');
    await seen(page, 'No stored event matches these filters.');
    await page.goBack();
    await listed(page, 5);
  });
}
