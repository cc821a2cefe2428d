/** Sets aside an event that the target fails to process, if the target accepts the next event. */

import type { Log } from '../log.ts';
import type { WaitingSend } from '../store/rows/send.ts';
import type { Store } from '../store/store.ts';
import type { AttemptSend } from './attempts.ts';
import { hasRecovered } from './retry-policy.ts';
import type { SendQueue } from './send-queue.ts';
import type { SeparateRetries } from './separate-retries.ts';
import type { SendEnd, ServedSubscription } from './served-subscription.ts';

/** The dependencies of {@link probeNextSend}, which the worker of the subscription provides. */
export interface SetAsideParts {
  readonly served: ServedSubscription;
  readonly queue: SendQueue;
  readonly separate: Pick<SeparateRetries, 'setAside'>;
  readonly store: Pick<Store, 'hasSetAside'>;
  readonly attempt: AttemptSend;
  /** Reports that the target has accepted a send. */
  readonly reportDelivered: (send: WaitingSend, result: SendEnd) => void;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Attempts the send after a failing send. If the target accepts the send, sets the failing send aside. Returns true if
 * another send can follow immediately.
 *
 * @param failure - the result of the failing send
 * @throws if the store fails
 */
export async function probeNextSend(
  failing: WaitingSend,
  failure: SendEnd & { readonly reason: string },
  { served, queue, separate, store, attempt, reportDelivered, log }: SetAsideParts,
): Promise<boolean> {
  const send = await queue.at(1);
  if (!send || (await store.hasSetAside(served.current.key))) return false;
  const result = await attempt(send, queue.inMemory, true);
  if (result?.type !== 'delivered') {
    // Record the failure without a back-off, because the back-off depends only on the first send.
    if (result && result.type !== 'unsendable') served.report(send, 'waiting', result, {});
    return false;
  }
  reportDelivered(send, result);
  // A request to skip the failing event has priority.
  if (served.skipSeq === null) {
    queue.remove(failing.seq);
    separate.setAside(failing, failure);
    log.warn(
      { reason: failure.reason, number: failing.number },
      'An event fails although the target accepts the next event. It is set aside and retried separately for a day.',
    );
  }
  return !hasRecovered(served.current);
}
