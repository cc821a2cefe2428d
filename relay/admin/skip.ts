/** The `skip` command. The process that serves the channel performs the skip. */

import type { Clock } from '../clock.ts';
import { conflict, notFound } from '../http/problem.ts';
import { shortNameOf } from '../short-name.ts';
import type { SubscriptionName } from '../store/operator.ts';
import type { Store } from '../store/store.ts';

/** The response to `skip`. */
export interface SkipResponse {
  readonly subscription: string;
  readonly channel: string;
  /** Number of the event in its channel. */
  readonly number: number;
  /**
   * `skipped`: the event is a dead letter. `delivered`: an attempt that was in progress succeeded. `requested`: the event
   * is skipped when the attempt in progress ends.
   */
  readonly result: 'skipped' | 'delivered' | 'requested';
}

/** Time limit. It is longer than an attempt in progress can take. */
const WAIT_MS = 25_000;
const POLL_MS = 50;

/**
 * Skips an event that is waiting for a subscription. Waits until it is done.
 *
 * @param number - number of the event; 0 for the oldest
 * @throws {Problem} if the event is not waiting, or another skip is still in progress
 */
export async function skipEvent(
  store: Store,
  { channel, id }: SubscriptionName,
  number: number,
  clock: Clock,
): Promise<SkipResponse> {
  const [event] = await store.sendSummaries('waiting', id, 1, number);
  if (number > 0 && event?.number !== number) {
    throw notFound(`The event ${number} is not waiting for this subscription. "waiting" lists the events that are.`);
  }
  if (!event) throw notFound('No events are waiting for this subscription, so there is nothing to skip.');
  const { seq } = event;
  if (!(await store.requestSkip({ channel, id }, seq))) {
    throw conflict('An event is being delivered or skipped right now. List the "waiting" events, and then try again.');
  }
  const names = { subscription: id, channel: shortNameOf(channel), number: event.number };
  const end = clock.now() + WAIT_MS;
  while (clock.now() < end) {
    const [[first], subscription] = await Promise.all([
      store.sendSummaries('waiting', id, 1, event.number),
      store.subscription(channel, id),
    ]);
    if (!subscription) throw notFound('The Zap was just turned off, which ended the subscription.');
    if (first?.seq !== seq) {
      const [letter] = await store.sendSummaries('dead', id, 1, event.number);
      return { ...names, result: letter?.seq === seq ? 'skipped' : 'delivered' };
    }
    await clock.sleep(POLL_MS, AbortSignal.timeout(WAIT_MS));
  }
  return { ...names, result: 'requested' };
}
