/** The requests of the dialog that sends events again. */

import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Request, Route } from 'playwright-core';

import { until } from '../../../relay/harness/until.ts';
import { CONSOLE_SEND_AGAIN_PATH, type SendAgainResponse } from '../../../wire/console-api.ts';
import type { ConsoleBed } from '../console-bed.ts';
import { seen, violationsIn } from './helpers.ts';

const COUNTS: SendAgainResponse = { events: 2, deliveries: 2, waiting: 0, next: null, up_to: 9 };

/** Opens the list of delivered events. Each request of the dialog waits for the test to respond to it. */
async function openedList(bed: ConsoleBed) {
  const { page } = await bed.open('?outcome=delivered');
  await page.locator('.list').waitFor();
  const routes: Route[] = [];
  await page.route(`**${CONSOLE_SEND_AGAIN_PATH}`, (route) => void routes.push(route));
  /** Waits for a request. */
  const requested = async (): Promise<Route> => {
    await until(() => routes.length > 0);
    const route = routes.shift();
    if (!route) throw new Error('The dialog has sent no request.');
    return route;
  };
  /** Ends a request, and waits until the page has processed the result. */
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

/** Defines the tests, which do not depend on the store. */
export function sendAgainDialog(bed: () => ConsoleBed): void {
  describe('the dialog that sends events again', () => {
    beforeAll(async () => {
      await bed().turnOn('report_created');
      await bed().send('report_created');
      await until(() => bed().receivedBy('report_created').length === 1);
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
