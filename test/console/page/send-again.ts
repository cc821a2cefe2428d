/** Tests of sending events again from the page. */

import { beforeAll, describe, expect, it } from '@jest/globals';

import { until } from '../../../relay/harness/until.ts';
import { MAX_SENT_AGAIN } from '../../../wire/console-api.ts';
import type { ConsoleBed } from '../console-bed.ts';
import { listed, polled, seen, violationsIn } from './helpers.ts';

/** Defines the tests of events that a Zap did not receive. */
export function sendAgain(bed: () => ConsoleBed): void {
  describe('events that did not reach their Zap', () => {
    beforeAll(async () => {
      const subscription = await bed().turnOn('report_created');
      bed().respond('report_created', 'fail');
      for (const id of [1201, 1202]) await bed().sendInVain('report_created', subscription, { id });
      bed().respond('report_created', 'accept');
    });

    it('are named at the top, with a link to them', async () => {
      const { page } = await bed().open();
      await seen(page, '2 events did not reach New Report');
      await page.getByRole('link', { name: 'Show these events' }).click();
      await listed(page, 2);
      expect(page.url()).toContain('outcome=given_up');
      await page.getByRole('link', { name: /^Zaps/ }).click();
      await page.getByRole('link', { name: '2 events' }).click();
      await listed(page, 2);
      expect(page.url()).toContain('outcome=given_up');
    });

    it('are sent again one by one', async () => {
      const { page } = await bed().open('?outcome=given_up');
      await page.getByRole('link', { name: 'New report' }).first().click();
      await seen(page, "The relay's operator skipped it. The relay has stopped trying.");
      await page.getByRole('button', { name: 'Send again to New Report' }).click();
      await seen(page, 'This event will be sent to New Report again.');
      expect(await violationsIn(page)).toEqual([]);
      expect(bed().receivedBy('report_created')).toHaveLength(2);
      await page.getByRole('button', { name: 'Send 1 event again' }).click();
      await seen(page, '1 event will be sent again shortly.');
      await page.getByRole('button', { name: 'Close' }).click();
      await polled(page, page.locator('.badge.delivered'));
      const received = bed().receivedBy('report_created');
      expect(received).toHaveLength(3);
      const [first, second, again] = received.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);
      expect(again).toMatchObject({ sent_again: true, delivery_id: second?.delivery_id });
      expect(first).not.toHaveProperty('sent_again');
    });

    it('are sent again together, after their number has been shown', async () => {
      const { page } = await bed().open('?outcome=given_up');
      await listed(page, 1);
      const sent = bed().receivedBy('report_created').length;
      await page.getByRole('button', { name: /^Send all again/ }).click();
      await seen(page, '1 event will be sent again.');
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('button', { name: /^Send all again/ }).click();
      await page.getByRole('button', { name: 'Send 1 event again' }).click();
      await seen(page, '1 event will be sent again shortly.');
      await until(() => bed().receivedBy('report_created').length === sent + 1);
      await page.getByRole('button', { name: 'Close' }).click();
      await polled(page, page.getByText('No stored event matches these filters.'));
    });

    it('are sent a third time, although they have been delivered', async () => {
      const { page } = await bed().open('?outcome=delivered');
      await page.getByRole('link', { name: 'New report' }).first().click();
      const sent = bed().receivedBy('report_created').length;
      await page.getByRole('button', { name: 'Send again to New Report' }).click();
      await page.getByRole('button', { name: 'Send 1 event again' }).click();
      await until(() => bed().receivedBy('report_created').length === sent + 1);
    });
  });
}

/** Defines the test of a Zap that responds with 410. */
export function sendToSuccessor(bed: () => ConsoleBed): void {
  it('an event of a Zap that is off is sent to another Zap with the same trigger, and only on request', async () => {
    await bed().turnOn('invoice_raised');
    bed().respond('invoice_raised', 'gone');
    await bed().send('invoice_raised');
    const { page } = await bed().open();
    const press = (name: string | RegExp) => page.getByRole('button', { name }).click();
    await polled(page, page.getByText(/^1 event did not reach Invoice Raised, off since Today, /));
    await seen(page, /Zapier said that the Zap is off \(410\)/);
    expect(await violationsIn(page)).toEqual([]);
    await page.getByRole('link', { name: 'Show these events' }).click();
    await listed(page, 1);
    await page.locator('.list tbody a').first().click();
    await press(/^Send again to Invoice Raised, off since /);
    await seen(page, 'no Zap with the same trigger and choices is on. Turn one on in Zapier');
    expect(await violationsIn(page)).toEqual([]);
    await press('Close');

    bed().respond('invoice_raised', 'accept');
    await bed().turnOn('invoice_raised');
    const received = () => bed().receivedBy('invoice_raised').length;
    const before = received();
    await press(/^Send again to Invoice Raised, off since /);
    await seen(page, 'This event will be sent to a Zap with the same trigger and choices again.');
    expect(received()).toBe(before);
    await press('Send 1 event again');
    await seen(page, '1 event will be sent again shortly.');
    await until(() => received() === before + 1);
    await press('Close');
    await polled(page, page.getByText('The event was sent to another Zap.'));
  });
}

/** Defines the tests of more events than one request sends again. */
export function sendManyAgain(bed: () => ConsoleBed): void {
  describe('more events than are sent again at once', () => {
    const COUNT = MAX_SENT_AGAIN + 1;
    const received = () => bed().receivedBy('student_updated').length;
    let zap: string;
    beforeAll(async () => {
      zap = await bed().turnOn('student_updated');
      for (let count = 0; count < COUNT; count += 3) {
        await Promise.all([0, 1, 2].map((index) => bed().send('student_updated', { id: 5000 + count + index })));
      }
      await until(() => received() === COUNT);
    });

    it('are counted and sent in two steps, the second after the first', async () => {
      await bed().operate('pause', zap);
      const { page } = await bed().open(`?outcome=delivered&zap=${zap}`);
      const press = (name: string | RegExp) => page.getByRole('button', { name }).click();
      await press(/^Send all again/);
      await seen(page, `${MAX_SENT_AGAIN} events will be sent again. More may match the filters.`);
      await press(`Send ${MAX_SENT_AGAIN} events again`);
      await seen(page, `${MAX_SENT_AGAIN} events will be sent again shortly.`);
      await press('Count the next events');
      await seen(page, '1 event will be sent again.');
      await press('Send 1 event again');
      await seen(page, 'Other events are still being sent again. Wait until they have arrived, then try again.');
      expect(await violationsIn(page)).toEqual([]);
      await press('Close');
      await bed().operate('resume', zap);
      await until(() => received() === COUNT + MAX_SENT_AGAIN);
    });

    it('are all sent if the first events have arrived before the next are sent', async () => {
      const before = received();
      const { page } = await bed().open(`?outcome=delivered&zap=${zap}`);
      const press = (name: string | RegExp) => page.getByRole('button', { name }).click();
      await press(/^Send all again/);
      await press(`Send ${MAX_SENT_AGAIN} events again`);
      await seen(page, `${MAX_SENT_AGAIN} events will be sent again shortly.`);
      await until(() => received() === before + MAX_SENT_AGAIN);
      await press('Count the next events');
      await press('Send 1 event again');
      await seen(page, '1 event will be sent again shortly.');
      expect(await page.getByRole('button', { name: 'Count the next events' }).count()).toBe(0);
      await until(() => received() === before + COUNT);
    });
  });
}
