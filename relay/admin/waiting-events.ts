import { selectsDelivery } from '../../wire/action-filter.ts';
import type { DeliverySummary, OperatorStore } from '../store/operator-store.ts';
import type { Subscription } from '../store/subscription.ts';

/** Maximum number of deliveries that one call to the store reads. The limit lets other calls proceed. */
const PAGE_SIZE = 500;

/** Returns the oldest deliveries that are waiting for a subscription, in order. */
export async function waitingEvents(
  store: Pick<OperatorStore, 'deliverySummaries'>,
  { channel, cursor, filter }: Pick<Subscription, 'channel' | 'cursor' | 'filter'>,
  limit: number,
): Promise<DeliverySummary[]> {
  const events: DeliverySummary[] = [];
  let after = cursor;
  for (;;) {
    const page = await store.deliverySummaries(channel, after, PAGE_SIZE);
    events.push(...page.filter(({ actions }) => selectsDelivery(filter, actions)));
    const last = page.at(-1);
    if (page.length < PAGE_SIZE || !last || events.length >= limit) return events.slice(0, limit);
    after = last.seq;
  }
}
