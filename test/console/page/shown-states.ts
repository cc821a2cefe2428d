/** States of Zaps and events that the page shows, in responses that a test has changed. */

import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';

import { until } from '../../../relay/harness/until.ts';
import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_OVERVIEW_PATH,
  type ConsoleZap,
  type EventListResponse,
  type EventResponse,
  type HourCounts,
  type OverviewResponse,
} from '../../../wire/console-api.ts';
import { MAX_VERDICTS } from '../../../wire/link-api.ts';
import type { ConsoleBed } from '../console-bed.ts';
import { listed, poll, seen, violationsIn } from './helpers.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Changes every response of a route, until the page is closed. */
async function changeResponses<T>(page: Page, path: string, change: (response: T) => T): Promise<void> {
  await page.route(
    (url) => url.pathname === path,
    async (route) => {
      const response = (await (await route.fetch()).json()) as T;
      await route.fulfill({ json: change(response) as object });
    },
  );
}

/** Shows Zaps with these states. */
async function openZaps(bed: ConsoleBed, changesAt: (now: number) => readonly Partial<ConsoleZap>[]): Promise<Page> {
  const { page } = await bed.open();
  await page.locator('.list').waitFor();
  await changeResponses<OverviewResponse>(page, CONSOLE_OVERVIEW_PATH, (overview) => {
    const zaps = changesAt(overview.now).map(
      (changes, index) => ({ ...overview.zaps[0], id: `zap ${index}`, ...changes }) as ConsoleZap,
    );
    return { ...overview, zaps };
  });
  await poll(page);
  await page.getByRole('link', { name: /^Zaps/ }).click();
  return page;
}

/** Returns a part of the description of each Zap. */
const partsOf = (page: Page, title: string): Promise<string[]> =>
  page.locator('.zaps dl > div').filter({ hasText: title }).locator('dd').allInnerTexts();

/** Defines the tests, which do not depend on the store. */
export function shownStates(bed: () => ConsoleBed): void {
  beforeAll(async () => {
    await bed().turnOn('note_added');
    await bed().send('note_added');
    await until(() => bed().receivedBy('note_added').length === 1);
  });

  describe('the Zaps', () => {
    it('are shown with the longest wait from a minute on, and with their last success', async () => {
      const page = await openZaps(bed(), (now) => [
        { pending: 0, oldest_pending_at: null, last_success_at: null },
        { pending: 1, oldest_pending_at: now - MINUTE_MS + 1, last_success_at: now - MINUTE_MS + 1 },
        { pending: 3, oldest_pending_at: now - MINUTE_MS, last_success_at: now - MINUTE_MS },
        { pending: 2000, oldest_pending_at: now - 5 * HOUR_MS, last_success_at: now - 26 * HOUR_MS },
      ]);
      await until(async () => (await page.locator('.zaps > li').count()) === 4);
      expect(await partsOf(page, 'Waiting')).toEqual([
        'None',
        '1 event',
        '3 events for up to 1 minute',
        '2,000 events for up to 5 hours',
      ]);
      expect(await partsOf(page, 'Last success')).toEqual(['None yet', 'Just now', '1 minute ago', '1 day ago']);
    });

    it('link to waiting events with their number, and to failed and waiting events separately', async () => {
      const page = await openZaps(bed(), (now) => [
        { pending: 2 },
        {
          pending: 2,
          failing_since: now,
          failures: 1,
          last_failure_text: 'Zapier had a problem',
          oldest_pending_at: now,
        },
      ]);
      const links = page.locator('.zaps dl > div').filter({ hasText: 'Waiting' }).locator('a');
      await until(async () => (await links.count()) === 3);
      const targets = (await links.all()).map(async (link) => [
        await link.innerText(),
        new URL((await link.getAttribute('href')) ?? '', page.url()).searchParams.get('outcome'),
      ]);
      expect(await Promise.all(targets)).toEqual([
        ['2 events', 'waiting'],
        ['Will retry', 'failed'],
        ['Waiting', 'waiting'],
      ]);
      expect((await partsOf(page, 'Waiting'))[1]).toBe('2 events: Will retry, Waiting');
    });
  });

  describe('the chart', () => {
    it('stacks the outcomes of an hour in proportion to their numbers, the most urgent on top', async () => {
      const { page } = await bed().open();
      const counts = { failed: 10, given_up: 20, waiting: 0, delivered: 30, not_wanted: 40 };
      await changeResponses<OverviewResponse>(page, CONSOLE_OVERVIEW_PATH, (overview) => {
        const [first] = overview.hours as [HourCounts];
        const one = { failed: 0, given_up: 0, waiting: 1, delivered: 0, not_wanted: 0 };
        const earlier = { ...one, hour: first.hour - HOUR_MS };
        return { ...overview, hours: [earlier, { ...counts, hour: first.hour }] };
      });
      await poll(page);
      await seen(page, /The highest bar has 100\./);
      const bars = await page.evaluate<[string, number, number][][]>(`
        [...document.querySelectorAll('.chart g')].map((bar) => [...bar.querySelectorAll('rect:not(.area)')].map(
          (part) => [part.getAttribute('class'), part.y.baseVal.value, part.height.baseVal.value].map(
            (value) => typeof value === 'number' ? Math.round(value) : value)))`);
      expect(bars).toEqual([
        // A single event has a height that is visible.
        [['waiting', 98, 2]],
        [
          ['not_wanted', 64, 36],
          ['delivered', 37, 27],
          ['given_up', 19, 18],
          ['failed', 10, 9],
        ],
      ]);
    });
  });

  describe('an event in the list', () => {
    it('names the first 3 of its Zaps', async () => {
      const { page } = await bed().open();
      await page.locator('.list').waitFor();
      await changeResponses<EventListResponse>(page, CONSOLE_EVENTS_PATH, (list) => ({
        ...list,
        events: list.events.slice(0, 3).map((event, more) => ({
          ...event,
          zaps: Array.from({ length: 3 + more }, (_, index) => ({
            ...{ zap: `zap ${index}`, outcome: 'delivered' as const, was_on: true, is_sent_again: false },
          })),
        })),
      }));
      await page.reload();
      await listed(page, 3);
      const named = Array(3).fill('Delivered A Zap that is off').join(' ');
      const cells = (await page.locator('.list td.at-zaps').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
      expect(cells).toEqual([named, `${named} and 1 other Zap`, `${named} and 2 other Zaps`]);
    });

    it('and its page never pass off an event with a wrong signature as delivered', async () => {
      const opened = async (...verdicts: readonly boolean[]) => {
        const { page } = await bed().open('?outcome=delivered', {
          verdicts: verdicts.flatMap((isValid) => Array.from({ length: MAX_VERDICTS }, () => isValid)),
        });
        await page.locator('.list').waitFor();
        const row = await page.locator('.list tbody tr').first().innerText();
        await page.locator('.list td.what a').first().click();
        await page.getByRole('heading', { name: 'Record' }).waitFor();
        expect(await violationsIn(page)).toEqual([]);
        return [row, await page.locator('.detail').innerText()];
      };
      for (const text of await opened(false)) {
        expect(text).toMatch(/Wrong signature/);
        expect(text).not.toMatch(/Delivered|as a Zap gets them/);
      }
      const [row, detail] = await opened(true);
      expect(row).toMatch(/Delivered/);
      expect(detail).toMatch(/Signature valid/);
      expect((await opened())[1]).toMatch(/Signature checked only in the Zap/);
    });

    it('is tagged as a repeat, and its page says what that means', async () => {
      const { page } = await bed().open();
      await page.locator('.list').waitFor();
      expect(await page.locator('.list .tag').count()).toBe(0);
      await changeResponses<EventListResponse>(page, CONSOLE_EVENTS_PATH, (list) => ({
        ...list,
        events: list.events.map((event) => ({ ...event, is_repeat: true })),
      }));
      await page.reload();
      expect(await page.locator('.list td.what .tag').first().innerText()).toBe('repeat');
      await page.route(/\/console\/api\/events\/\d+$/, async (route) => {
        const response = (await (await route.fetch()).json()) as EventResponse;
        await route.fulfill({ json: { ...response, envelope: { ...response.envelope, is_repeat: true } } });
      });
      await page.locator('.list td.what a').first().click();
      expect(await page.locator('.detail .note').first().innerText()).toMatch(/^This is a repeat: /);
    });
  });
}
