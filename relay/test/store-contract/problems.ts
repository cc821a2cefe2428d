import { beforeEach, describe, expect, it } from '@jest/globals';

import { deriveNoticeKey } from '../../../wire/capability.ts';
import { NOTICE_MS, NOTICE_TRIGGER, noticeAction, PROBLEM_KINDS, type Notice } from '../../../wire/notice.ts';
import { sign } from '../../../wire/signature.ts';
import { HOUR } from '../../harness/durations.ts';
import { openDelivery } from '../../harness/opened-deliveries.ts';
import { CHANNEL, KEY, ORIGIN } from '../../harness/sample-delivery.ts';
import { tellOfProblems } from '../../monitoring/notices.ts';
import { createDataKeys } from '../../sealing/data-keys.ts';
import { SKIPPED } from '../../store/operator.ts';
import type { ClaimedChannel } from '../../store/claims.ts';
import type { Subscription } from '../../store/subscription.ts';
import { FakeClock } from '../fake-clock.ts';
import { delivery } from '../new-delivery.ts';
import { PROCESS, progressOf, resultOf, T0, type StoreContext } from './context.ts';

const MINUTE = 60_000;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const NOTICE_KEY = deriveNoticeKey(KEY, ORIGIN);
const VERDICT = { delivery_id: '00000000-0000-4000-8000-00000000000d', received_at: T0 };

/** Tests of the notices that a channel's Zaps receive about its problems. */
export function problemContract(context: StoreContext): void {
  const { store } = context;
  let clock: FakeClock;
  let held: ClaimedChannel;
  let zaps: Subscription[];
  let listener: Subscription;

  async function subscribe(trigger: string, actions = ['A'], noticeKey?: string): Promise<Subscription> {
    const description = { trigger, options: [], zap_id: null };
    const request = {
      targetUrl: `https://x/${trigger}`,
      filter: { actions },
      description,
      ...(noticeKey && { noticeKey }),
    };
    const subscription = await store.subscribe(CHANNEL, request, 9, clock.now());
    if (subscription === 'full') throw new Error('The channel is full.');
    return subscription;
  }
  const listen = (kinds: readonly (typeof PROBLEM_KINDS)[number][] = PROBLEM_KINDS, trigger = 'Delivery Problem') =>
    subscribe(trigger, kinds.map(noticeAction), NOTICE_KEY);
  const zap = (index: number): Subscription => zaps[index] ?? listener;

  const receive = () => store.ingest([delivery('A', { receivedAt: clock.now() })]);
  const fail = (index = 0) => {
    const failure = { failures: 3, failingSince: clock.now(), lastFailure: 'HTTP 500' };
    return context.save(held, [], [progressOf(zap(index), failure)]);
  };
  const accept = (index = 0) => context.save(held, [], [progressOf(zap(index), { lastSuccessAt: clock.now() })]);
  async function bury(failure: string): Promise<void> {
    const waiting = await store.pending(zap(0).key, 0, 9);
    const dead = { state: 'dead', failure, endedAt: clock.now() } as const;
    await context.save(
      held,
      waiting.map(({ seq }) => resultOf(zap(0), seq, dead)),
    );
  }
  const verdict = (is_valid: boolean) => {
    const link = { tokenHash: String(clock.now()), keys: [], verdict: { ...VERDICT, is_valid } };
    return store.addLink(CHANNEL, link, clock.now(), 9);
  };
  const pass = async () => {
    const options = { store, dataKeys: createDataKeys(clock, 9), clock, log: silent };
    await store.checkSilences(clock.now());
    await tellOfProblems(options);
  };

  /** Returns the notices that wait for a Zap, whose signatures match. */
  async function noticesFor({ key }: Subscription): Promise<Notice[]> {
    const waiting = await store.pending(key, 0, 99);
    const deliveries = await store.deliveries(
      held.key,
      waiting.map(({ seq }) => seq),
    );
    const opened = await Promise.all(deliveries.map(openDelivery));
    return opened.map(({ body, signature }) => {
      expect(signature).toBe(sign(body, NOTICE_KEY));
      return JSON.parse(Buffer.from(body).toString()) as Notice;
    });
  }
  /** Returns notices in short: minute, trigger of the Zap with the problem, kind, state and number of events given up. */
  const inShort = (notices: readonly Notice[]): string[] =>
    notices.map(({ sent_at, zap: concerned, kind, state, is_off, events_given_up }) => {
      const marks = `${is_off ? ' off' : ''}${kind === 'given_up' || kind === 'ended' ? ` ${events_given_up}` : ''}`;
      return `${(sent_at - T0) / MINUTE} ${concerned ? `${concerned.trigger} ` : ''}${kind} ${state}${marks}`;
    });

  type Script = Readonly<Record<number, () => Promise<unknown>>>;
  /** Runs a script, whose keys are minutes, with a pass at each of its minutes and at regular intervals. */
  async function play(script: Script, minutes: number, interval = 5): Promise<string[]> {
    const times = new Set([
      ...Object.keys(script).map(Number),
      ...Array.from({ length: minutes / interval + 1 }, (_, index) => index * interval),
    ]);
    for (const minute of [...times].sort((one, other) => one - other)) {
      await clock.advance(T0 + minute * MINUTE - clock.now());
      await script[minute]?.();
      await pass();
    }
    return inShort(await noticesFor(listener));
  }
  const refuse = () => store.noteRefusal(CHANNEL, 'rate_limited', clock.now());
  /** Returns a script in which a Zap fails and recovers again and again. */
  function flapping(failsFor: number, worksFor: number, minutes: number): Script {
    const script: Record<number, () => Promise<unknown>> = {};
    for (let start = 0; start + failsFor + worksFor <= minutes; start += failsFor + worksFor) {
      script[start] = fail;
      script[start + failsFor] = accept;
    }
    return script;
  }

  describe('notices', () => {
    beforeEach(async () => {
      clock = new FakeClock(T0);
      zaps = [await subscribe('Invoice Paid'), await subscribe('Client Created')];
      listener = await listen();
      await receive();
      held = await context.hold();
    });

    const DAY = 24 * 60;
    type Length = readonly [minutes: number, interval: number];
    /** Cases with the notices that they cause, separated by commas. */
    const cases: readonly (readonly [name: string, script: () => Script, length: Length, notices: string])[] = [
      [
        'a Zap that fails for an hour and recovers',
        () => ({ 0: fail, 60: accept }),
        [120, 5],
        '30 Invoice Paid failing started, 60 Invoice Paid failing over',
      ],
      [
        'a Zap that never recovers',
        () => ({ 0: fail, [DAY]: () => bury('HTTP 500'), [DAY + 10]: () => receive().then(() => bury('HTTP 500')) }),
        [DAY + 120, 30],
        `30 Invoice Paid failing started, ${DAY} Invoice Paid given_up started 1, ${DAY + 60} Invoice Paid given_up started 1`,
      ],
      ['a Zap that fails for ten minutes and works for ten, for a day', () => flapping(10, 10, DAY), [DAY, 10], ''],
      [
        'a Zap that fails for 40 minutes and works for five',
        () => flapping(40, 5, 180),
        [200, 5],
        [30, 120].map((at) => `${at} Invoice Paid failing started, ${at + 10} Invoice Paid failing over`).join(', '),
      ],
      [
        'a Zap that still fails an hour after the previous start',
        () => ({ 0: fail, 35: accept, 40: () => fail(), 130: accept }),
        [140, 5],
        '30 Invoice Paid failing started, 35 Invoice Paid failing over, ' +
          '90 Invoice Paid failing started, 130 Invoice Paid failing over',
      ],
      [
        'two Zaps that fail at once',
        () => ({ 0: () => fail(0), 1: () => fail(1), 45: () => accept(1) }),
        [60, 5],
        '30 Invoice Paid failing started, 35 Client Created failing started, 45 Client Created failing over',
      ],
      [
        'a Zap that is paused while it fails',
        () => ({ 0: fail, 20: () => store.pause({ channel: CHANNEL, id: zap(0).id }, clock.now()) }),
        [120, 5],
        '',
      ],
      [
        'a Zap that is turned off while it fails',
        () => ({ 0: fail, 45: () => store.unsubscribe(CHANNEL, zap(0).id, clock.now()) }),
        [60, 5],
        '30 Invoice Paid failing started, 45 Invoice Paid failing over off',
      ],
      [
        'TutorCruncher that is silent for days and returns',
        () => ({ [8 * DAY]: receive }),
        [8 * DAY + 60, 360],
        `${7 * DAY} silent started, ${8 * DAY} silent over`,
      ],
      [
        'a limit that is reached',
        () => ({ 5: refuse, 20: refuse, 25: receive }),
        [90, 5],
        '5 refusing started, 50 refusing over',
      ],
      [
        'another key, according to the newest verdict',
        () => ({ 5: () => verdict(true), 10: () => verdict(false), 70: () => verdict(true) }),
        [90, 5],
        '10 wrong_key started, 70 wrong_key over',
      ],
      [
        'a 410',
        () => ({ 5: () => store.unsubscribe(CHANNEL, zap(0).id, clock.now(), true) }),
        [90, 5],
        '5 Invoice Paid ended started off 1',
      ],
      [
        'an event that the operator skips, and a Zap with notices that fails or is off',
        () => ({ 0: () => bury(SKIPPED), 5: () => fail(9) }),
        [60, 5],
        '',
      ],
    ];
    it.each(cases)('tell exactly of %s', async (_name, script, [minutes, interval], notices) => {
      expect((await play(script(), minutes, interval)).join(', ')).toBe(notices);
    });

    it('are stored once by two processes, and survive a kill before they are delivered', async () => {
      await fail();
      await clock.advance(HOUR);
      await Promise.all([pass(), pass()]);
      await accept();
      await Promise.all([pass(), pass()]);
      await context.reopen({});
      await pass();
      const expected = ['60 Invoice Paid failing started', '60 Invoice Paid failing over'];
      expect(inShort(await noticesFor(listener))).toEqual(expected);
    });

    it('go to the Zaps that have chosen their kind, and are no events', async () => {
      const other = await listen(['given_up', 'ended'], 'Another');
      const before = await store.channelState(CHANNEL, clock.now());
      const large = delivery('A', { actions: null, receivedAt: clock.now() });
      await store.ingest([large, delivery(noticeAction('failing'), { receivedAt: clock.now() })]);
      await fail();
      await clock.advance(HOUR);
      await pass();
      expect(await noticesFor(other)).toEqual([]);
      const [notice, ...more] = await noticesFor(listener);
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
        zap: zap(0).description,
        is_off: false,
        last_failure: 'HTTP 500',
        events_waiting: 2,
        events_given_up: 0,
      });
      const after = await store.channelState(CHANNEL, T0);
      expect(after?.lastEventAt).toBe(before?.lastEventAt);
      expect(await store.latest(CHANNEL, null, 9)).toHaveLength(3);
      expect(await store.hourCounts(CHANNEL, clock.now())).toHaveLength(1);
      expect((await store.claimed(PROCESS))[0]?.newestSeq).toBe((await context.seqs()).at(-1));
    });

    it('tell of more than five Zaps with the same problem at once by their number, and only once', async () => {
      for (let number = 2; number < 6; number++) zaps.push(await subscribe(`Zap ${number}`));
      await receive();
      const failAll = async () => {
        for (const index of zaps.keys()) await fail(index);
      };
      await play({ 0: failAll }, 60);
      await Promise.all([pass(), pass()]);
      const [notice, ...others] = await noticesFor(listener);
      expect(others).toEqual([]);
      expect(notice).toMatchObject({ zaps: 6, zap: null, started_at: T0, last_failure: 'HTTP 500', events_waiting: 8 });
      await Promise.all([0, 1, 2, 3, 4].map((index) => accept(index)));
      await pass();
      expect((await noticesFor(listener)).slice(1).map((each) => each.zap?.trigger)).toEqual(
        zaps.slice(0, 5).map(({ description }) => description?.trigger),
      );
    });

    it('are looked for only in channels in which something has changed, or is about to', async () => {
      const checked = () => store.channelsToCheck(clock.now(), MINUTE);
      await pass();
      await receive();
      expect(await checked()).toEqual([]);
      await fail();
      await pass();
      await clock.advance(HOUR / 2 - 1);
      expect(await checked()).toEqual([]);
      await clock.advance(1);
      expect(await checked()).toEqual([CHANNEL]);
      // A pass that fails is repeated, also after the clock was set back.
      expect(await checked()).toEqual([]);
      await clock.advance(MINUTE);
      expect(await store.channelsToCheck(clock.now() - 2 * HOUR, MINUTE)).toEqual([CHANNEL]);
      await verdict(false);
      await store.problemsChecked(CHANNEL, null, clock.now() - 2 * HOUR, MINUTE);
      expect(await checked()).toEqual([CHANNEL]);
    });

    it('expire after a day', async () => {
      await fail();
      await clock.advance(HOUR);
      await pass();
      const [stored] = [store.channelState(CHANNEL, clock.now())];
      await context.retain(clock.now() + NOTICE_MS - 1);
      expect(await noticesFor(listener)).toHaveLength(1);
      await context.retain(clock.now() + NOTICE_MS);
      expect(await noticesFor(listener)).toEqual([]);
      expect((await store.channelState(CHANNEL, clock.now()))?.storedBytes).toBe((await stored)?.storedBytes);
    });

    it('tell a Zap that is turned on of the problems that exist, but not of what was given up before', async () => {
      await fail();
      await bury('HTTP 500');
      await store.unsubscribe(CHANNEL, zap(1).id, clock.now(), true);
      await store.unsubscribe(CHANNEL, listener.id, clock.now());
      await clock.advance(HOUR);
      await pass();
      listener = await listen();
      await pass();
      expect(inShort(await noticesFor(listener))).toEqual(['60 Invoice Paid failing started']);
    });
  });
}
