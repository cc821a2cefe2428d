/** A channel in which tests cause problems at chosen times. */

import { expect } from '@jest/globals';

import { deriveNoticeKey } from '../../../wire/capability.ts';
import { noticeAction, PROBLEM_KINDS, type Notice } from '../../../wire/notice.ts';
import { sign } from '../../../wire/signature.ts';
import { openDelivery } from '../../harness/opened-deliveries.ts';
import { CHANNEL, KEY, ORIGIN } from '../../harness/sample-delivery.ts';
import { tellOfProblems } from '../../monitoring/notices.ts';
import { createDataKeys } from '../../sealing/data-keys.ts';
import type { Subscription } from '../../store/rows/subscription.ts';
import { FakeClock } from './fake-clock.ts';
import { delivery } from './new-delivery.ts';
import { reportedState, resultOf, T0, type StoreContext } from './store-context.ts';

/** Actions, by the minute at which each action happens. */
export type Script = Readonly<Record<number, () => Promise<unknown>>>;

/** A channel in which tests cause problems at chosen times. */
export type TroubledChannel = Awaited<ReturnType<typeof createTroubledChannel>>;

export const MINUTE = 60_000;
const NOTICE_KEY = deriveNoticeKey(KEY, ORIGIN);
const VERDICT = { delivery_id: '00000000-0000-4000-8000-00000000000d', received_at: T0 };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Returns notices in short form: minute, trigger of the Zap with the problem, kind, state and number of events given
 * up.
 */
export function inShort(notices: readonly Notice[]): string[] {
  return notices.map(({ sent_at, zap: concerned, kind, state, is_off, events_given_up }) => {
    const marks = `${is_off ? ' off' : ''}${kind === 'given_up' || kind === 'ended' ? ` ${events_given_up}` : ''}`;
    return `${(sent_at - T0) / MINUTE} ${concerned ? `${concerned.trigger} ` : ''}${kind} ${state}${marks}`;
  });
}

/** Creates a channel with two Zaps, a third that receives notices, and a waiting event. */
export async function createTroubledChannel(context: StoreContext) {
  const { store } = context;
  const clock = new FakeClock(T0);

  async function subscribe(trigger: string, actions = ['A'], noticeKey?: string): Promise<Subscription> {
    const request = {
      targetUrl: `https://x/${trigger}`,
      filter: { actions },
      description: { trigger, options: [], zap_id: null },
      ...(noticeKey && { noticeKey }),
    };
    const subscription = await store.subscribe(CHANNEL, request, 9, clock.now());
    if (subscription === 'full') throw new Error('The channel is full.');
    return subscription;
  }
  const listen = (kinds: readonly (typeof PROBLEM_KINDS)[number][] = PROBLEM_KINDS, trigger = 'Delivery Problem') =>
    subscribe(trigger, kinds.map(noticeAction), NOTICE_KEY);
  const receive = () => store.ingest([delivery('A', { receivedAt: clock.now() })]);

  const zaps = [await subscribe('Invoice Paid'), await subscribe('Client Created')];
  const listener = await listen();
  await receive();
  const held = await context.hold();
  const zap = (index: number): Subscription => zaps[index] ?? listener;

  const fail = (index = 0) => {
    const failure = { failures: 3, failingSince: clock.now(), lastFailure: 'HTTP 500' };
    return context.save(held, [], [reportedState(zap(index), failure)]);
  };
  const accept = (index = 0) => context.save(held, [], [reportedState(zap(index), { lastSuccessAt: clock.now() })]);
  async function bury(failure: string): Promise<void> {
    const waiting = await store.pending(zap(0).key, 0, 9);
    const dead = { state: 'dead', failure, endedAt: clock.now() } as const;
    await context.save(
      held,
      waiting.map(({ seq }) => resultOf(zap(0), seq, dead)),
    );
  }
  const refuse = () => store.saveRefusal(CHANNEL, 'rate_limited', clock.now());
  const verdict = (is_valid: boolean) => {
    return store.noteVerdicts(CHANNEL, [{ ...VERDICT, is_valid }], false, clock.now());
  };
  /** Stores a console's verdicts: the newest event is genuine, and another event is forged. */
  const mixedCheck = () => {
    const verdicts = [true, false].map((is_valid) => ({ ...VERDICT, is_valid }));
    return store.noteVerdicts(CHANNEL, verdicts, false, clock.now());
  };
  /** Reports two refused signatures, or a refused and a valid signature. */
  const report = (isMixed = false) => {
    const verdicts = [false, isMixed].map((is_valid) => ({ ...VERDICT, received_at: clock.now(), is_valid }));
    return store.noteVerdicts(CHANNEL, verdicts, true, clock.now());
  };
  const pass = async () => {
    await store.checkSilences(clock.now());
    await tellOfProblems({ store, dataKeys: createDataKeys(clock, 9), clock, log: silent });
  };

  /** Returns the notices that wait for a Zap. Their signatures must be valid. */
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

  /** Runs a script, with a pass at each of its minutes and at regular intervals. Returns the notices in short form. */
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

  return {
    clock,
    /** The Zaps that can have problems. */
    zaps,
    /** Returns the Zap at an index; the Zap that receives notices if the index is too large. */
    zap,
    /** The Zap that receives notices. */
    listener,
    subscribe,
    /** Turns on a Zap that receives notices. */
    listen,
    /** Stores an event. */
    receive,
    /** Makes a Zap fail. */
    fail,
    /** Makes a Zap accept an event. */
    accept,
    /** Gives up the waiting events of the first Zap. */
    bury,
    /** Refuses a webhook. */
    refuse,
    /** Stores a console's verdict on the signatures. */
    verdict,
    /** Stores a Zap's report about signatures. */
    report,
    mixedCheck,
    pass,
    noticesFor,
    play,
  };
}
