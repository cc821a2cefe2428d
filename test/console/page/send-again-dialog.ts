/** The requests of the dialog that sends events again. */

import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Route } from 'playwright-core';

import { until } from '../../../relay/harness/until.ts';
import { CONSOLE_SEND_AGAIN_PATH, type SendAgainResponse } from '../../../wire/console-api.ts';
import type { ConsoleBed } from '../console-bed.ts';
import { seen, violationsIn } from './helpers.ts';

const NOT_STALE: SendAgainResponse = { events: 2, deliveries: 2, waiting: 0, next: null, up_to: 9 };

/**
 * Counts the responses to requests of the dialog in `processed`. The count is a task of its own, so that the page has
 * processed the response when it changes.
 */
const COUNT_PROCESSED = `{
  const send = fetch;
  const count = () => setTimeout(() => processed++);
  globalThis.processed = 0;
  globalThis.fetch = async (path, ...options) => {
    const sending = send(path, ...options);
    if (path !== '${CONSOLE_SEND_AGAIN_PATH}') return sending;
    sending.catch(count);
    const response = await sending;
    const read = () => Response.prototype.json.call(response);
    response.json = () => read().finally(count);
    return response;
  };
}`;

/** Opens the list of delivered events. Each request of the dialog waits for the test to respond to it. */
async function openedList(bed: ConsoleBed) {
  const { page } = await bed.open('?outcome=delivered');
  await page.locator('.list').waitFor();
  await page.evaluate(COUNT_PROCESSED);
  const routes: Route[] = [];
  let ended = 0;
  await page.route(`**${CONSOLE_SEND_AGAIN_PATH}`, (route) => void routes.push(route));
  /** Waits for a request. @param index - 0 for the first request */
  const requested = async (index: number): Promise<Route> => {
    await until(() => routes.length > index);
    const route = routes[index];
    if (!route) throw new Error(`The page has not sent request ${index}.`);
    return route;
  };
  /** Ends a request, and waits until the page has processed the result. */
  const end = async (route: Route, response: Partial<SendAgainResponse> | 'no response'): Promise<void> => {
    if (response === 'no response') await route.abort();
    else await route.fulfill({ json: { ...NOT_STALE, ...response } });
    ended++;
    await until(async () => (await page.evaluate<number>('processed')) === ended);
  };
  return {
    page,
    requested,
    end,
    requestCount: () => routes.length,
    sendAll: () => page.getByRole('button', { name: /^Send all again/ }).click(),
    close: () => page.getByRole('button', { name: 'Close' }).click(),
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

    it('reports that the relay does not respond', async () => {
      const { page, requested, end, sendAll } = await openedList(bed());
      await sendAll();
      await seen(page, 'Counting …');
      await end(await requested(0), 'no response');
      await seen(
        page,
        'The relay did not respond. It is unknown whether the events were sent. Close this dialog and try again.',
      );
      expect(await violationsIn(page)).toEqual([]);
    });

    it('continues to count while there is nothing to send', async () => {
      const { page, requested, end, sendAll } = await openedList(bed());
      await sendAll();
      const nothing = { events: 0, deliveries: 0, waiting: 1 };
      await end(await requested(0), { ...nothing, next: 4 });
      const next = await requested(1);
      expect(next.request().postDataJSON()).toMatchObject({ dry_run: true, after: 4, up_to: 9 });
      await end(next, nothing);
      await seen(page, 'The events are still waiting for their Zaps.');
    });

    it.each([
      ['counted', { events: 7, deliveries: 7 }],
      ['failed', 'no response'],
    ] as const)('does not show a count that %s after the dialog was closed', async (_, response) => {
      const { page, requested, end, sendAll, close } = await openedList(bed());
      await sendAll();
      const stale = await requested(0);
      await close();
      await sendAll();
      const current = await requested(1);
      await end(stale, response);
      expect(await page.locator('dialog [role=status]').innerText()).toBe('Counting …');
      await end(current, {});
      await seen(page, '2 events will be sent again.');
    });

    it('stops counting and stays closed once it is closed', async () => {
      const { page, requested, end, requestCount, sendAll, close } = await openedList(bed());
      await sendAll();
      const stale = await requested(0);
      await close();
      await end(stale, { events: 0, deliveries: 0, next: 4 });
      expect(await page.locator('dialog').count()).toBe(0);
      expect(requestCount()).toBe(1);
    });
  });
}
