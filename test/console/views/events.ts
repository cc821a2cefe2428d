/** The list of events, one event, and the Zaps. */

import { beforeAll, expect, it } from '@jest/globals';

import { HOUR_MS } from '../../../console/times.ts';
import { until } from '../../../relay/harness/until.ts';
import { CONSOLE_OVERVIEW_PATH, type OverviewResponse } from '../../../wire/console-api.ts';
import { lesson } from '../../../objects/lesson.ts';
import { flattenEvent } from '../../../src/record/event.ts';
import { fieldLabelOf } from '../../../src/record/output-fields.ts';
import { NEUTRAL_LOCALE } from '../../../src/record/locale.ts';
import { timeZoneNamed, UTC } from '../../../src/record/time-zone.ts';
import { sha256 } from '../../../src/api/sha256.ts';
import { eventsOf, hasSubject } from '../../../wire/delivery.ts';
import { HOSTILE_RESPONSE, type ConsoleBed } from '../console-bed.ts';
import {
  changeResponses,
  isFocused,
  listed,
  poll,
  polled,
  rowsOf,
  seen,
  tabTo,
  VIEWER_ZONE,
  violationsIn,
} from './browser-page.ts';

const MARKUP = '<img src=x onerror=alert(1)>';

/** Defines the tests of a branch with five events and three Zaps, one of which fails. */
export function branch(bed: () => ConsoleBed): void {
  beforeAll(async () => {
    await bed().turnOn('lesson_completed', {
      options: [{ label: 'Time Zone', value: 'Europe/London' }],
      zap_id: '284561172',
    });
    await bed().turnOn('client_created');
    await bed().turnOn('invoice_paid');
    bed().respond('invoice_paid', 'fail');
    await bed().send('job_created');
    await bed().send('client_created', { first_name: MARKUP, last_name: 'Novak' });
    await bed().send('lesson_completed', { topic: 'Verb tenses' });
    await bed().send('invoice_paid');
    await bed().send('invoice_paid', { display_id: 'INV-149' });
    const keys = ['lesson_completed', 'client_created', 'invoice_paid'];
    await until(() => keys.every((key) => bed().receivedBy(key).length > 0));
  });

  it('names the Zap that fails, the response, and when the next attempt is due', async () => {
    const page = await bed().open();
    await seen(page, /^Invoice Paid has been failing for less than a minute$/);
    await seen(page, /^Zapier had an internal problem \(503\)\. The next attempt is due in \d+ minutes/);
    await seen(page, /Last webhook from TutorCruncher just now · 3 Zaps on · 2 events waiting/i);
    expect(await page.title()).toBe('Invoice Paid has been failing for less than a minute – TutorCruncher for Zapier');
    expect(await violationsIn(page)).toEqual([]);
  });

  it('lists every event with its name and its outcome, newest first', async () => {
    const page = await bed().open();
    await listed(page, 5);
    const rows = (await rowsOf(page)).map((row) => row.replace(/\s+/g, ' '));
    expect(rows).toEqual([
      expect.stringMatching(/^Today, \d\d:\d\d Invoice paid INV-149 · .*Waiting Invoice Paid$/),
      expect.stringMatching(/Invoice paid INV-148 · .*Will retry Invoice Paid$/),
      expect.stringMatching(/Lesson completed Verb tenses · .*Delivered Lesson Completed$/),
      expect.stringContaining(`New client ${MARKUP} Novak Delivered New Client`),
      expect.stringMatching(/New job .*No Zap for this$/),
    ]);
    expect(await page.locator('main img').count()).toBe(0);
  });

  it('filters by outcome, trigger and Zap, and keeps the filters in the address', async () => {
    const page = await bed().open();
    await listed(page, 5);
    await page.getByRole('button', { name: /^No Zap for this/ }).click();
    await listed(page, 1);
    expect(page.url()).toMatch(/\?outcome=not_wanted$/);
    await page.reload();
    await listed(page, 1);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await listed(page, 5);
    await page.getByLabel('Trigger').selectOption('Invoice Paid');
    await listed(page, 2);
    await page.getByRole('combobox', { name: 'Zap' }).selectOption('New Client');
    await seen(page, 'No stored event matches these filters.');
    await page.getByLabel('Trigger').selectOption('Any trigger');
    await listed(page, 1);
    await page.getByRole('combobox', { name: 'Zap' }).selectOption('Any Zap');
    await page.getByLabel('Time').selectOption('Yesterday');
    await seen(page, 'No stored event matches these filters.');
    await page.goBack();
    await listed(page, 5);
  });

  it('searches names, and offers to send all events only if the list shows exactly the events that match the filters', async () => {
    const page = await bed().open();
    const sendAll = page.getByRole('button', { name: /^Send all again/ });
    await listed(page, 5);
    expect(await sendAll.count()).toBe(0);
    await page.getByRole('button', { name: /^Delivered/ }).click();
    await listed(page, 2);
    expect(await sendAll.count()).toBe(1);
    await page.getByLabel('Search names').fill('novak IMG');
    await listed(page, 1);
    await seen(page, '1 of 2 events');
    expect(await sendAll.count()).toBe(0);
    await page.getByLabel('Search names').fill('nobody');
    await seen(page, 'No event contains these words in its names.');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await listed(page, 5);
    expect(await sendAll.count()).toBe(0);
  });

  it('moves between the hours of the chart with the keyboard, and selects, names and clears an hour', async () => {
    const page = await bed().open();
    await changeResponses<OverviewResponse>(page, CONSOLE_OVERVIEW_PATH, (overview) => {
      const hours = overview.hours.flatMap((counts) => [
        { ...counts, hour: counts.hour - HOUR_MS, delivered: 90 },
        counts,
      ]);
      return { ...overview, hours: hours.slice(0, 2) };
    });
    await poll(page);
    const bars = page.locator('.chart [role=button]');
    await until(async () => (await bars.count()) === 2);
    await seen(page, /The highest bar has 9\d\./);
    await bars.last().focus();
    for (const [key, bar] of [
      ['ArrowLeft', bars.first()],
      ['ArrowRight', bars.last()],
      ['Home', bars.first()],
    ] as const) {
      await page.keyboard.press(key);
      expect([key, await isFocused(page, bar)]).toEqual([key, true]);
    }
    const bar = bars.first();
    for (const choose of [() => bar.click(), () => bar.press('Enter'), () => bar.press(' ')]) {
      await choose();
      await page.waitForURL(/\?when=\d+$/);
      await choose();
      await page.waitForURL(/console$/);
    }
    await bar.press('Enter');
    await page.waitForURL(/\?when=\d+$/);
    expect(await bar.getAttribute('aria-pressed')).toBe('true');
    expect(await bar.getAttribute('class')).toBe('bar');
    expect(await bars.last().getAttribute('class')).toBe('bar other');
    expect(await page.getByLabel('Time').locator('option:checked').innerText()).toMatch(/, \d\d:00 to \d\d:00$/);
  });

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
      /^Waiting The event is waiting for its turn\. Before it comes an event that Zapier has not accepted yet: Invoice paid, INV-148 \(Today, \d\d:\d\d\)\. The next attempt is due in \d+ minutes \(\d\d:\d\d\)\.$/,
    );
    expect(await violationsIn(page)).toEqual([]);
    await page.getByRole('link', { name: 'Invoice paid, INV-148' }).click();
    await page.locator('.badge.failed').waitFor();
    await seen(page, /INV-148/);
  });

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

  it('can be used with the keyboard alone', async () => {
    const page = await bed().open();
    await listed(page, 5);
    const bar = page.getByRole('button', { name: /^Today, \d\d:00 to \d\d:00: \d+ events/ });
    await tabTo(page, bar.last(), 11);
    await page.keyboard.press('Tab');
    expect(await isFocused(page, page.getByLabel('Trigger'))).toBe(true);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\?when=\d+$/);
    const event = page.getByRole('link', { name: 'Lesson completed' });
    await event.waitFor();
    await tabTo(page, event, 6);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Record' }).waitFor();
    expect(await isFocused(page, page.getByRole('heading', { level: 1 }))).toBe(true);
    const again = page.getByRole('button', { name: 'Send again to Lesson Completed' });
    await tabTo(page, again, 2);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Send 1 event again' }).waitFor();
    await page.keyboard.press('Escape');
    // A closed dialog has no role, but the button opens no dialog until the page has removed the closed dialog.
    await page.locator('dialog').waitFor({ state: 'detached' });
    await until(() => isFocused(page, again));
    await page.keyboard.press('Enter');
    await until(() => isFocused(page, page.getByRole('button', { name: 'Send 1 event again' })));
    await page.keyboard.press('Enter');
    await seen(page, '1 event will be sent again shortly, and shown as Waiting until then.');
    await until(() => isFocused(page, page.getByRole('button', { name: 'Close' })));
    await page.keyboard.press('Enter');
    await until(() => isFocused(page, again));
    await page.goBack();
    await until(() => isFocused(page, event));
  });

  it('retries the waiting events of a Zap now, in order, and keeps the focus', async () => {
    const page = await bed().open('?outcome=failed');
    await seen(page, 'Sends the waiting events at once, the oldest first.');
    expect(await page.getByRole('button', { name: 'Try now: all Zaps' }).count()).toBe(1);
    expect(await page.getByRole('button', { name: /^Send all again/ }).count()).toBe(0);
    expect(await violationsIn(page)).toEqual([]);
    await page.getByRole('link', { name: /^Zaps/ }).click();
    expect(await page.getByRole('button', { name: /^Try now/ }).count()).toBe(1);
    await page.goBack();
    await page.getByRole('link', { name: 'Invoice paid' }).click();
    const received = () => bed().receivedBy('invoice_paid').length;
    const before = received();
    bed().respond('invoice_paid', 'accept');
    const button = page.getByRole('button', { name: 'Try now: Invoice Paid' });
    await button.press('Enter');
    await seen(page, 'The relay is trying now.');
    await polled(page, page.locator('.badge.delivered'));
    await until(() => received() === before + 2);
    expect(await isFocused(page, button)).toBe(true);
    await button.press('Enter');
    await seen(page, 'The relay has just tried, or the Zap is paused.');
  });
}
