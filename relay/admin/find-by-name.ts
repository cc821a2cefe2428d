/** Finds the channel or subscription that an operator specifies. */

import { badRequest, conflict, notFound } from '../http/problem.ts';
import type { DescribedSubscription } from '../store/outcomes/operator.ts';
import type { Store } from '../store/store.ts';
import { channelIn } from '../webhook-url.ts';

/** The parts of a store that find channels and subscriptions by the start of their names. */
export type LookupStore = Pick<Store, 'channelsStartingWith' | 'subscriptionsStartingWith'>;

/**
 * Returns the channel whose name starts with a text, or the channel in a webhook URL.
 *
 * @throws {Problem} if no channel or several channels match
 */
export async function findChannel(store: LookupStore, text: string): Promise<string> {
  const start = channelIn(text);
  if (!/^[A-Za-z0-9_-]{4,}$/.test(start)) {
    throw badRequest(
      'This is not the name of a channel. Enter at least the first 4 characters of the channel, as "channels" shows them, or its webhook URL.',
    );
  }
  const [channel, other] = await store.channelsStartingWith(start, 2);
  if (channel === undefined) {
    throw notFound('This relay has no channel with this name. "channels" lists all channels.');
  }
  if (other !== undefined) throw conflict('Several channels start with these characters. Enter more characters.');
  return channel;
}

/**
 * Returns the subscription whose id starts with a text. The subscription can be active or ended.
 *
 * @throws {Problem} if no subscription or several subscriptions match
 */
export async function findSubscription(store: LookupStore, text: string): Promise<DescribedSubscription> {
  if (!/^[0-9a-f-]{4,36}$/i.test(text)) {
    throw badRequest(
      'This is not the id of a subscription. Enter at least the first 4 characters of the id, as "subscriptions" shows them.',
    );
  }
  const [found, other] = await store.subscriptionsStartingWith(text.toLowerCase(), 2);
  if (!found) {
    throw notFound(
      'This relay has no subscription with this id. Its Zap may have been turned off. "subscriptions" lists all subscriptions.',
    );
  }
  if (other) throw conflict('The ids of several subscriptions start with these characters. Enter more characters.');
  return found;
}
