/** Tests of an event's outcomes for the Zaps, with the attempts. */

import { expect, it } from '@jest/globals';

import { seen, violationsIn } from '../browser-page.ts';
import { HOSTILE_RESPONSE, type ConsoleBed } from '../console-bed.ts';

/** Defines the tests of an event that a Zap does not accept, and of the next event. */
export function eventOutcomes(bed: () => ConsoleBed): void {
  it('shows the outcome of an event at each Zap, with its attempts, and the response to a failure as text', async () => {
    const page = await bed().open();
    await page.getByRole('link', { name: 'Invoice paid' }).nth(1).click();
    await seen(
      page,
      /Zapier had an internal problem \(503\)\. This usually passes .* The next attempt is due in \d+ minutes \(\d\d:\d\d\)\.$/,
    );
    const attempts = await page.locator('.attempts tbody tr').allInnerTexts();
    expect(attempts).toEqual([
      expect.stringMatching(
        /^1\s+Today, \d\d:\d\d\s+Zapier had an internal problem \(503\) after [\d.]+ m?s\s+Zapier's response$/,
      ),
    ]);
    await seen(page, '2 other Zaps did not want this event: Lesson Completed; New Client.');
    await page.getByText("Zapier's response").click();
    const response = page.locator('.attempts pre');
    expect(await response.innerText()).toBe(HOSTILE_RESPONSE);
    expect(await response.getAttribute('dir')).toBe('auto');
    expect(await page.locator('main img').count()).toBe(0);
    expect(await violationsIn(page)).toEqual([]);
  });

  it('names the event that holds up an event, and says when the next attempt is', async () => {
    const page = await bed().open();
    await page.getByRole('link', { name: 'Invoice paid' }).first().click();
    await seen(
      page,
      /^Waiting The event is waiting for its turn\. An earlier event, which Zapier has not accepted yet, comes first: Invoice paid, INV-148 \(Today, \d\d:\d\d\)\. The next attempt is due in \d+ minutes \(\d\d:\d\d\)\.$/,
    );
    expect(await violationsIn(page)).toEqual([]);
    await page.getByRole('link', { name: 'Invoice paid, INV-148' }).click();
    await page.locator('.badge.failed').waitFor();
    await seen(page, /INV-148/);
  });
}
