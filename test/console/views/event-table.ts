/** Tests of the rows in the event list. */

import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';

import { CONSOLE_EVENTS_PATH, type EventListResponse, type EventResponse } from '../../../wire/console-api.ts';
import { changeResponses, listed, rowsOf } from '../browser-page.ts';
import type { ConsoleBed } from '../console-bed.ts';
import { MARKUP } from './channels.ts';

/** Defines the test of events that several Zaps have received. */
export function eventTable(bed: () => ConsoleBed): void {
  it('lists every event with its name and its outcome, newest first', async () => {
    const page = await bed().open();
    await listed(page, 5);
    const rows = (await rowsOf(page)).map((row) => row.replace(/\s+/g, ' '));
    expect(rows).toEqual([
      expect.stringMatching(/^Today, \d\d:\d\d Invoice paid INV-149 · .*Waiting Invoice Paid$/),
      expect.stringMatching(/Invoice paid INV-148 · .*Will retry Invoice Paid$/),
      expect.stringMatching(/Lesson completed Verb tenses · .*Delivered Lesson Completed$/),
      expect.stringContaining(`New client ${MARKUP} Novak Delivered New Client`),
      expect.stringMatching(/New job .*No Zap for this$/),
    ]);
    expect(await page.locator('main img').count()).toBe(0);
  });
}

/** Opens the list, with changes to the list in the relay's responses. */
async function openList(bed: ConsoleBed, change: (list: EventListResponse) => EventListResponse): Promise<Page> {
  const page = await bed.open();
  await page.locator('.list').waitFor();
  expect(await page.locator('.list .tag').count()).toBe(0);
  await changeResponses(page, CONSOLE_EVENTS_PATH, change);
  await page.reload();
  return page;
}

/** Defines the tests of the rows in the list. The tests change the rows' events in the relay's responses. */
export function changedRows(bed: () => ConsoleBed): void {
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
