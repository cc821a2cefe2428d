/** The answer to "Is all well?", and access by links. */

import { beforeAll, describe, expect, it } from '@jest/globals';

import { CONSOLE_PATH } from '../../../wire/console-api.ts';
import { MAX_LINKS } from '../../../wire/link-api.ts';
import { createLinkSecret } from '../../../wire/console-link.ts';
import type { ConsoleBed } from '../console-bed.ts';
import { poll, polled, seen, violationsIn } from './helpers.ts';

/** Defines the tests of a channel without events. */
export function emptyChannel(bed: () => ConsoleBed): void {
  describe('a channel without events', () => {
    it('shows the steps, with the URL to copy', async () => {
      const { page, errors } = await bed().open('', {}, { permissions: ['clipboard-read', 'clipboard-write'] });
      await seen(page, 'No webhook has arrived yet');
      expect(await page.title()).toBe('No webhook has arrived yet – TutorCruncher for Zapier');
      const shown = await page.locator('code').innerText();
      expect(shown).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/hooks\/[\w-]{49}\/[\da-f]{32}$/);
      await page.getByRole('button', { name: 'Copy URL' }).click();
      await seen(page, 'Copied');
      expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(shown);
      expect(await violationsIn(page)).toEqual([]);
      expect(errors).toEqual([]);
    });

    it('shows which Zaps are on', async () => {
      const { page } = await bed().open('?view=zaps');
      await seen(page, 'No Zap is on. Turn on a Zap');
      expect(await violationsIn(page)).toEqual([]);
    });
  });
}

/** Defines the tests of access by links. The channel has an event. */
export function access(bed: () => ConsoleBed): void {
  describe('access', () => {
    beforeAll(() => bed().send('lesson_updated'));

    it('removes the secret from the address, and keeps it for the tab', async () => {
      const { page, requested } = await bed().window();
      const link = await bed().link();
      const secret = new URL(link).hash.slice(1);
      await page.goto(link);
      await page.locator('.list').waitFor();
      expect(page.url()).toBe(`${bed().url}${CONSOLE_PATH}`);
      await page.reload();
      await page.locator('.list').waitFor();
      expect(requested.filter((url) => url.includes(secret))).toEqual([]);
      expect(requested.filter((url) => !url.startsWith(`${bed().url}/`))).toEqual([]);
    });

    it('is not given to another tab', async () => {
      const { page } = await bed().open();
      await page.locator('.list').waitFor();
      const other = await page.context().newPage();
      await other.goto(page.url());
      await seen(other, 'This page opens with a link');
      expect(await other.title()).toBe('This page opens with a link – TutorCruncher for Zapier');
      expect(await violationsIn(other)).toEqual([]);
    });

    it.each([
      ['an unknown link', createLinkSecret()],
      ['an incomplete link', 'abc'],
    ])('is refused with %s, and given by another link in the same tab', async (_, secret) => {
      const { page } = await bed().window();
      await page.goto(`${bed().url}${CONSOLE_PATH}#${secret}`);
      await seen(page, 'This link does not work');
      expect(await violationsIn(page)).toEqual([]);
      await page.goto(await bed().link());
      await page.locator('.list').waitFor();
      expect(page.url()).toBe(`${bed().url}${CONSOLE_PATH}`);
    });

    it('ends in an open page when the link expires', async () => {
      const { page } = await bed().open();
      await page.locator('.list').waitFor();
      for (let count = 0; count < MAX_LINKS; count++) await bed().link();
      await poll(page);
      await seen(page, 'This link does not work');
      expect(await page.locator('.list').count()).toBe(0);
    });

    it('does not open an event that is sealed with a key that the link lacks, and explains what to do', async () => {
      const { page } = await bed().open('', { hasKeys: false });
      await seen(page, 'Open a fresh link in the Zap editor');
      expect(await page.locator('.list tbody .about').first().innerText()).toMatch(/^Lesson \d+$/);
      await page.getByRole('link', { name: 'Lesson updated' }).first().click();
      await seen(page, 'The contents are sealed with a key that is newer than your link');
    });

    it('shows the verdict that the connector stored with the link', async () => {
      const verdict = { delivery_id: '00000000-0000-4000-8000-000000000001', received_at: 1, is_valid: false };
      const { page } = await bed().open('', { verdict });
      await seen(page, 'The newest webhook was signed with another private key');
      expect(await violationsIn(page)).toEqual([]);
    });
  });
}

/** Defines the tests of a relay that does not respond. They stop the relay. */
export function unavailable(bed: () => ConsoleBed): void {
  describe('a relay that does not respond', () => {
    it('leaves the page unchanged, with a note', async () => {
      const { page } = await bed().open();
      await page.locator('.list').waitFor();
      await page.route('**/console/api/**', (route) => route.fulfill({ status: 429, headers: { 'retry-after': '1' } }));
      await polled(page, page.getByText('The relay has received too many requests'));
      await page.unroute('**/console/api/**');
      await poll(page);
      await page.getByRole('alert').waitFor({ state: 'detached' });
      await bed().stopRelay();
      await polled(page, page.getByText('The relay does not respond. This page shows the state of'));
      expect(await page.locator('.list').count()).toBe(1);
    });
  });
}
