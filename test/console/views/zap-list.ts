/** Tests of the list of Zaps. */

import { expect, it } from '@jest/globals';

import { HOUR_MS, MINUTE_MS } from '../../../console/times.ts';
import { until } from '../../../relay/harness/until.ts';
import { CONSOLE_OVERVIEW_PATH, type ConsoleZap, type OverviewResponse } from '../../../wire/console-api.ts';
import { changeResponses, listed, poll, seen, violationsIn } from '../browser-page.ts';
import type { ConsoleBed } from '../console-bed.ts';

/** Defines the test of three Zaps. One of the Zaps is failing. */
export function zapList(bed: () => ConsoleBed): void {
  it('shows the Zaps with their choices and a link to the editor', async () => {
    const page = await bed().open();
    await page.getByRole('link', { name: /^Zaps/ }).click();
    await seen(page, 'Time Zone: Europe/London · Zap 284561172');
    expect(await page.title()).toBe('Zaps – TutorCruncher for Zapier');
    expect(await page.getByRole('link', { name: 'Open in Zapier' }).getAttribute('href')).toBe(
      'https://zapier.com/editor/284561172',
    );
    await seen(page, /^1 failed attempt; Zapier had an internal problem \(503\); next attempt in \d+ minutes$/);
    expect(await violationsIn(page)).toEqual([]);
    await page.getByRole('link', { name: 'Its events' }).last().click();
    await listed(page, 2);
    await page.getByRole('link', { name: /^Zaps/ }).click();
    await seen(page, '2 events: Will retry, Waiting');
    for (const [name, outcome] of [
      ['Will retry', 'failed'],
      ['Waiting', 'waiting'],
    ] as const) {
      await page.getByRole('link', { name }).click();
      await page.waitForURL(new RegExp(`outcome=${outcome}`));
      await listed(page, 1);
      await page.getByRole('link', { name: /^Zaps/ }).click();
    }
  });
}

/** Defines the test of the states of Zaps. The test changes these states in the relay's response. */
export function zapWaits(bed: () => ConsoleBed): void {
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
}
