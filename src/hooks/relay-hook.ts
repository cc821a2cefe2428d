/** Webhooks that a relay receives at one pasted URL and delivers to the Zaps that have subscribed. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { listedActions } from '../../wire/action-filter.ts';
import { refusalOf } from '../../wire/signature.ts';
import type { EventFilter } from '../event-filter.ts';
import { privateKeyOf } from '../private-key.ts';
import { describeChannel } from './channel-status.ts';
import type { CopyField, Hook } from './hook.ts';
import { keptEvents, type KeptEvent } from './kept-events.ts';
import { endSubscription, RelayClient, type RelaySubscription } from './relay-client.ts';
import { openedRequest } from './sealed-deliveries.ts';

/** Returns a trigger's filter, narrowed by the choices in its input fields. */
type FilterFor = (bundle: Bundle) => EventFilter;

/** Records that a trigger offers for testing a Zap. */
const MAX_RECEIVED_EVENTS = 3;

/** Returns the newest events that the relay stores and the filter keeps. They are verified like any other delivery. */
async function receivedEvents(client: RelayClient, bundle: Bundle, filter: EventFilter): Promise<KeptEvent[]> {
  const [action = null, ...others] = listedActions(filter.actions);
  const deliveries = await client.latestDeliveries(others.length === 0 ? action : null);
  return deliveries
    .flatMap((delivery) => {
      const kept = keptEvents(delivery, privateKeyOf(bundle), filter);
      return 'events' in kept ? kept.events : [];
    })
    .slice(0, MAX_RECEIVED_EVENTS);
}

/**
 * Returns true if the newest delivery that the relay stores is signed with another key than the connection's. Returns
 * false if that cannot be found out.
 */
async function hasForeignSignature(client: RelayClient, bundle: Bundle): Promise<boolean> {
  try {
    const [newest] = await client.latestDeliveries(null, 1);
    if (!newest) return false;
    return refusalOf(newest.content, newest.headers, privateKeyOf(bundle)) === 'wrong-signature';
  } catch {
    return false;
  }
}

/** Returns the text of the field with the webhook URL, or the advice to follow before the relay can be used. */
async function webhookUrlText(client: RelayClient, bundle: Bundle, filter: EventFilter): Promise<string> {
  const [answer, isForeign] = await Promise.all([client.state(), hasForeignSignature(client, bundle)]);
  if (answer.kind === 'unusable') return answer.advice;
  const status = describeChannel({ answer, hasForeignSignature: isForeign, filter: filter.actions });
  return (
    `Copy this URL:\n\n\`${client.webhookUrl}\`\n\nIn TutorCruncher, open **Settings > API** and the integration whose ` +
    'private key this connection uses. Paste the URL into **Webhook base URL**, and save. Do this once for all Zaps ' +
    `of this connection. Then test the trigger here, build the rest of the Zap and turn the Zap on.\n\n${status}`
  );
}

async function webhookUrlField(z: ZObject, bundle: Bundle, origin: string, filterFor: FilterFor): Promise<CopyField[]> {
  try {
    const client = new RelayClient(z, bundle, origin);
    const helpText = await webhookUrlText(client, bundle, filterFor(bundle));
    return [{ key: 'relay_webhook_url', label: 'Webhook URL for TutorCruncher', type: 'copy', helpText }];
  } catch {
    // The editor works without this field. Turning the Zap on reports the problem.
    return [];
  }
}

/** Registers the connection's channel at a relay, unless the relay is slow, unreachable or refuses. */
export async function registerAtRelay(z: ZObject, bundle: Bundle, origin: string): Promise<void> {
  try {
    await new RelayClient(z, bundle, origin).registerQuickly();
  } catch {
    // Turning a Zap on registers again and reports the problem.
  }
}

/**
 * Returns the hook of a trigger in an app that was built for a relay.
 *
 * @param origin - the relay's public origin
 * @param filterFor - returns the trigger's filter, narrowed by the choices in its input fields
 */
export const relayHook = (origin: string, filterFor: FilterFor): Hook => ({
  display: {},
  operation: {
    performSubscribe: async (z, bundle) => {
      const client = new RelayClient(z, bundle, origin);
      return client.subscribe(bundle.targetUrl ?? '', filterFor(bundle).actions);
    },
    performUnsubscribe: async (z, bundle) => {
      const { id, secret }: Readonly<Partial<RelaySubscription>> = bundle.subscribeData ?? {};
      if (id && secret) await endSubscription(z, origin, { id, secret });
      return {};
    },
  },
  inputFields: [(z, bundle) => webhookUrlField(z, bundle, origin, filterFor)],
  deliveryIn: (z, bundle) => openedRequest(z, bundle, origin),
  receivedEvents: async (z, bundle, filter) => {
    try {
      return await receivedEvents(new RelayClient(z, bundle, origin), bundle, filter);
    } catch {
      // Records from TutorCruncher's API take their place.
      return [];
    }
  },
});
