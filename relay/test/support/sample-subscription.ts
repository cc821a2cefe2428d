/** A subscription as a store returns it, and its claim. */

import { CHANNEL } from '../../harness/sample-delivery.ts';
import type { HeldClaim, WaitingSend } from '../../store/rows/send.ts';
import type { Subscription } from '../../store/rows/subscription.ts';
import { INITIAL_STATE } from './store-context.ts';

export const CLAIM: HeldClaim = { channel: 3, claim: 5, process: '00000000-0000-4000-8000-000000000001' };

/** Returns a subscription whose target has neither failed nor accepted an event. */
export const sampleSubscription = (changes: Partial<Subscription> = {}): Subscription => ({
  ...INITIAL_STATE,
  id: '00000000-0000-4000-8000-000000000007',
  key: 7,
  channel: CHANNEL,
  targetUrl: 'https://hooks.zapier.com/hooks/standard/7',
  filter: { actions: ['A'] },
  description: null,
  startsAfter: 0,
  createdAt: 0,
  endedAt: null,
  isPending: false,
  isRedriving: false,
  redrivenAt: null,
  retriedAt: null,
  pausedAt: null,
  resumedAt: null,
  skipSeq: null,
  ...changes,
});

/** Returns a waiting send of a delivery. */
export const waitingSend = (seq: number, changes: Partial<WaitingSend> = {}): WaitingSend => ({
  seq,
  deliveryId: `delivery ${seq}`,
  number: seq,
  receivedAt: 1_000_000,
  isSentAgain: false,
  isSetAside: false,
  ...changes,
});
