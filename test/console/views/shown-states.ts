/** States of Zaps and events that the page shows, in responses that a test has changed. */

import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';

import { HOUR_MS, MINUTE_MS } from '../../../console/times.ts';
import { until } from '../../../relay/harness/until.ts';
import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_OVERVIEW_PATH,
  type ConsoleZap,
  type EventListResponse,
  type EventResponse,
  type OverviewResponse,
} from '../../../wire/console-api.ts';
import type { LinkContents } from '../../../src/hooks/console-link.ts';
import type { ConsoleBed } from '../console-bed.ts';
import { changeResponses, listed, poll, seen, violationsIn, withVerdict } from './browser-page.ts';

/** Opens the list, in which the relay's responses are changed. */
async function openList(bed: ConsoleBed, change: (list: EventListResponse) => EventListResponse): Promise<Page> {
  const page = await bed.open();
  await page.locator('.list').waitFor();
  expect(await page.locator('.list .tag').count()).toBe(0);
  await changeResponses(page, CONSOLE_EVENTS_PATH, change);
  await page.reload();
  return page;
}

/** Defines the tests, which do not depend on the store. */
export function shownStates(bed: () => ConsoleBed): void {
  beforeAll(async () => {
    await bed().turnOn('note_added');
    await bed().send('note_added');
    await until(() => bed().receivedBy('note_added').length === 1);
  });

  it('the Zaps are shown with the longest wait from a minute on, and with their last success', async () => {
    const page = await bed().open();
    await page.locator('.list').waitFor();
    await changeResponses<OverviewResponse>(page, CONSOLE_OVERVIEW_PATH, (overview) => {
      const { now } = overview;
      const changes: readonly Partial<ConsoleZap>[] = [
        { pending: 0, oldest_pending_at: null, last_success_at: null },
        { pending: 1, oldest_pending_at: now - MINUTE_MS + 1, last_success_at: now - MINUTE_MS + 1 },
        { pending: 3, oldest_pending_at: now - MINUTE_MS, last_success_at: now - MINUTE_MS },
        { pending: 2000, oldest_pending_at: now - 5 * HOUR_MS, last_success_at: now - 26 * HOUR_MS },
      ];
      const zaps = changes.map(
        (change, index) => ({ ...overview.zaps[0], id: `zap ${index}`, ...change }) as ConsoleZap,
      );
      return { ...overview, zaps };
    });
    await poll(page);
    await page.getByRole('link', { name: /^Zaps/ }).click();
    await until(async () => (await page.locator('.zaps > li').count()) === 4);
    const partsOf = (title: string) =>
      page.locator('.zaps dl > div').filter({ hasText: title }).locator('dd').allInnerTexts();
    expect(await partsOf('Waiting')).toEqual([
      'None',
      '1 event',
      '3 events for up to 1 minute',
      '2,000 events for up to 5 hours',
    ]);
    expect(await partsOf('Last success')).toEqual(['None yet', 'Just now', '1 minute ago', '1 day ago']);
  });

  it('the chart stacks the outcomes of an hour in proportion to their numbers, the most urgent on top', async () => {
    const page = await bed().open();
    await page.locator('.list').waitFor();
    await changeResponses<OverviewResponse>(page, CONSOLE_OVERVIEW_PATH, (overview) => {
      const hour = overview.hours[0]?.hour ?? 0;
      return {
        ...overview,
        hours: [
          { hour: hour - HOUR_MS, failed: 0, given_up: 0, waiting: 1, delivered: 0, not_wanted: 0 },
          { hour, failed: 10, given_up: 20, waiting: 0, delivered: 30, not_wanted: 40 },
        ],
      };
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

  describe('an event in the list', () => {
    it('names the first 3 of its Zaps', async () => {
      const page = await openList(bed(), (list) => ({
        ...list,
        events: list.events.slice(0, 3).map((event, more) => ({
          ...event,
          zaps: Array.from({ length: 3 + more }, (_, index) => ({
            zap: `zap ${index}`,
            outcome: 'delivered' as const,
            was_on: true,
            is_sent_again: false,
            failure_text: null,
          })),
        })),
      }));
      await listed(page, 3);
      const named = Array(3).fill('Delivered A Zap that is off').join(' ');
      const cells = (await page.locator('.list td.at-zaps').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
      expect(cells).toEqual([named, `${named} and 1 other Zap`, `${named} and 2 other Zaps`]);
    });

    it('and its page never pass off an event with a wrong signature as delivered', async () => {
      const opened = async (change: (contents: LinkContents) => LinkContents) => {
        const page = await bed().open('?outcome=delivered', change);
        await page.locator('.list').waitFor();
        const row = await page.locator('.list tbody tr').first().innerText();
        await page.locator('.list td.what a').first().click();
        await page.getByRole('heading', { name: 'Record' }).waitFor();
        return [row, await page.locator('.detail').innerText()];
      };
      for (const text of await opened(withVerdict(false))) {
        expect(text).toMatch(/Wrong signature/);
        expect(text).not.toMatch(/Delivered|as a Zap gets them/);
      }
      expect(await violationsIn(bed().page)).toEqual([]);
      const [row, detail] = await opened(withVerdict(true));
      expect(row).toMatch(/Delivered/);
      expect(detail).toMatch(/Signature valid/);
      expect((await opened((contents) => ({ ...contents, verdicts: [] })))[1]).toMatch(
        /Signature checked only in the Zap/,
      );
    });

    it('is marked in every state if its signature is wrong, without advice for it', async () => {
      const opened = await bed().open('', withVerdict(false));
      await opened.locator('.list').waitFor();
      const outcomes = ['failed', 'given_up', 'waiting', 'delivered', null] as const;
      const marks = [
        'Will retry, wrong signature',
        'Stopped, wrong signature',
        'Waiting, wrong signature',
        'Wrong signature',
        'No Zap for this, wrong signature',
      ];
      let current: (typeof outcomes)[number] = null;
      await changeResponses<EventListResponse>(opened, CONSOLE_EVENTS_PATH, (list) => ({
        ...list,
        events: list.events.map((event) => ({
          ...event,
          zaps: current === null ? [] : event.zaps.map((atZap) => ({ ...atZap, outcome: current ?? 'waiting' })),
        })),
      }));
      await changeResponses<EventResponse>(opened, /\/events\/\d+$/, (response) => ({
        ...response,
        zaps: current === null ? [] : response.zaps.map((atZap) => ({ ...atZap, outcome: current ?? 'waiting' })),
      }));
      for (const [index, outcome] of outcomes.entries()) {
        current = outcome;
        await opened.reload();
        const badge = opened.locator('.badge').filter({ hasText: new RegExp(`^${marks[index]}$`) });
        await badge.first().waitFor();
        await opened.locator('.list td.what a').first().click();
        await opened.getByRole('heading', { name: 'Record' }).waitFor();
        expect(await badge.count()).toBe(1);
        expect(await opened.locator('.detail').innerText()).not.toMatch(/turn on|Send again|press/i);
        await opened.goBack();
      }
    });

    it('is tagged as a repeat, and its page says what that means', async () => {
      const page = await openList(bed(), (list) => ({
        ...list,
        events: list.events.map((event) => ({ ...event, is_repeat: true })),
      }));
      expect(await page.locator('.list td.what .tag').first().innerText()).toBe('repeat');
      await changeResponses<EventResponse>(page, /\/events\/\d+$/, (response) => ({
        ...response,
        envelope: { ...response.envelope, is_repeat: true },
      }));
      await page.locator('.list td.what a').first().click();
      expect(await page.locator('.detail .note').first().innerText()).toMatch(/^This is a repeat: /);
    });
  });
}
