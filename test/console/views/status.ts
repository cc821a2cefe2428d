/** The answer to "Is all well?", and access by links. */

import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Request } from 'playwright-core';

import { HOUR_MS } from '../../../console/times.ts';
import { CONSOLE_PATH } from '../../../wire/console-api.ts';
import { createLinkSecret } from '../../../wire/console-link.ts';
import type { ConsoleBed } from '../console-bed.ts';
import { listed, poll, polled, rowsOf, seen, violationsIn, withVerdict } from './browser-page.ts';

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
    // The steps are still shown.
    expect(await violationsIn(page)).toEqual([]);
  });
}

/** Defines the tests of access by links. The channel has an event. */
export function access(bed: () => ConsoleBed): void {
  describe('access', () => {
    beforeAll(() => bed().send('lesson_updated'));

    it('removes the secret from the address, and keeps it for the tab', async () => {
      const { page, url } = bed();
      const requested: string[] = [];
      const record = (request: Request) => requested.push(request.url());
      page.on('request', record);
      const link = await bed().link();
      await bed().visit(link);
      await polled(page, page.locator('.list'));
      expect(page.url()).toBe(`${url}${CONSOLE_PATH}`);
      await page.reload();
      await page.locator('.list').waitFor();
      page.off('request', record);
      const secret = new URL(link).hash.slice(1);
      expect(requested).not.toEqual([]);
      expect(requested.filter((each) => each.includes(secret) || !each.startsWith(`${url}/`))).toEqual([]);
    });

    it('is not given to another tab', async () => {
      const page = await bed().open();
      await page.locator('.list').waitFor();
      const other = await page.context().newPage();
      await other.goto(page.url());
      await seen(other, 'This page opens with a link');
      expect(await other.title()).toBe('This page opens with a link – TutorCruncher for Zapier');
      await other.close();
    });

    it('is refused with an unknown link, and given by another link in the same tab', async () => {
      const { page, url } = bed();
      await bed().visit(`${url}${CONSOLE_PATH}#${createLinkSecret()}`);
      await seen(page, 'This link does not work');
      expect(await violationsIn(page)).toEqual([]);
      await page.goto(await bed().link());
      await page.locator('.list').waitFor();
      expect(page.url()).toBe(`${url}${CONSOLE_PATH}`);
    });

    it('does not open an event that is sealed with a key that the link lacks, and explains what to do', async () => {
      const page = await bed().open('', (contents) => ({ ...contents, dataKeys: [] }));
      await seen(page, 'Open a fresh link in the Zap editor');
      expect(await page.locator('.list tbody .about').first().innerText()).toMatch(/^Lesson \d+$/);
      await page.getByRole('link', { name: 'Lesson updated' }).first().click();
      await seen(page, 'The contents are sealed with a key that is newer than your link');
    });

    it('shows the verdict that the connector stored with the link', async () => {
      const page = await bed().open('', withVerdict(false));
      await seen(page, 'The newest webhooks were signed with another private key');
    });
  });
}

/** Defines the tests of a Zap that is on, then paused, then off. */
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

/** Defines the tests of a channel whose relay is restarted at a later time. */
export function clock(bed: () => ConsoleBed): void {
  beforeAll(async () => {
    await bed().turnOn('lesson_completed');
    await bed().send('lesson_completed');
  });

  it('closes the page 24 hours after the link was created', async () => {
    const page = await bed().open();
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

  it('reports that no webhook has arrived for longer than usual', async () => {
    await bed().restartAfter(8 * 24 * HOUR_MS);
    const page = await bed().open();
    await seen(page, /^No webhook for [78] days, which is longer than usual$/);
    await seen(page, /^TutorCruncher may have switched the integration off\. .*check that the integration is active/);
    expect(await page.title()).toContain('No webhook for');
  });
}

/** Defines the test of a relay that does not respond. It stops the relay. */
export function unavailable(bed: () => ConsoleBed): void {
  it('does not say that all is well while the relay does not respond, and keeps the list', async () => {
    const page = await bed().open();
    await page.locator('.list').waitFor();
    await page.route('**/console/api/**', (route) => route.fulfill({ status: 429, headers: { 'retry-after': '1' } }));
    await polled(page, page.getByRole('heading', { name: 'The relay has received too many requests' }));
    await page.unroute('**/console/api/**');
    await poll(page);
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await bed().stopRelay();
    await polled(page, page.getByRole('heading', { level: 1, name: 'The relay does not respond' }));
    await seen(page, /^This page shows the state of \d\d:\d\d, and tries again automatically\.$/);
    expect(await page.locator('.status.outdated .state').count()).toBe(1);
    expect(await page.title()).toMatch(/^The relay does not respond/);
    expect(await page.locator('.list').count()).toBe(1);
    expect(await violationsIn(page)).toEqual([]);
    await page.locator('.list td.what a').first().click();
    await seen(page, /^The relay does not respond\. This page shows the state of \d\d:\d\d/);
  });
}
