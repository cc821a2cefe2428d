/**
 * Tests that use the page only with the keyboard. They check the focus, and the number of key presses that tasks take.
 */

import { readFileSync } from 'node:fs';

import { beforeAll, expect, it } from '@jest/globals';

import { until } from '../../../../relay/harness/until.ts';
import type { ConsoleBed } from '../../console-bed.ts';
import { isFocused, listed, polled, rowsOf, seen, tabTo } from '../../browser-page.ts';

/** Opens the page with a counter of the keys that are pressed afterwards. */
async function opened(bed: ConsoleBed) {
  const page = await bed.open();
  await listed(page, 50);
  await page.evaluate("keys = 0; addEventListener('keydown', ({ key }) => (keys += Number(key !== 'Shift')), true)");
  return { page, keys: () => page.evaluate<number>('keys') };
}

/** Defines the tests that complete tasks with the keyboard. The tests set up a separate channel. */
export function keyboardTasks(bed: () => ConsoleBed): void {
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

  it('it takes at most 10 keys to find out why an invoice did not arrive, and 3 more to retry it now', async () => {
    const { page, keys } = await opened(bed());
    await tabTo(page, page.getByRole('link', { name: 'Show these events' }).last(), 20);
    await page.keyboard.press('Enter');
    await listed(page, 1);
    await until(() => isFocused(page, page.getByRole('heading', { name: 'Events' })));
    await tabTo(page, page.getByRole('link', { name: 'Invoice paid' }), 20);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /Invoice paid.*INV-208/ }).waitFor();
    await seen(page, /Zapier had an internal problem \(503\)/);
    expect(await keys()).toBeLessThanOrEqual(10);
    bed().respond('invoice_paid', 'accept');
    await tabTo(page, page.getByRole('button', { name: 'Try now: Invoice Paid' }), 20);
    await page.keyboard.press('Enter');
    await until(() => bed().receivedBy('invoice_paid').length === 2);
    await polled(page, page.locator('.zap-outcomes .badge.delivered'));
    expect(await keys()).toBeLessThanOrEqual(13);
  });

  it('it takes at most 15 keys to find everything about one client of the last week', async () => {
    const { page, keys } = await opened(bed());
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByLabel('Search names'), 20, 'Shift+Tab');
    await page.keyboard.type('adeyemi');
    await seen(page, '2 of 55 events');
    await tabTo(page, page.getByLabel('Time'), 20, 'Shift+Tab');
    for (let count = 0; count < 4; count++) await page.keyboard.press('ArrowDown');
    await page.waitForURL(/\?when=last-7-days$/);
    await seen(page, '2 of 55 events');
    for (const row of await rowsOf(page)) expect(row).toMatch(/Adeyemi/);
    expect(await keys()).toBeLessThanOrEqual(15);
  });

  it('it takes at most 11 keys to save a list of the events that were given up', async () => {
    const { page, keys } = await opened(bed());
    await tabTo(page, page.getByRole('button', { name: /^Stopped/ }), 20);
    await page.keyboard.press('Enter');
    await listed(page, 1);
    await tabTo(page, page.getByRole('button', { name: 'Export CSV' }), 20);
    const download = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    expect((await download).suggestedFilename()).toMatch(/^tutorcruncher-events-\d{4}-\d\d-\d\d\.csv$/);
    const lines = readFileSync(await (await download).path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    expect(lines).toEqual([
      expect.stringMatching(
        /"Received \(Europe\/London\)","Event",.*,"Zap","Zap Number","Zap Link","Outcome","Reason"$/,
      ),
      expect.stringMatching(
        /^"[\d-]{10} [\d:]{8}","New report","Report 1207","Priya Raman","New Report","","","Stopped","The relay's operator skipped it"$/,
      ),
    ]);
    expect(await keys()).toBeLessThanOrEqual(11);
  });
}

/** Defines the test of the focus in a channel with several Zaps. */
export function keyboardOnly(bed: () => ConsoleBed): void {
  it('can be used with the keyboard alone', async () => {
    const page = await bed().open();
    await listed(page, 5);
    const bar = page.getByRole('button', { name: /^Today, \d\d:00 to \d\d:00: \d+ events/ });
    await tabTo(page, bar.last(), 11);
    await page.keyboard.press('Tab');
    expect(await isFocused(page, page.getByLabel('Trigger'))).toBe(true);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\?when=\d+$/);
    const event = page.getByRole('link', { name: 'Lesson completed' });
    await event.waitFor();
    await tabTo(page, event, 6);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Record' }).waitFor();
    expect(await isFocused(page, page.getByRole('heading', { level: 1 }))).toBe(true);
    const again = page.getByRole('button', { name: 'Send again to Lesson Completed' });
    await tabTo(page, again, 2);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Send 1 event again' }).waitFor();
    await page.keyboard.press('Escape');
    // A closed dialog has no role. Nevertheless, the button opens no dialog until the page has removed the closed
    // dialog.
    await page.locator('dialog').waitFor({ state: 'detached' });
    await until(() => isFocused(page, again));
    await page.keyboard.press('Enter');
    await until(() => isFocused(page, page.getByRole('button', { name: 'Send 1 event again' })));
    await page.keyboard.press('Enter');
    await seen(page, '1 event will be sent again shortly, and shown as Waiting until then.');
    await until(() => isFocused(page, page.getByRole('button', { name: 'Close' })));
    await page.keyboard.press('Enter');
    await until(() => isFocused(page, again));
    await page.goBack();
    await until(() => isFocused(page, event));
  });
}
