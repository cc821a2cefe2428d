import { describe, expect, it } from '@jest/globals';

import { HOUR } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { channelEventsOf } from '../../../events/channel-events.ts';
import { MAX_SEARCHED } from '../../../store/console/events.ts';
import { EVERYTHING } from '../../support/store-context.ts';
import { addDeliveries } from '../../support/many-deliveries.ts';
import { describeEachStore } from '../../support/each-database.ts';

/** Tests of searches among so many events that one request reads only a part of them. */
describeEachStore((context) => {
  const { store } = context;
  const add = async (...parameters: Parameters<typeof addDeliveries>): Promise<void> => {
    for (const statement of addDeliveries(...parameters)) await context.query(statement);
  };

  describe('a search', () => {
    it('reads a limited number of events at a time, in both directions', async () => {
      const count = MAX_SEARCHED + 10;
      await add(count);
      expect(await store.window(CHANNEL, EVERYTHING, 'newest first')).toEqual({
        range: { after: 10, upTo: EVERYTHING.upTo },
        end: 11,
        firstReceivedAt: 1_000_000_011,
      });
      expect(await store.window(CHANNEL, { after: 0, upTo: 10 }, 'newest first')).toMatchObject({ end: null });
      expect(await store.window(CHANNEL, { after: 2, upTo: count }, 'oldest first')).toMatchObject({
        range: { after: 2, upTo: MAX_SEARCHED + 2 },
        end: MAX_SEARCHED + 2,
      });
      expect(await store.newestNumber(CHANNEL)).toBe(count);
      expect(await store.newestNumber('unknown')).toBe(0);
    });

    it('ends after a limited number of events without a match, and can be continued', async () => {
      const [count, limit] = [25_000, 20_000];
      await add(count);
      const { find } = await channelEventsOf(store, CHANNEL);
      const [outcome, range] = ['given_up' as const, { after: 0, upTo: EVERYTHING.upTo }];
      expect(await find({ outcome }, range, 9)).toEqual({
        events: [],
        next: count - limit + 1,
        newest: count,
        searchedFrom: 1_000_000_000 + count - limit + 1,
      });
      expect(await find({ outcome }, { after: 0, upTo: count - limit }, 9)).toMatchObject({ events: [], next: null });
      expect(await find({ outcome }, range, 9, 'oldest first')).toMatchObject({ events: [], next: limit });
      expect(await find({ outcome }, { after: limit, upTo: count }, 9, 'oldest first')).toMatchObject({ next: null });
    });

    it('looks up the events of a period, although their times may be out of order by up to an hour', async () => {
      // One event arrives per minute. After every 1,000 events, the clock is set back by 50 minutes.
      await add(9_000, `1000000000 + i * 60000 - (i / 1000) * 3000000`);
      const timeOf = (number: number) => 1_000_000_000 + number * 60_000 - Math.floor(number / 1000) * 3_000_000;
      const inPeriod = (from: number, to: number) =>
        Array.from({ length: 9_000 }, (_, index) => index + 1).filter(
          (number) => timeOf(number) >= from && timeOf(number) < to,
        );
      for (const number of [500, 999, 1000, 4020, 8990]) {
        const [from, to] = [timeOf(number), timeOf(number) + HOUR];
        const { after, upTo } = await store.numbersBetween(CHANNEL, from, to);
        const numbers = inPeriod(from, to);
        expect([after < Math.min(...numbers), upTo >= Math.max(...numbers)]).toEqual([true, true]);
        expect(upTo - after).toBeLessThan(500);
      }
      expect(await store.numbersBetween(CHANNEL)).toEqual(EVERYTHING);
      expect(await store.numbersBetween(CHANNEL, timeOf(9_000) + 2 * HOUR)).toEqual({ ...EVERYTHING, after: 9_000 });
      expect(await store.numbersBetween(CHANNEL, 0, 1)).toEqual({ after: 0, upTo: 0 });
    });

    it('skips numbers whose deliveries were deleted', async () => {
      await add(3_000, '1000000000 + i * 60000');
      await context.query('DELETE FROM deliveries WHERE number < 2000 OR number > 2900');
      const { after, upTo } = await store.numbersBetween(CHANNEL, 1_000_000_000 + 2_500 * 60_000, 1e15);
      expect([after >= 2_400, after < 2_500, upTo]).toEqual([true, true, 3_000]);
    });

    it('counts all events of the last hours, in parts, oldest hour first', async () => {
      // The clock is set back by an hour between the two parts that the store counts separately.
      await add(MAX_SEARCHED + 500, `1000000000 + i - (CASE WHEN i > ${MAX_SEARCHED} THEN ${HOUR} ELSE 0 END)`);
      const hour = Math.floor(1_000_000_000 / HOUR) * HOUR;
      const none = { failed: 0, given_up: 0, waiting: 0, delivered: 0 };
      expect(await store.hourCounts(CHANNEL, 1_000_010_000)).toEqual([
        { hour: hour - HOUR, ...none, not_wanted: 500 },
        { hour, ...none, not_wanted: MAX_SEARCHED },
      ]);
    });
  });
});
