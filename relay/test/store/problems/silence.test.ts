import { beforeEach, describe, expect, it } from '@jest/globals';

import { DAY, HOUR } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

const MINUTE = 60_000;
/** Minimum age of a channel before the rule knows the usual number of events. */
const ESTABLISHED = 14 * DAY;

/** Tests of unusual silences. */
describeEachStore((context) => {
  const { store } = context;
  const silentAt = async () => (await store.channelState(CHANNEL, T0))?.silentAt;
  const receive = (receivedAt: number) => store.ingest([delivery('A', { receivedAt })]);
  const busyHours = () => context.query('SELECT hour, slots FROM busy_hours ORDER BY hour');

  describe('an unusual silence', () => {
    beforeEach(async () => {
      await context.query(`UPDATE channels SET created_at = ${T0 - ESTABLISHED}`);
    });

    it('is found by a pass, and ended by the next event', async () => {
      await receive(T0);
      expect(await silentAt()).toBeNull();
      expect(await store.checkSilences(T0 + HOUR)).toBe(1);
      // Without arrivals in earlier weeks, four weeks without an event are unusual.
      expect(await silentAt()).toBeNull();
      expect(await store.checkSilences(T0 + 28 * DAY - 1)).toBe(0);
      expect(await store.checkSilences(T0 + 28 * DAY)).toBe(1);
      expect(await silentAt()).toBe(T0 + 28 * DAY);
      // A channel without Zaps does not count, because it can belong to a private key that has been replaced.
      expect((await store.totals()).silentChannels).toBe(0);
      const { id } = await context.subscribe();
      expect((await store.totals()).silentChannels).toBe(1);
      await store.unsubscribe(CHANNEL, id, T0 + 28 * DAY);
      expect((await store.totals()).silentChannels).toBe(0);
      await context.subscribe();
      expect(await store.checkSilences(T0 + 29 * DAY)).toBe(0);
      await receive(T0 + 30 * DAY);
      expect(await silentAt()).toBeNull();
      expect((await store.totals()).silentChannels).toBe(0);
    });

    it('is the only reason for an event to let a pass look for problems', async () => {
      await receive(T0);
      expect(await store.channelsToCheck(T0, MINUTE)).toEqual([]);
      await store.checkSilences(T0 + 28 * DAY);
      expect(await store.channelsToCheck(T0 + 28 * DAY, MINUTE)).toEqual([CHANNEL]);
      await receive(T0 + 28 * DAY);
      expect(await store.channelsToCheck(T0 + 28 * DAY, MINUTE)).toEqual([CHANNEL]);
    });

    it('is judged by the hours of earlier weeks', async () => {
      const hour = Math.floor(T0 / HOUR) * HOUR + 8 * DAY;
      // In each hour of the last week, three slots have an event.
      const rows = Array.from({ length: 168 }, (_, index) => `(1, ${hour / HOUR - 1 - index}, 3)`);
      await context.query(`UPDATE channels SET created_at = ${hour - 30 * DAY}`);
      await receive(hour);
      const [row] = await context.query('SELECT key FROM channels');
      expect(row?.key).toBe(1);
      await context.query(
        `INSERT INTO busy_hours SELECT * FROM (VALUES ${rows.join(', ')}) AS r WHERE true ON CONFLICT DO NOTHING`,
      );
      await store.checkSilences(hour + HOUR);
      // A quarter of three events per hour is usual, because the other three of the four weeks had no events.
      await store.checkSilences(hour + 880 * MINUTE - 1);
      expect(await silentAt()).toBeNull();
      await store.checkSilences(hour + 880 * MINUTE);
      expect(await silentAt()).toBe(hour + 880 * MINUTE);
    });

    it('is not found while refused webhooks arrive', async () => {
      await receive(T0);
      await store.checkSilences(T0 + HOUR);
      await store.saveRefusal(CHANNEL, 'full', T0 + 27 * DAY);
      await store.checkSilences(T0 + 28 * DAY);
      expect(await silentAt()).toBeNull();
      await store.checkSilences(T0 + 55 * DAY);
      expect(await silentAt()).toBe(T0 + 55 * DAY);
      // Anybody can send a request without a signature, so such a request does not end a silence.
      await store.saveRefusal(CHANNEL, 'unsigned', T0 + 56 * DAY);
      expect(await silentAt()).toBe(T0 + 55 * DAY);
      await store.saveRefusal(CHANNEL, 'full', T0 + 56 * DAY);
      expect(await silentAt()).toBeNull();
    });

    it.each([
      ['rate_limited', 100],
      ['full', 100],
      ['busy', 55],
      ['failed', 55],
      ['too_large', 55],
      ['refused', 55],
    ] as const)(
      'is not found within an hour after a webhook was refused as %s, and is found afterwards',
      async (reason, minutes) => {
        // Eleven expected events are missing after 55 minutes.
        const hour = Math.floor(T0 / HOUR) * HOUR + 8 * DAY;
        await context.query(`UPDATE channels SET created_at = ${hour - 40 * DAY}`);
        const rows = Array.from({ length: 5 * 168 }, (_, index) => `(1, ${hour / HOUR - 1 - index}, 12)`);
        await context.query(`INSERT INTO busy_hours VALUES ${rows.join(', ')}`);
        await receive(hour);
        await store.saveRefusal(CHANNEL, reason, hour + 45 * MINUTE);
        await store.checkSilences(hour + 105 * MINUTE - 1);
        expect(await silentAt()).toBeNull();
        await store.checkSilences(hour + 105 * MINUTE);
        expect(await silentAt()).toBe(hour + minutes * MINUTE);
        await store.saveRefusal(CHANNEL, reason, hour + 110 * MINUTE);
        expect(await silentAt()).toBeNull();
      },
    );

    it('is not found before the first event', async () => {
      await store.saveRefusal(CHANNEL, 'full', T0);
      expect(await store.checkSilences(T0 + 100 * DAY)).toBe(0);
    });
  });

  it('counts the slots of five minutes with arrivals in each hour, and keeps them for 13 weeks', async () => {
    const hour = Math.floor(T0 / HOUR) * HOUR;
    const at = (minutes: number) => delivery('A', { receivedAt: hour + minutes * MINUTE });
    await store.ingest([at(1), at(4), at(7)]);
    await store.ingest([at(6)]);
    await store.ingest([at(59), at(60), at(61)]);
    expect(await busyHours()).toEqual([
      { hour: hour / HOUR, slots: 3 },
      { hour: hour / HOUR + 1, slots: 1 },
    ]);
    await context.retain(hour + 13 * 7 * DAY + HOUR);
    expect(await busyHours()).toEqual([{ hour: hour / HOUR + 1, slots: 1 }]);
    await store.deleteChannel(CHANNEL);
    expect(await busyHours()).toEqual([]);
  });
});
