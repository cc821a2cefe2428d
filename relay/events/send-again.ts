/** The selection of events that are to be sent again. */

import {
  MAX_SENT_AGAIN,
  type EventAtZap,
  type EventConditions,
  type SendAgainResponse,
} from '../../wire/console-api.ts';
import type { Repetition } from '../store/console-store.ts';
import type { EventSearch } from './event-search.ts';

/** Events that are found at once. */
const PAGE = 200;
/** Searches that one request makes at most. Each of them ends after a limited number of events. */
const MAX_SEARCHES = 20;

/** The deliveries that are to be sent again, and the response if nothing changes until they are. */
export interface Selection {
  readonly repetitions: readonly Repetition[];
  readonly response: SendAgainResponse;
}

/** Returns true for a delivery that needs not be sent again, because it is going to be attempted anyway. */
const isWaiting = ({ outcome }: EventAtZap): boolean => outcome === 'waiting' || outcome === 'failed';

/** Selects one event and one Zap. */
export function selectOne(seq: number, fate: EventAtZap): Selection {
  const repetitions = isWaiting(fate) ? [] : [{ subscriptionId: fate.zap, seq }];
  const deliveries = repetitions.length;
  const response = { events: deliveries, deliveries, waiting: 1 - deliveries, has_more: false, up_to: seq };
  return { repetitions, response };
}

/**
 * Selects the newest deliveries that meet conditions, at most {@link MAX_SENT_AGAIN}.
 *
 * @param upTo - sequence number of the newest event to consider
 */
export async function selectByConditions(
  search: EventSearch,
  conditions: EventConditions,
  upTo: number,
): Promise<Selection> {
  const { zap, outcome } = conditions;
  const isMeant = (fate: EventAtZap): boolean =>
    (zap === undefined || fate.zap === zap) && (outcome === undefined || fate.outcome === outcome);
  const repetitions: Repetition[] = [];
  let waiting = 0;
  let before: number | null = upTo + 1;
  let hasMore = false;
  for (let searches = 0; before !== null && !hasMore; searches++) {
    if (searches === MAX_SEARCHES) {
      hasMore = true;
      break;
    }
    const found = await search.find(conditions, before, PAGE);
    for (const { seq, zaps } of found.events) {
      const meant = zaps.filter(isMeant);
      waiting += meant.filter(isWaiting).length;
      const wanted = meant.filter((fate) => !isWaiting(fate)).map((fate) => ({ subscriptionId: fate.zap, seq }));
      hasMore = repetitions.length + wanted.length > MAX_SENT_AGAIN;
      if (hasMore) break;
      repetitions.push(...wanted);
    }
    before = found.next;
  }
  const events = new Set(repetitions.map(({ seq }) => seq)).size;
  const response = { events, deliveries: repetitions.length, waiting, has_more: hasMore, up_to: upTo };
  return { repetitions, response };
}
