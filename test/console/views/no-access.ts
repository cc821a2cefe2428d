/** Tests of the access that links grant, and of the end of this access. */

import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Request } from 'playwright-core';

import { HOUR_MS } from '../../../console/times.ts';
import { CONSOLE_PATH } from '../../../wire/console-api.ts';
import { createLinkSecret } from '../../../wire/console-link.ts';
import { listed, poll, polled, seen, violationsIn, withVerdict } from '../browser-page.ts';
import type { ConsoleBed } from '../console-bed.ts';

/** Defines the tests of the access that links grant to a channel with an event. */
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

/** Defines the test of an expired link. The test restarts the relay at a later time. */
export function expiry(bed: () => ConsoleBed): void {
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
}
