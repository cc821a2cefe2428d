/** The states of a channel with one Zap, which its owner and the relay's operator change. */

import { beforeAll, describe, expect, it } from '@jest/globals';

import { CONSOLE_PATH } from '../../../wire/console-api.ts';
import { SUBSCRIPTIONS_PATH } from '../../../wire/relay-api.ts';
import type { ConsoleBed } from '../console-bed.ts';
import { listed, polled, rowsOf, seen, violationsIn } from './helpers.ts';

/** Defines the tests of a Zap that is on, then paused, then off. */
export function oneZap(bed: () => ConsoleBed): void {
  describe('a channel with a Zap', () => {
    let zap: string;
    beforeAll(async () => {
      zap = await bed().turnOn('lesson_completed');
      await bed().send('lesson_completed');
    });

    it('reports that all is well', async () => {
      const { page } = await bed().open();
      await page.getByRole('heading', { name: 'All is well' }).waitFor();
      await seen(page, /Last webhook from TutorCruncher just now · 1 Zap on · nothing waiting/i);
      expect(await page.title()).toBe('All is well – TutorCruncher for Zapier');
      expect(await violationsIn(page)).toEqual([]);
    });

    it('reports that the operator has paused the Zap until the Zap is resumed', async () => {
      await bed().operate('pause', zap);
      await bed().send('lesson_completed', { topic: 'Verb tenses' });
      const { page } = await bed().open();
      await seen(page, 'Lesson Completed has been paused for less than a minute');
      await seen(
        page,
        "The relay's operator has paused deliveries to it. 1 event waiting. Ask the operator to resume it.",
      );
      expect(await violationsIn(page)).toEqual([]);
      await page.getByRole('link', { name: 'Show these events' }).click();
      await listed(page, 1);
      await page.getByRole('link', { name: /^Zaps/ }).click();
      await seen(page, "Paused by the relay's operator for less than a minute");
      await page.getByRole('link', { name: '1 event' }).click();
      await page.waitForURL(/outcome=waiting/);
      await listed(page, 1);
      await bed().operate('resume', zap);
      await polled(page, page.getByRole('heading', { name: 'All is well' }));
    });

    it('reports that no Zap is on, and still shows the outcomes of the events that the Zap received', async () => {
      await bed().api('DELETE', `${SUBSCRIPTIONS_PATH}/${zap}`);
      const { page } = await bed().open(`?zap=${zap}`);
      await polled(page, page.getByText('No Zap is on'));
      await listed(page, 2);
      for (const row of await rowsOf(page)) expect(row).toMatch(/Delivered\s+Lesson Completed, off since Today/);
      expect(await violationsIn(page)).toEqual([]);
      await page.getByRole('link', { name: 'Lesson completed' }).first().click();
      await page.getByRole('heading', { name: /^Lesson Completed, off since/ }).waitFor();
      expect(await page.getByRole('button', { name: /Send again/ }).count()).toBe(0);
      await page.goto(`${bed().url}${CONSOLE_PATH}?zap=00000000-0000-4000-8000-000000000001`);
      await seen(page, 'This Zap is off, and its events are no longer stored.');
    });
  });
}
