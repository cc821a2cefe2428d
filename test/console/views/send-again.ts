/** Tests of sending events again from the page. */

import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page, Request, Route } from 'playwright-core';

import { until } from '../../../relay/harness/until.ts';
import {
  CONSOLE_SEND_AGAIN_PATH,
  type EventOutcomesResponse,
  type SendAgainResponse,
} from '../../../wire/console-api.ts';
import { SENT_AGAIN, type ConsoleBed } from '../console-bed.ts';
import { changeResponses, isFocused, listed, polled, seen, violationsIn } from '../browser-page.ts';

/** Presses the button with the given name. */
const press = (page: Page, name: string | RegExp): Promise<void> => page.getByRole('button', { name }).click();

/** Defines the tests of events that a Zap has not received. */
export function sendAgain(bed: () => ConsoleBed): void {
  describe('events that did not reach their Zap', () => {
    beforeAll(async () => {
      const subscription = await bed().turnOn('report_created');
      bed().respond('report_created', 'fail');
      for (const id of [1201, 1202]) await bed().sendInVain('report_created', subscription, { id });
      bed().respond('report_created', 'accept');
    });

    it('are named at the top, with a link to them, and are sent again one by one', async () => {
      const page = await bed().open();
      await seen(page, '2 events did not reach New Report');
      await page.getByRole('link', { name: 'Show these events' }).click();
      await listed(page, 2);
      expect(page.url()).toContain('outcome=given_up');
      await page.getByRole('link', { name: /^Zaps/ }).click();
      await page.getByRole('link', { name: '2 events' }).click();
      await listed(page, 2);
      expect(page.url()).toContain('outcome=given_up');
      await page.getByRole('link', { name: 'New report' }).first().click();
      await seen(page, "The relay's operator skipped it. The relay has stopped trying.");
      await press(page, 'Send again to New Report');
      await seen(page, 'This event will be sent to New Report again.');
      expect(await violationsIn(page)).toEqual([]);
      expect(bed().receivedBy('report_created')).toHaveLength(2);
      await press(page, 'Send 1 event again');
      await seen(page, /^1 event will be sent again shortly, /);
      await press(page, 'Close');
      await polled(page, page.locator('.badge.delivered'));
      const received = bed().receivedBy('report_created');
      expect(received).toHaveLength(3);
      const [first, second, again] = received.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);
      expect(again).toMatchObject({ sent_again: true, delivery_id: second?.delivery_id });
      expect(first).not.toHaveProperty('sent_again');
    });
  });
}

/** Defines the test of a Zap that responds with 410. */
export function sendToSuccessor(bed: () => ConsoleBed): void {
  it('an event of a Zap that is off is sent to another Zap with the same trigger, and only on request', async () => {
    await bed().turnOn('invoice_raised');
    bed().respond('invoice_raised', 'gone');
    await bed().send('invoice_raised');
    const page = await bed().open();
    await polled(page, page.getByText(/^1 event did not reach Invoice Raised, off since Today, /));
    await seen(page, /Zapier said that the Zap is off \(410\)/);
    await page.getByRole('link', { name: 'Show these events' }).last().click();
    await listed(page, 1);
    await page.locator('.list tbody a').first().click();
    await press(page, /^Send again to Invoice Raised, off since /);
    await seen(page, 'no Zap with the same trigger and choices is on. Turn one on in Zapier');
    await press(page, 'Close');

    bed().respond('invoice_raised', 'accept');
    await bed().turnOn('invoice_raised');
    const received = () => bed().receivedBy('invoice_raised').length;
    const before = received();
    await press(page, /^Send again to Invoice Raised, off since /);
    await seen(page, 'This event will be sent to a Zap with the same trigger and choices again.');
    expect(received()).toBe(before);
    await press(page, 'Send 1 event again');
    await seen(page, /^1 event will be sent again shortly, /);
    await until(() => received() === before + 1);
    await press(page, 'Close');
    await polled(page, page.getByText('The event was sent to another Zap.'));
  });
}

/** Defines the tests that send more events again than one request allows. */
export function sendManyAgain(bed: () => ConsoleBed): void {
  describe('more events than are sent again at once', () => {
    const COUNT = SENT_AGAIN + 1;
    const received = () => bed().receivedBy('student_updated').length;
    let zap: string;
    beforeAll(async () => {
      zap = await bed().turnOn('student_updated');
      const sends = Array.from({ length: COUNT }, (_, count) => bed().send('student_updated', { id: 5000 + count }));
      await Promise.all(sends);
      await until(() => received() === COUNT);
    });

    it('are counted and sent in two steps, the second after the first', async () => {
      await bed().operate('pause', zap);
      const page = await bed().open(`?outcome=delivered&zap=${zap}`);
      await press(page, /^Send all again/);
      await seen(
        page,
        `${SENT_AGAIN} events will be sent again. More may match the filters. At most ${SENT_AGAIN} are sent at once`,
      );
      await press(page, `Send ${SENT_AGAIN} events again`);
      await seen(page, `${SENT_AGAIN} events will be sent again shortly`);
      await press(page, 'Count the next events');
      await seen(page, '1 event will be sent again.');
      await press(page, 'Send 1 event again');
      await seen(page, 'Other events are still being sent again. Wait until they have arrived, then try again.');
      await press(page, 'Close');
      await bed().operate('resume', zap);
      await until(() => received() === COUNT + SENT_AGAIN);
    });

    it('are all sent if the first events have arrived before the next are sent', async () => {
      const before = received();
      const page = await bed().open(`?outcome=delivered&zap=${zap}`);
      await press(page, /^Send all again/);
      await press(page, `Send ${SENT_AGAIN} events again`);
      await seen(page, `${SENT_AGAIN} events will be sent again shortly`);
      await until(() => received() === before + SENT_AGAIN);
      await press(page, 'Count the next events');
      await press(page, 'Send 1 event again');
      await seen(page, /^1 event will be sent again shortly, /);
      expect(await page.getByRole('button', { name: 'Count the next events' }).count()).toBe(0);
      await until(() => received() === before + COUNT);
    });
  });
}

const COUNTS: SendAgainResponse = { events: 2, deliveries: 2, waiting: 0, next: null, up_to: 9, limit: 500 };

/** Opens the list of delivered events. Each request of the dialog waits until the test responds. */
async function openedList(bed: ConsoleBed) {
  const page = await bed.open('?outcome=delivered');
  await page.locator('.list').waitFor();
  const routes: Route[] = [];
  await page.route(`**${CONSOLE_SEND_AGAIN_PATH}`, (route) => void routes.push(route));
  /** Waits for the dialog's next request. */
  const requested = async (): Promise<Route> => {
    await until(() => routes.length > 0);
    const route = routes.shift();
    if (!route) throw new Error('The dialog has sent no request.');
    return route;
  };
  /** Responds to a request, and waits until the page has processed the response. */
  const end = async (route: Route, response: Partial<SendAgainResponse> | 'no response'): Promise<void> => {
    const predicate = (request: Request) => request === route.request();
    const ended =
      response === 'no response'
        ? page.waitForEvent('requestfailed', predicate)
        : page.waitForEvent('requestfinished', predicate);
    if (response === 'no response') await route.abort();
    else await route.fulfill({ json: { ...COUNTS, ...response } });
    await ended;
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 50))');
  };
  return {
    page,
    requested,
    end,
    sendAll: () => page.getByRole('button', { name: /^Send all again/ }).click(),
    close: () => page.getByRole('button', { name: /^(Close|Cancel)$/ }).click(),
    status: () => page.locator('dialog [role=status]').innerText(),
  };
}

/** Defines the tests of the dialog. The kind of store does not affect the dialog. */
export function sendAgainDialog(bed: () => ConsoleBed): void {
  describe('the dialog that sends events again', () => {
    beforeAll(async () => {
      await bed().turnOn('report_created');
      await bed().send('report_created');
      await until(() => bed().receivedBy('report_created').length === 1);
    });

    it('sends nothing with Enter before the events are counted, and returns the focus if its button is gone', async () => {
      const { page, requested, end, sendAll } = await openedList(bed());
      await page.getByRole('link', { name: 'New report' }).first().click();
      await page.getByRole('button', { name: 'Send again to New Report' }).click();
      const counting = await requested();
      await page.keyboard.press('Enter');
      await seen(page, 'Counting …');
      await end(counting, { events: 1, deliveries: 1 });
      const send = page.getByRole('button', { name: 'Send 1 event again' });
      await until(() => isFocused(page, send));
      await page.keyboard.press('Enter');
      await end(await requested(), { events: 1, deliveries: 1 });
      await seen(page, '1 event will be sent again shortly, and shown as Waiting until then.');
      // The response shows a failing Zap, so the event's page offers another button.
      await changeResponses<EventOutcomesResponse>(page, /\/events\/\d+\/zaps$/, (response) => ({
        ...response,
        zaps: response.zaps.map((atZap) => ({ ...atZap, outcome: 'failed' as const })),
      }));
      await polled(page, page.locator('.badge.failed'));
      await page.keyboard.press('Enter');
      await until(() => isFocused(page, page.getByRole('heading', { level: 1 })));
      await page.goBack();
      await sendAll();
      await end(await requested(), {});
      await page.getByRole('button', { name: 'Send 2 events again' }).press('Enter');
      await end(await requested(), {});
      await seen(page, /^2 events will be sent again shortly, .* This list shows only events that match the filters/);
    });

    it('continues to count while there is nothing to send, and reports that the relay does not respond', async () => {
      const { page, requested, end, sendAll, close } = await openedList(bed());
      await sendAll();
      await seen(page, 'Counting …');
      const nothing = { events: 0, deliveries: 0, waiting: 1 };
      await end(await requested(), { ...nothing, next: 4 });
      const next = await requested();
      expect(next.request().postDataJSON()).toMatchObject({ dry_run: true, after: 4, up_to: 9 });
      await end(next, nothing);
      await seen(page, 'The events are still waiting for their Zaps.');
      await close();
      await sendAll();
      await end(await requested(), 'no response');
      await seen(
        page,
        'The relay did not respond. It is unknown whether the events were sent. Close this dialog and try again.',
      );
      expect(await violationsIn(page)).toEqual([]);
    });

    it('ignores responses that arrive after it was closed', async () => {
      const { page, requested, end, sendAll, close, status } = await openedList(bed());
      const responses = [{ events: 7, deliveries: 7 }, 'no response', { events: 0, deliveries: 0, next: 4 }] as const;
      for (const response of responses) {
        await sendAll();
        const stale = await requested();
        await close();
        await end(stale, response);
        expect(await page.locator('dialog').count()).toBe(0);
        await sendAll();
        await close();
        await sendAll();
        await end(await requested(), response);
        expect(await status()).toBe('Counting …');
        await end(await requested(), {});
        await seen(page, '2 events will be sent again.');
        await close();
      }
    });
  });
}
