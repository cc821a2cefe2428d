/** The states of the page that result from the passing of time or from commands of the relay's operator. */

import { beforeAll, describe, expect, it } from '@jest/globals';

import { SUBSCRIPTIONS_PATH } from '../../../wire/relay-api.ts';
import type { ConsoleBed } from '../console-bed.ts';
import { listed, seen, violationsIn } from './helpers.ts';

const HOUR_MS = 3_600_000;

/** Defines the tests of a channel whose relay is restarted later. */
export function clock(bed: () => ConsoleBed): void {
  describe('a channel with a Zap', () => {
    let zap: string;
    beforeAll(async () => {
      zap = await bed().turnOn('lesson_completed');
      await bed().send('lesson_completed');
    });

    it('says that all is well', async () => {
      const { page } = await bed().open();
      await page.getByRole('heading', { name: 'All is well' }).waitFor();
      await seen(page, /Last webhook from TutorCruncher just now · 1 Zap on · nothing waiting/i);
      expect(await page.title()).toBe('All is well – TutorCruncher for Zapier');
      expect(await violationsIn(page)).toEqual([]);
    });

    it('says that the operator has paused the Zap, until the Zap is resumed', async () => {
      await bed().operate('pause', zap);
      await bed().send('lesson_completed', { topic: 'Verb tenses' });
      const { page } = await bed().open();
      await seen(page, 'Lesson Completed has been paused for less than a minute');
      await seen(page, "The relay's operator holds its events back. 1 event waiting. Ask the operator to resume it.");
      expect(await violationsIn(page)).toEqual([]);
      await page.getByRole('link', { name: 'Show these events' }).click();
      await listed(page, 1);
      await page.getByRole('link', { name: /^Zaps/ }).click();
      await seen(page, "Paused by the relay's operator for less than a minute");
      await bed().operate('resume', zap);
      await page.getByRole('heading', { name: 'All is well' }).waitFor();
    });

    it('closes the page 24 hours after the link was created', async () => {
      const { page } = await bed().open();
      await listed(page, 2);
      await bed().restartAfter(23 * HOUR_MS);
      await seen(page, /Last webhook from TutorCruncher 2[23] hours ago/i);
      await bed().restartAfter(24 * HOUR_MS);
      await seen(page, 'This link does not work');
      await seen(page, 'It has expired, has been replaced by a newer one, or is incomplete.');
      expect(await page.locator('.list').count()).toBe(0);
      await page.reload();
      await seen(page, 'This link does not work');
    });

    it('says that no webhook has arrived for much longer than usual', async () => {
      await bed().restartAfter(8 * 24 * HOUR_MS);
      const { page } = await bed().open();
      await seen(page, /^No webhook for [78] days, which is much longer than usual$/);
      await seen(page, /^TutorCruncher may have switched the integration off\. .*check that the integration is active/);
      expect(await page.title()).toContain('No webhook for');
      expect(await violationsIn(page)).toEqual([]);
    });

    it('says that no Zap is on', async () => {
      await bed().api('DELETE', `${SUBSCRIPTIONS_PATH}/${zap}`);
      const { page } = await bed().open(`?zap=${zap}`);
      await seen(page, 'No Zap is on');
      await seen(page, 'This Zap is off. The relay knows only the Zaps that are on.');
      expect(await violationsIn(page)).toEqual([]);
    });
  });
}
