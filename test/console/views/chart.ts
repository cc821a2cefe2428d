/** Tests of the chart that shows the events per hour. */

import { expect, it } from '@jest/globals';

import { HOUR_MS } from '../../../console/times.ts';
import { until } from '../../../relay/harness/until.ts';
import { CONSOLE_OVERVIEW_PATH, type OverviewResponse } from '../../../wire/console-api.ts';
import { changeResponses, isFocused, poll, polled, seen } from '../browser-page.ts';
import type { ConsoleBed } from '../console-bed.ts';

/** Defines the test that selects an hour of the chart as a filter. */
export function chartHours(bed: () => ConsoleBed): void {
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
}

/** Defines the tests of the bars. The tests change the relay's responses. */
export function chartBars(bed: () => ConsoleBed): void {
  it('the chart stacks the outcomes of an hour in proportion to their numbers, the most urgent on top', async () => {
    const page = await bed().open();
    await page.locator('.list').waitFor();
    await changeResponses<OverviewResponse>(page, CONSOLE_OVERVIEW_PATH, (overview) => {
      const hour = overview.hours[0]?.hour ?? 0;
      return {
        ...overview,
        hours: [
          { hour: hour - HOUR_MS, failed: 0, given_up: 0, waiting: 1, delivered: 0, not_wanted: 0 },
          { hour, failed: 10, given_up: 20, waiting: 0, delivered: 30, not_wanted: 40 },
        ],
      };
    });
    await poll(page);
    await seen(page, /The highest bar has 100\./);
    const bars = await page.evaluate<[string, number, number][][]>(`
      [...document.querySelectorAll('.chart g')].map((bar) => [...bar.querySelectorAll('rect:not(.area)')].map(
        (part) => [part.getAttribute('class'), part.y.baseVal.value, part.height.baseVal.value].map(
          (value) => typeof value === 'number' ? Math.round(value) : value)))`);
    expect(bars).toEqual([
      // The bar of a single event is high enough to be visible.
      [['waiting', 98, 2]],
      [
        ['not_wanted', 64, 36],
        ['delivered', 37, 27],
        ['given_up', 19, 18],
        ['failed', 10, 9],
      ],
    ]);
  });

  it('distinguishes the outcomes of the chart by patterns in forced colors', async () => {
    const page = await bed().open();
    await page.emulateMedia({ forcedColors: 'active' });
    await changeResponses<OverviewResponse>(page, CONSOLE_OVERVIEW_PATH, (overview) => {
      const hours = overview.hours.slice(-1).map(({ hour }) => ({
        hour,
        failed: 1,
        given_up: 1,
        waiting: 1,
        delivered: 1,
        not_wanted: 1,
      }));
      return { ...overview, hours };
    });
    const all = ['failed', 'given_up', 'waiting', 'delivered', 'not_wanted'].map((outcome) => `:has(.${outcome})`);
    await polled(page, page.locator(`.bar${all.join('')}`));
    const styles = await page.evaluate<string[]>(`['.bar rect:not(.area)', '.outcomes .swatch'].map((parts) =>
      [...document.querySelectorAll(parts)].map((part) => {
        const { fill, backgroundImage, backgroundColor } = getComputedStyle(part);
        return part.tagName === 'rect' ? fill : backgroundImage + backgroundColor;
      }))`);
    await page.emulateMedia({ forcedColors: 'none' });
    for (const ofParts of styles) expect([ofParts.length, new Set(ofParts).size]).toEqual([5, 5]);
  });
}
