import { beforeEach, describe, expect, it } from '@jest/globals';

import { NOTICE_MS, NOTICE_TRIGGER, noticeAction } from '../../../../wire/notice.ts';
import { HOUR } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { SKIPPED } from '../../../store/outcomes/operator.ts';
import { delivery } from '../../support/new-delivery.ts';
import { PROCESS, T0 } from '../../support/store-context.ts';
import { createTroubledChannel, inShort, type Script, type TroubledChannel } from '../../support/troubled-channel.ts';
import { describeEachStore } from '../../support/each-database.ts';

const DAY = 24 * 60;

/** Returns a script for a Zap that fails and recovers repeatedly. */
function flapping({ fail, accept }: TroubledChannel, failsFor: number, worksFor: number, minutes: number): Script {
  const script: Record<number, () => Promise<unknown>> = {};
  for (let start = 0; start + failsFor + worksFor <= minutes; start += failsFor + worksFor) {
    script[start] = fail;
    script[start + failsFor] = accept;
  }
  return script;
}

/** Tests of the notices that a channel's Zaps receive about its problems. */
describeEachStore((context) => {
  const { store } = context;
  let channel: TroubledChannel;

  describe('notices', () => {
    beforeEach(async () => {
      channel = await createTroubledChannel(context);
    });

    type Length = readonly [minutes: number, interval: number];
    /** Cases, each with the notices that it causes, separated by commas. */
    const cases: readonly (readonly [
      name: string,
      script: (channel: TroubledChannel) => Script,
      length: Length,
      notices: string,
    ])[] = [
      [
        'a Zap that fails for an hour and recovers',
        ({ fail, accept }) => ({ 0: fail, 60: accept }),
        [120, 5],
        '30 Invoice Paid failing started, 60 Invoice Paid failing over',
      ],
      [
        'a Zap that never recovers',
        ({ fail, bury, receive }) => ({
          0: fail,
          [DAY]: () => bury('HTTP 500'),
          [DAY + 10]: () => receive().then(() => bury('HTTP 500')),
        }),
        [DAY + 120, 30],
        `30 Invoice Paid failing started, ${DAY} Invoice Paid given_up started 1, ${DAY + 60} Invoice Paid given_up started 1`,
      ],
      [
        'a Zap that fails for ten minutes and works for ten, for a day',
        (troubled) => flapping(troubled, 10, 10, DAY),
        [DAY, 10],
        '',
      ],
      [
        'a Zap that fails for 40 minutes and works for five',
        (troubled) => flapping(troubled, 40, 5, 180),
        [200, 5],
        [30, 120].map((at) => `${at} Invoice Paid failing started, ${at + 10} Invoice Paid failing over`).join(', '),
      ],
      [
        'a Zap that still fails an hour after the previous start',
        ({ fail, accept }) => ({ 0: fail, 35: accept, 40: () => fail(), 130: accept }),
        [140, 5],
        '30 Invoice Paid failing started, 35 Invoice Paid failing over, ' +
          '90 Invoice Paid failing started, 130 Invoice Paid failing over',
      ],
      [
        'two Zaps that fail at once',
        ({ fail, accept }) => ({ 0: () => fail(0), 1: () => fail(1), 45: () => accept(1) }),
        [60, 5],
        '30 Invoice Paid failing started, 35 Client Created failing started, 45 Client Created failing over',
      ],
      [
        'a Zap that is paused while it fails',
        ({ fail, zap, clock }) => ({
          0: fail,
          20: () => store.pause({ channel: CHANNEL, id: zap(0).id }, clock.now()),
        }),
        [120, 5],
        '',
      ],
      [
        'a Zap that is turned off while it fails',
        ({ fail, zap, clock }) => ({ 0: fail, 45: () => store.unsubscribe(CHANNEL, zap(0).id, clock.now()) }),
        [60, 5],
        '30 Invoice Paid failing started, 45 Invoice Paid failing over off',
      ],
      [
        'a silence of TutorCruncher for days, and its end',
        ({ receive }) => ({ [8 * DAY]: receive }),
        [8 * DAY + 60, 360],
        `${7 * DAY} silent started, ${8 * DAY} silent over`,
      ],
      [
        'a limit that is reached',
        ({ receive, refuse }) => ({ 5: refuse, 20: refuse, 25: receive }),
        [90, 5],
        '5 refusing started, 50 refusing over',
      ],
      [
        'a 410',
        ({ zap, clock }) => ({ 5: () => store.unsubscribe(CHANNEL, zap(0).id, clock.now(), true) }),
        [90, 5],
        '5 Invoice Paid ended started off 1',
      ],
      [
        'a Zap that is turned off while an event is waiting for it',
        ({ zap, clock }) => ({ 5: () => store.unsubscribe(CHANNEL, zap(0).id, clock.now()) }),
        [90, 5],
        '',
      ],
      [
        'an event that the operator skips, and a Zap with notices that fails or is off',
        ({ fail, bury }) => ({ 0: () => bury(SKIPPED), 5: () => fail(9) }),
        [60, 5],
        '',
      ],
    ];
    it.each(cases)('report exactly this: %s', async (_name, script, [minutes, interval], notices) => {
      expect((await channel.play(script(channel), minutes, interval)).join(', ')).toBe(notices);
    });

    it('are stored once by two processes, and survive a kill before they are delivered', async () => {
      await channel.fail();
      await channel.clock.advance(HOUR);
      await Promise.all([channel.pass(), channel.pass()]);
      await channel.accept();
      await Promise.all([channel.pass(), channel.pass()]);
      await context.reopen({});
      await channel.pass();
      const expected = ['60 Invoice Paid failing started', '60 Invoice Paid failing over'];
      expect(inShort(await channel.noticesFor(channel.listener))).toEqual(expected);
    });

    it('go to the Zaps that have chosen their kind, and do not count as events', async () => {
      const other = await channel.listen(['given_up', 'ended'], 'Another');
      const before = await store.channelState(CHANNEL, channel.clock.now());
      const large = delivery('A', { actions: null, receivedAt: channel.clock.now() });
      await store.ingest([large, delivery(noticeAction('failing'), { receivedAt: channel.clock.now() })]);
      await channel.fail();
      await channel.clock.advance(HOUR);
      await channel.pass();
      expect(await channel.noticesFor(other)).toEqual([]);
      const [notice, ...more] = await channel.noticesFor(channel.listener);
      expect(more).toEqual([]);
      expect(notice).toEqual({
        id: expect.any(String),
        trigger: NOTICE_TRIGGER,
        sent_at: T0 + HOUR,
        kind: 'failing',
        state: 'started',
        started_at: T0,
        over_at: null,
        zaps: 1,
        zap: channel.zap(0).description,
        is_off: false,
        are_others_valid: false,
        last_failure: 'HTTP 500',
        events_waiting: 2,
        events_given_up: 0,
      });
      const after = await store.channelState(CHANNEL, T0);
      expect(after?.lastEventAt).toBe(before?.lastEventAt);
      expect(await store.latest(CHANNEL, null, 9)).toHaveLength(3);
      expect(await store.hourCounts(CHANNEL, channel.clock.now())).toHaveLength(1);
      expect((await store.claimed(PROCESS))[0]?.newestSeq).toBe((await context.seqs()).at(-1));
    });

    it('report more than five Zaps with the same problem together, by their number, and only once', async () => {
      for (let number = 2; number < 6; number++) channel.zaps.push(await channel.subscribe(`Zap ${number}`));
      await channel.receive();
      const failAll = async () => {
        for (const index of channel.zaps.keys()) await channel.fail(index);
      };
      await channel.play({ 0: failAll }, 60);
      await Promise.all([channel.pass(), channel.pass()]);
      const [notice, ...others] = await channel.noticesFor(channel.listener);
      expect(others).toEqual([]);
      expect(notice).toMatchObject({ zaps: 6, zap: null, started_at: T0, last_failure: 'HTTP 500', events_waiting: 8 });
      await Promise.all([0, 1, 2, 3, 4].map((index) => channel.accept(index)));
      await channel.pass();
      expect((await channel.noticesFor(channel.listener)).slice(1).map((each) => each.zap?.trigger)).toEqual(
        channel.zaps.slice(0, 5).map(({ description }) => description?.trigger),
      );
    });

    it('of several Zaps are recorded together, or not at all', async () => {
      for (let number = 2; number < 6; number++) channel.zaps.push(await channel.subscribe(`Zap ${number}`));
      for (const index of channel.zaps.keys()) await channel.fail(index);
      await channel.clock.advance(HOUR);
      const found = await store.changedProblems(CHANNEL, channel.clock.now());
      const changes = (found?.changes ?? []).map((change) => ({ ...change, notices: [] }));
      const [first, others] = [changes.slice(0, 1), changes.slice(1)];
      expect(others).toHaveLength(5);
      const save = (some: typeof changes) => store.saveNotices(CHANNEL, some, channel.clock.now());
      expect(await save(first)).toEqual(first);
      expect(await save(changes)).toEqual([]);
      expect(await save(others)).toEqual(others);
    });

    it('expire after a day', async () => {
      await channel.fail();
      await channel.clock.advance(HOUR);
      await channel.pass();
      const stored = await store.channelState(CHANNEL, channel.clock.now());
      await context.retain(channel.clock.now() + NOTICE_MS - 1);
      expect(await channel.noticesFor(channel.listener)).toHaveLength(1);
      await context.retain(channel.clock.now() + NOTICE_MS);
      expect(await channel.noticesFor(channel.listener)).toEqual([]);
      expect((await store.channelState(CHANNEL, channel.clock.now()))?.storedBytes).toBe(stored?.storedBytes);
    });

    it('tell a Zap that is turned on about existing problems, but not about events that were given up before', async () => {
      await channel.fail();
      await channel.bury('HTTP 500');
      await store.unsubscribe(CHANNEL, channel.zap(1).id, channel.clock.now(), true);
      await store.unsubscribe(CHANNEL, channel.listener.id, channel.clock.now());
      await channel.clock.advance(HOUR);
      await channel.pass();
      const turnedOn = await channel.listen();
      await channel.pass();
      expect(inShort(await channel.noticesFor(turnedOn))).toEqual(['60 Invoice Paid failing started']);
    });
  });
});
