/** Tests of the answer to "Is all well?" at the top of the page. */

import { beforeAll, expect, it } from '@jest/globals';

import { HOUR_MS } from '../../../console/times.ts';
import { CONSOLE_PATH } from '../../../wire/console-api.ts';
import { listed, polled, rowsOf, seen, violationsIn } from '../browser-page.ts';
import type { ConsoleBed } from '../console-bed.ts';

/** Defines the tests of a channel without events. */
export function emptyChannel(bed: () => ConsoleBed): void {
  it('shows the steps, with the URL to copy, and which Zaps are on', async () => {
    const page = await bed().open();
    await seen(page, 'No webhook has arrived yet');
    expect(await page.title()).toBe('No webhook has arrived yet – TutorCruncher for Zapier');
    const shown = await page.locator('code').innerText();
    expect(shown).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/hooks\/[\w-]{49}\/[\da-f]{32}$/);
    await page.getByRole('button', { name: 'Copy URL' }).click();
    await seen(page, 'Copied');
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(shown);
    await page.getByRole('link', { name: /^Zaps/ }).click();
    await seen(page, 'No Zap is on. Turn on a Zap');
    // The page still shows the first steps.
    expect(await violationsIn(page)).toEqual([]);
  });
}

/** Defines the test of a failing Zap. */
export function failure(bed: () => ConsoleBed): void {
  it('names the Zap that fails, the response, and when the next attempt is due', async () => {
    const page = await bed().open();
    await seen(page, /^Invoice Paid has been failing for less than a minute$/);
    await seen(page, /^Zapier had an internal problem \(503\)\. The next attempt is due in \d+ minutes/);
    await seen(page, /Last webhook from TutorCruncher just now · 3 Zaps on · 2 events waiting/i);
    expect(await page.title()).toBe('Invoice Paid has been failing for less than a minute – TutorCruncher for Zapier');
    expect(await violationsIn(page)).toEqual([]);
  });
}

/** Defines the tests of a Zap that is first on, then paused, and finally off. */
export function oneZap(bed: () => ConsoleBed): void {
  let zap: string;
  beforeAll(async () => {
    zap = await bed().turnOn('lesson_completed');
    await bed().send('lesson_completed');
  });

  it('reports that all is well', async () => {
    const page = await bed().open();
    await page.getByRole('heading', { name: 'All is well' }).waitFor();
    await seen(page, /Last webhook from TutorCruncher just now · 1 Zap on · nothing waiting/i);
    expect(await page.title()).toBe('All is well – TutorCruncher for Zapier');
    expect(await violationsIn(page)).toEqual([]);
  });

  it('reports that the operator has paused the Zap until the Zap is resumed', async () => {
    await bed().operate('pause', zap);
    await bed().send('lesson_completed', { topic: 'Verb tenses' });
    const page = await bed().open();
    await polled(
      page,
      page.getByText(
        "The relay's operator has paused deliveries to it. 1 event waiting. Ask the operator to resume it.",
      ),
    );
    await seen(page, 'Lesson Completed has been paused for less than a minute');
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
    await bed().turnOff(zap);
    const page = await bed().open(`?zap=${zap}`);
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
}

/** Defines the test of a channel that no longer receives webhooks. The test restarts the relay at a later time. */
export function silence(bed: () => ConsoleBed): void {
  it('reports that no webhook has arrived for longer than usual', async () => {
    await bed().restartAfter(8 * 24 * HOUR_MS);
    const page = await bed().open();
    await seen(page, /^No webhook for [78] days, which is longer than usual$/);
    await seen(page, /^TutorCruncher may have switched the integration off\. .*check that the integration is active/);
    expect(await page.title()).toContain('No webhook for');
  });
}
