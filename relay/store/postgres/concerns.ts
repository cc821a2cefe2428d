/** Handling of wellbeing concerns that no subscription selects. Their contents are not stored. */

import { selectsDelivery } from '../../../wire/action-filter.ts';
import { hasContent } from '../has-content.ts';
import type { NewDelivery } from '../delivery.ts';
import { cursorsOf } from './action-lists.ts';
import type { Connections } from './connections.ts';

/** Returns deliveries without the contents of concerns that no subscription selects. */
export async function withoutUnselectedConcerns(
  connections: Connections,
  deliveries: readonly NewDelivery[],
): Promise<readonly NewDelivery[]> {
  const concerns = deliveries.filter((delivery) => delivery.isConcern && hasContent(delivery));
  if (concerns.length === 0) return deliveries;
  const subscriptions = await cursorsOf(connections, [...new Set(concerns.map(({ channel }) => channel))]);
  const unselected = new Set(
    concerns.filter(
      ({ channel, actions }) =>
        !subscriptions.some((each) => each.channel === channel && selectsDelivery(each.filter, actions)),
    ),
  );
  return deliveries.map((delivery) => (unselected.has(delivery) ? { ...delivery, content: null } : delivery));
}
