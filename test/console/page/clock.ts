/** The states of the page that depend on the time. */

import { beforeAll, describe, expect, it } from '@jest/globals';

import type { ConsoleBed } from '../console-bed.ts';
import { listed, poll, seen, violationsIn } from './helpers.ts';

const HOUR_MS = 3_600_000;

/** Defines the tests of a channel whose relay is restarted at a later time. */
export function clock(bed: () => ConsoleBed): void {
  describe('a channel with a Zap', () => {
    beforeAll(async () => {
      await bed().turnOn('lesson_completed');
      await bed().send('lesson_completed');
    });

    it('closes the page 24 hours after the link was created', async () => {
      const { page } = await bed().open();
      await listed(page, 1);
      await bed().restartAfter(23 * HOUR_MS);
      await poll(page);
      await seen(page, /Last webhook from TutorCruncher 2[23] hours ago/i);
      await bed().restartAfter(24 * HOUR_MS);
      await poll(page);
      await seen(page, 'This link does not work');
      await seen(page, 'It has expired, has been replaced by a newer one, or is incomplete.');
      expect(await page.locator('.list').count()).toBe(0);
      await page.reload();
      await seen(page, 'This link does not work');
    });

    it('reports that no webhook has arrived for much longer than usual', async () => {
      await bed().restartAfter(8 * 24 * HOUR_MS);
      const { page } = await bed().open();
      await seen(page, /^No webhook for [78] days, which is much longer than usual$/);
      await seen(page, /^TutorCruncher may have switched the integration off\. .*check that the integration is active/);
      expect(await page.title()).toContain('No webhook for');
      expect(await violationsIn(page)).toEqual([]);
    });
  });
}
