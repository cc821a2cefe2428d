/**
 * How deliveries reach a Zap: the one place that chooses. TutorCruncher has no API to subscribe a URL, so a Zap's URL
 * is pasted by its owner (a "static hook"), and each trigger shows how. A service between the two that can subscribe
 * would give `operation` a `performSubscribe` and `performUnsubscribe` here, with no trigger changed.
 */

const DIRECTIONS = [
  '1. In TutorCruncher, open **Settings > API** and click **Add Integration**. Each Zap needs an integration of its own.',
  '2. Copy the private key of that integration.',
  '3. Here, connect TutorCruncher with that key.',
  '4. Copy the webhook URL shown here, paste it into the **Webhook base URL** of the same integration and save it.',
].join('\n');

/** What a trigger needs to be reached by deliveries. */
export interface Subscription {
  readonly display: { readonly directions?: string };
  readonly operation: Record<string, never>;
}

export const subscription = (): Subscription => ({ display: { directions: DIRECTIONS }, operation: {} });
