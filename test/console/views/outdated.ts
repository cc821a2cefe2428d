/** Tests of the page while the relay does not respond. */

import { expect, it } from '@jest/globals';

import { poll, polled, seen, violationsIn } from '../browser-page.ts';
import type { ConsoleBed } from '../console-bed.ts';

/** Defines the test of a relay that does not respond. The test stops the relay. */
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
