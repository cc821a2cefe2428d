/** The box of changes in the page of an event, and its words on a narrow screen. */

import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { until } from '../../../relay/harness/until.ts';
import type { ConsoleBed } from '../console-bed.ts';
import { brokenWordsIn, listed, WINDOWS } from './browser-page.ts';

/** Defines the tests of an invoice that was paid. */
export function changes(bed: () => ConsoleBed): void {
  describe('the changes of an event', () => {
    beforeAll(async () => {
      await bed().turnOn('invoice_paid');
      await bed().send('invoice_raised', { status: 'unpaid', still_left: '63.00', date_paid: null });
      await bed().send('invoice_paid', { status: 'paid', still_left: '0.00' });
      await until(() => bed().receivedBy('invoice_paid').length === 1);
    });
    afterEach(() => bed().page.setViewportSize(WINDOWS.wide));

    it('are shown in the words that the Zap gets, and no word breaks on a narrow screen', async () => {
      const page = await bed().open();
      await listed(page, 2);
      await page.locator('.what a').first().click();
      const box = page.locator('.changes tbody');
      const text = (await box.innerText()).replace(/[\t\n]+/g, ' ');
      expect(text).toMatch(/Invoice Status Unpaid Paid/);
      expect(text).toMatch(/Invoice Still to Pay 63\.00 0\.00/);
      await page.setViewportSize(WINDOWS.narrow);
      expect(await brokenWordsIn(page)).toEqual([]);
    });
  });
}
