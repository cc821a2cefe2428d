/** Tests of an event's page: its record, its JSON and its changes. */

import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { lesson } from '../../../objects/lesson.ts';
import { until } from '../../../relay/harness/until.ts';
import { sha256 } from '../../../src/api/sha256.ts';
import { flattenEvent } from '../../../src/record/event.ts';
import { NEUTRAL_LOCALE } from '../../../src/record/locale.ts';
import { fieldLabelOf } from '../../../src/record/output-fields.ts';
import { timeZoneNamed, UTC } from '../../../src/record/time-zone.ts';
import { eventsOf, hasSubject } from '../../../wire/delivery.ts';
import { brokenWordsIn, listed, VIEWER_ZONE, violationsIn, WINDOWS } from '../browser-page.ts';
import type { ConsoleBed } from '../console-bed.ts';

/** Defines the test that opens a completed lesson and checks its record. */
export function eventRecord(bed: () => ConsoleBed): void {
  it('opens an event as the record that the Zap receives, with its JSON', async () => {
    const page = await bed().open();
    await page.getByRole('link', { name: 'Lesson completed' }).click();
    await page.getByRole('heading', { name: 'Record' }).waitFor();
    await page.getByRole('button', { name: /^Show \d+ empty fields$/ }).click();
    await page.getByText('Raw JSON from TutorCruncher').click();
    const json = await page.locator('pre').innerText();
    const [event] = eventsOf(`{"events": [${json}]}`).filter(hasSubject);
    if (!event) throw new Error('The page shows another JSON than the event.');
    const record = flattenEvent(event, lesson.layout, {
      hash: sha256,
      locale: { ...NEUTRAL_LOCALE, timeZone: timeZoneNamed(VIEWER_ZONE) ?? UTC },
    });
    const rows = (await page.locator('table.record tr').allInnerTexts()).map((row) =>
      row.split('\t').map((cell) => cell.trim()),
    );
    const keys = new Set(Object.keys(record));
    const expected = Object.entries(record).map(([key, value]) => [
      key === 'id' ? 'Event ID' : fieldLabelOf(key, keys),
      Array.isArray(value)
        ? `${value.length} line item${value.length === 1 ? '' : 's'}`
        : String(value ?? '') || 'empty',
    ]);
    expect(rows).toEqual(expected);
    expect(await violationsIn(page)).toEqual([]);
  });
}

/** Defines the tests of the changes that events about an invoice report. */
export function changes(bed: () => ConsoleBed): void {
  describe('the changes of an event', () => {
    beforeAll(async () => {
      await bed().turnOn('invoice_paid');
      await bed().send('invoice_raised', { status: 'unpaid', still_left: '63.00', date_paid: null });
      await bed().send('invoice_paid', { status: 'paid', still_left: '0.00' });
      await until(() => bed().receivedBy('invoice_paid').length === 1);
    });
    afterEach(() => bed().page.setViewportSize(WINDOWS.wide));

    it('are shown in the words that the Zap gets, and no word breaks on a narrow screen', async () => {
      const page = await bed().open();
      await listed(page, 2);
      await page.locator('.what a').first().click();
      const box = page.locator('.changes tbody');
      const text = (await box.innerText()).replace(/[\t\n]+/g, ' ');
      expect(text).toMatch(/Invoice Status Unpaid Paid/);
      expect(text).toMatch(/Invoice Still to Pay 63\.00 0\.00/);
      await page.setViewportSize(WINDOWS.narrow);
      expect(await brokenWordsIn(page)).toEqual([]);
    });
  });
}
