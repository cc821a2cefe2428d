import { describe, expect, it } from '@jest/globals';

import { selectsDelivery, type ActionFilter, type DeliveryActions } from '../../../wire/action-filter.ts';
import type { Lease } from '../../store/lease.ts';
import type { SubscriptionState } from '../../store/subscription.ts';
import { CHANNEL } from '../../harness/sample-delivery.ts';
import { letterOf, progressOf, RETENTION, T0, type StoreContext } from './context.ts';
import { delivery } from '../new-delivery.ts';

/** A delivery in the test's model. */
interface Remembered {
  readonly seq: number;
  readonly actions: DeliveryActions;
  readonly receivedAt: number;
}

const ACTION_LISTS: readonly DeliveryActions[] = [
  ['A'],
  ['B'],
  ['C'],
  ['A', 'B'],
  ['B', 'A', 'C'],
  ['D', 'C'],
  null,
  [],
];
const FILTERS: readonly ActionFilter[] = [
  { actions: ['A'] },
  { actions: ['A', 'B'] },
  { actions: ['C', 'A', 'B', 'D'] },
  { actions: ['NEVER'] },
  { all_except: [] },
  { all_except: ['A', 'C'] },
  { all_except: ['A', 'B', 'C', 'D'] },
];
const STEPS = 250;

/** Returns a generator of whole numbers below a limit, with the same sequence in each run. */
function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % limit;
  };
}

export function pendingContract(context: StoreContext): void {
  describe('pending counts', () => {
    /** Computes the counts by examining each delivery. */
    function naiveCounts({ filter, cursor }: SubscriptionState, all: readonly Remembered[]) {
      const pending = all.filter(({ seq, actions }) => seq > cursor && selectsDelivery(filter, actions));
      return { pending: pending.length, oldestPendingAt: pending[0]?.receivedAt ?? null };
    }

    it.each([1, 2, 3])('equal the number of waiting deliveries after any sequence of calls (seed %d)', async (seed) => {
      const { store } = context;
      const random = randomFrom(seed);
      const all: Remembered[] = [];
      let now = T0;
      let lease: Lease | null = null;
      const subscriptions = async () => (await store.channelState(CHANNEL, now))?.subscriptions ?? [];
      const pick = <T>(values: readonly T[]): T | undefined => values[random(values.length)];

      async function ingest(): Promise<void> {
        const group = Array.from({ length: 1 + random(4) }, () =>
          delivery('A', { actions: pick(ACTION_LISTS) ?? null, isConcern: random(4) === 0, receivedAt: ++now }),
        );
        await store.ingest(group);
        all.push(...(await store.deliveriesAfter(CHANNEL, all.at(-1)?.seq ?? 0, 100)));
        lease ??= (await context.lease())[0] ?? null;
      }
      /** Moves a cursor, optionally past dead letters. */
      async function advance(dies: boolean): Promise<void> {
        const subscription = pick(await subscriptions());
        const next = pick(all.filter(({ seq }) => seq > (subscription?.cursor ?? 0)).slice(0, 6));
        if (!subscription || !lease || !next) return;
        const progress = progressOf(subscription, lease, { cursor: next.seq });
        if (dies) await store.bury([letterOf(subscription, next.seq, now)], progress);
        else await store.progress([progress]);
      }
      async function redrive(): Promise<void> {
        const subscription = pick(await subscriptions());
        if (!subscription || !lease) return;
        await store.redrive(CHANNEL, subscription.id);
        const [first, second] = await store.redriven(subscription.id, 2);
        if (first) await store.settleRedriven(lease.leaseId, subscription.id, first.seq, true);
        if (second) await store.settleRedriven(lease.leaseId, subscription.id, second.seq, false);
      }
      async function unsubscribe(): Promise<void> {
        const subscription = pick(await subscriptions());
        if (subscription && random(3) === 0) await store.unsubscribe(CHANNEL, subscription.id);
      }
      const steps: readonly (() => Promise<unknown>)[] = [
        ingest,
        ingest,
        ingest,
        () => advance(false),
        () => advance(false),
        () => advance(true),
        redrive,
        () => context.subscribe(`https://x/${random(4)}`, pick(FILTERS)),
        unsubscribe,
        () => store.retain({ ...RETENTION, bodyMs: 0 }, ++now),
        () => store.retain({ ...RETENTION, bodyMs: 0, deadLetterMs: 5 }, ++now),
      ];
      for (let step = 0; step < STEPS; step++) {
        await pick(steps)?.();
        for (const state of await subscriptions()) {
          const { pending, oldestPendingAt } = state;
          expect({ step, pending, oldestPendingAt }).toEqual({ step, ...naiveCounts(state, all) });
        }
      }
      expect(all.length).toBeGreaterThan(STEPS / 4);
    });
  });
}
