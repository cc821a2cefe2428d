/**
 * The refusals of webhooks: the response for each reason, and the counts for the operator.
 *
 * Some webhooks are refused without a reason and are not counted. A URL that cannot contain a channel gets a 404 from
 * {@link unknownUrl}, and an incomplete body gets a 400 from `webhook-body.ts`. Other webhooks never reach the route.
 * `server.ts` responds to invalid HTTP and to headers or bodies that take too long, and `connection-limits.ts` closes
 * connections.
 */

import type { RefusalRecord } from '../intake/refusal-record.ts';
import type { ChannelTroubles, Trouble } from '../monitoring/channel-troubles.ts';
import type { Refusal } from '../refusal-reasons.ts';
import { notServed } from './authorization.ts';
import { badRequest, contentTooLarge, notFound, serviceUnavailable, tooManyRequests, type Problem } from './problem.ts';

/**
 * The responses, in the order of the checks. `webhook-admission.ts` checks the URL and the headers, `webhook-body.ts`
 * checks the body as it arrives, and `hook-routes.ts` checks the result of storing the body. The store determines
 * whether a channel is full. A test compares the statuses of the responses with the list in `refusal-reasons.ts`.
 */
const RESPONSES: Readonly<Record<Refusal, (retryAfter?: number) => Problem>> = {
  // The response does not reveal which part of the URL is wrong.
  unregistered: () =>
    notFound(
      'This is not, or no longer, a webhook URL of this relay. Copy the whole URL from the trigger in Zapier, and paste it ' +
        'into the integration in TutorCruncher.',
    ),
  refused: notServed,
  unsigned: () => badRequest('The header Webhook-Signature must contain 64 hexadecimal digits.'),
  too_large: () => contentTooLarge('10 MB'),
  rate_limited: (retryAfter) =>
    tooManyRequests(
      'The delivery was not stored: this channel has reached its limit of webhooks per minute. Send it again later. ' +
        'Operator of the relay: to raise the limit, set RELAY_MAX_EVENTS_PER_MINUTE.',
      retryAfter,
    ),
  busy: () =>
    serviceUnavailable('The delivery was not stored: the relay is receiving too many webhooks at once. Send it again.'),
  // TutorCruncher sends a webhook again after a response with status 429 or 503.
  failed: () => serviceUnavailable('The delivery was not stored. Send it again.'),
  full: () =>
    serviceUnavailable(
      'The delivery was not stored: the channel is full because its Zaps are not accepting deliveries. Send it again.',
    ),
};

/** The reasons that metrics and the log show for each channel. */
const TROUBLES: Readonly<Partial<Record<Refusal, Trouble>>> = {
  unregistered: 'unknown',
  rate_limited: 'rate_limited',
  full: 'full',
};

/** Returns the response to a webhook whose URL cannot belong to a channel of any relay. The webhook is not counted. */
export const unknownUrl = (): Problem => RESPONSES.unregistered();

/** The parts that count refusals. */
interface RefusalCounts {
  readonly metrics: {
    readonly ingested: { readonly inc: (labels: { readonly result: string }) => void };
    readonly troubles: Pick<ChannelTroubles, 'count'>;
  };
  readonly refusals: Pick<RefusalRecord, 'save' | 'countUnknown'>;
}

/** Counts refused webhooks, and returns the responses to them. */
export type WebhookRefusals = ReturnType<typeof createWebhookRefusals>;

/** Creates the refusals of a server. */
export function createWebhookRefusals({ metrics, refusals }: RefusalCounts) {
  /**
   * Counts a refusal in the metrics and the log. Returns the response.
   *
   * @param address - null if the channel is registered
   */
  function count(reason: Refusal, channel: string, address: string | null, retryAfter?: number): Problem {
    metrics.ingested.inc({ result: reason });
    const trouble = TROUBLES[reason];
    if (trouble) metrics.troubles.count(trouble, channel, address);
    return RESPONSES[reason](retryAfter);
  }

  return {
    /**
     * Refuses a webhook of a registered channel. The refusal is stored for the command `channels`. Returns the
     * response.
     */
    refuse: (reason: Refusal, channel: string, retryAfter?: number): Problem => {
      refusals.save(reason, channel);
      return count(reason, channel, null, retryAfter);
    },

    /**
     * Refuses a webhook whose channel might be a stranger's invention. Nothing is stored for such a channel. Returns
     * the response.
     */
    refuseUnknown: (reason: 'unregistered' | 'failed', channel: string, address: string): Problem => {
      if (reason === 'unregistered') refusals.countUnknown(channel);
      return count(reason, channel, address);
    },
  };
}
