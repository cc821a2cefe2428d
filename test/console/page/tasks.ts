/** Tasks of people who use the page with the keyboard alone, each with a bound on the number of keys. */

import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';

import { until } from '../../../relay/harness/until.ts';
import type { ConsoleBed } from '../console-bed.ts';
import { isFocused, listed, polled, rowsOf, seen, tabTo } from './helpers.ts';

/** A keyboard that counts its keys. */
class Keyboard {
  readonly #page: Page;
  count = 0;

  constructor(page: Page) {
    this.#page = page;
  }

  async press(key: string, times = 1): Promise<void> {
    for (let pressed = 0; pressed < times; pressed++) await this.#page.keyboard.press(key);
    this.count += times;
  }

  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
    this.count += text.length;
  }

  /** Presses the Tab key, or Shift and Tab, until an element is focused, at most 20 times. */
  async tabTo(element: Locator, key = 'Tab'): Promise<void> {
    this.count += await tabTo(this.#page, element, 20, key);
  }
}

/** Opens the page. */
async function opened(bed: ConsoleBed): Promise<{ readonly page: Page; readonly keys: Keyboard }> {
  const { page } = await bed.open();
  await listed(page, 50);
  return { page, keys: new Keyboard(page) };
}

/** Opens the page, and from there the invoice that did not reach its Zap. */
async function openedInvoice(bed: ConsoleBed): ReturnType<typeof opened> {
  const { page, keys } = await opened(bed);
  await keys.tabTo(page.getByRole('link', { name: 'Show these events' }).last());
  await keys.press('Enter');
  await listed(page, 1);
  await until(() => isFocused(page, page.getByRole('heading', { name: 'Events' })));
  await keys.tabTo(page.getByRole('link', { name: 'Invoice paid' }));
  await keys.press('Enter');
  await page.getByRole('heading', { name: /Invoice paid.*INV-208/ }).waitFor();
  return { page, keys };
}

/** Defines the tasks. */
export function tasks(bed: () => ConsoleBed): void {
  describe('with the keyboard alone', () => {
    beforeAll(async () => {
      await bed().turnOn('client_updated');
      for (const name of ['Adeyemi', 'Novak', 'Adeyemi']) await bed().send('client_updated', { last_name: name });
      const reports = await bed().turnOn('report_created');
      bed().respond('report_created', 'refuse');
      await bed().sendInVain('report_created', reports);
      const others = Array.from({ length: 50 }, (_, count) => ({ last_name: `Other ${count}` }));
      await Promise.all(others.map((other) => bed().send('client_updated', other)));
      await bed().turnOn('invoice_paid');
      bed().respond('invoice_paid', 'fail');
      await bed().send('invoice_paid', { display_id: 'INV-208' });
      await until(() => bed().receivedBy('invoice_paid').length === 1);
    });

    it('it takes at most 10 keys to find out why an invoice did not arrive', async () => {
      const { page, keys } = await openedInvoice(bed());
      await seen(page, /Zapier had an internal problem \(503\)/);
      expect(keys.count).toBeLessThanOrEqual(10);
    });

    it('it takes at most 13 keys to retry the invoice now', async () => {
      bed().respond('invoice_paid', 'accept');
      const { page, keys } = await openedInvoice(bed());
      await keys.tabTo(page.getByRole('button', { name: 'Try now: Invoice Paid' }));
      await keys.press('Enter');
      await until(() => bed().receivedBy('invoice_paid').length === 2);
      await polled(page, page.locator('.zap-outcomes .badge.delivered'));
      expect(keys.count).toBeLessThanOrEqual(13);
    });

    it('it takes at most 15 keys to find everything about one client of the last week', async () => {
      const { page, keys } = await opened(bed());
      await keys.press('Tab');
      await keys.press('Enter');
      await keys.tabTo(page.getByLabel('Search names'), 'Shift+Tab');
      await keys.type('adeyemi');
      await seen(page, '2 of 55 events');
      await keys.tabTo(page.getByLabel('Time'), 'Shift+Tab');
      await keys.press('ArrowDown', 4);
      await page.waitForURL(/\?when=last-7-days$/);
      await seen(page, '2 of 55 events');
      for (const row of await rowsOf(page)) expect(row).toMatch(/Adeyemi/);
      expect(keys.count).toBeLessThanOrEqual(15);
    });

    it('it takes at most 11 keys to save a list of the events that were given up', async () => {
      const { page, keys } = await opened(bed());
      await keys.tabTo(page.getByRole('button', { name: /^Stopped/ }));
      await keys.press('Enter');
      await listed(page, 1);
      await keys.tabTo(page.getByRole('button', { name: 'Export CSV' }));
      const download = page.waitForEvent('download');
      await keys.press('Enter');
      expect((await download).suggestedFilename()).toMatch(/^tutorcruncher-events-\d{4}-\d\d-\d\d\.csv$/);
      const lines = readFileSync(await (await download).path(), 'utf8')
        .trimEnd()
        .split('\r\n');
      expect(lines).toEqual([
        expect.stringMatching(/"Received \(Europe\/London\)","Event","About","People","Zap","Outcome"$/),
        expect.stringMatching(/,"New report","Report 1207","Priya Raman","New Report","Stopped"$/),
      ]);
      expect(keys.count).toBeLessThanOrEqual(11);
    });
  });
}
