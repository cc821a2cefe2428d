/** Tests of an event with a wrong signature, in the list and on its page. */

import { describe, expect, it } from '@jest/globals';

import type { LinkContents } from '../../../../src/hooks/console-link.ts';
import { CONSOLE_EVENTS_PATH, type EventListResponse, type EventResponse } from '../../../../wire/console-api.ts';
import { changeResponses, violationsIn, withVerdict } from '../../browser-page.ts';
import type { ConsoleBed } from '../../console-bed.ts';

/** Defines the tests of a delivered event whose signature is wrong. */
export function wrongSignature(bed: () => ConsoleBed): void {
  describe('an event in the list', () => {
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
  });
}
