/**
 * How deliveries reach a Zap: the one place that chooses. TutorCruncher has no API to subscribe a URL. So either a Zap's
 * URL is pasted by its owner (a "static hook"), and each trigger shows how; or, in an app that was built for a relay,
 * Zapier subscribes and unsubscribes each Zap there, and one pasted URL serves them all.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { listedActions } from '../../wire/action-filter.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { EventFilter } from '../event-filter.ts';
import { privateKeyOf } from '../connection.ts';
import { keptEvents } from './kept-events.ts';
import type { Relay } from './relay-client.ts';
import { RELAY_URL } from './relay-url.ts';
import { SIGNATURE_HEADER } from '../../wire/signature.ts';

const DIRECTIONS = [
  '1. In TutorCruncher, open **Settings > API** and click **Add Integration**. Each Zap needs an integration of its own.',
  '2. Copy the private key of that integration.',
  '3. Here, connect TutorCruncher with that key.',
  '4. Copy the webhook URL shown here, paste it into the **Webhook base URL** of the same integration and save it.',
].join('\n');

/** A text among the input fields, computed for the connection. */
export interface CopyField {
  readonly key: string;
  readonly label: string;
  readonly type: 'copy';
  readonly helpText: string;
}

/** What a trigger needs to be reached by deliveries. */
export interface Subscription {
  readonly display: { readonly directions?: string };
  readonly operation: {
    readonly performSubscribe?: (z: ZObject, bundle: Bundle) => Promise<{ id: string }>;
    readonly performUnsubscribe?: (z: ZObject, bundle: Bundle) => Promise<object>;
  };
  /** What the editor shows before all choices. */
  readonly inputFields: readonly ((z: ZObject, bundle: Bundle) => Promise<CopyField[]>)[];
  /** Events that have really come, the newest first; none where nobody keeps them. */
  readonly received: (z: ZObject, bundle: Bundle, filter: EventFilter) => Promise<TutorCruncherEvent[]>;
}

const pastedUrl: Subscription = {
  display: { directions: DIRECTIONS },
  operation: {},
  inputFields: [],
  received: () => Promise.resolve([]),
};

/** Up to three; a relay that fails has none. What it gives is verified like any other delivery. */
async function receivedAt(relay: Relay, bundle: Bundle, filter: EventFilter): Promise<TutorCruncherEvent[]> {
  const [action = null, ...more] = listedActions(filter.actions);
  const deliveries = await relay.latest(more.length === 0 ? action : null);
  return deliveries
    .flatMap(({ body, signature }) => {
      const kept = keptEvents(body, { [SIGNATURE_HEADER]: signature }, privateKeyOf(bundle), filter);
      return 'events' in kept ? kept.events : [];
    })
    .slice(0, 3);
}

/** Only an app that was built for a relay loads what it needs for one. */
async function relayAt(z: ZObject, bundle: Bundle, origin: string): Promise<Relay> {
  const { Relay } = await import('./relay-client.ts');
  return new Relay(z, bundle, origin);
}

async function urlField(z: ZObject, bundle: Bundle, origin: string): Promise<CopyField[]> {
  try {
    const relay = await relayAt(z, bundle, origin);
    const state = await relay.stateInWords();
    return [
      {
        key: 'relay_webhook_url',
        label: 'Webhook URL for TutorCruncher',
        type: 'copy',
        helpText:
          'In TutorCruncher, open **Settings > API**, choose the integration whose private key this connection has, and ' +
          `paste this URL into its **Webhook base URL**, once for all Zaps of this connection:\n\n\`${relay.webhookUrl}\`` +
          `\n\nRight now: ${state}.`,
      },
    ];
  } catch {
    // A Zap can be built without it; turning it on says what is wrong.
    return [];
  }
}

function throughRelay(origin: string, filterFor: (bundle: Bundle) => EventFilter): Subscription {
  return {
    display: {},
    operation: {
      performSubscribe: async (z, bundle) => {
        const relay = await relayAt(z, bundle, origin);
        const id = await relay.subscribe(bundle.targetUrl ?? '', filterFor(bundle).actions);
        return { id };
      },
      performUnsubscribe: async (z, bundle) => {
        const id = bundle.subscribeData?.id;
        if (id) await (await relayAt(z, bundle, origin)).unsubscribe(id);
        return {};
      },
    },
    inputFields: [(z, bundle) => urlField(z, bundle, origin)],
    received: async (z, bundle, filter) => {
      try {
        return await receivedAt(await relayAt(z, bundle, origin), bundle, filter);
      } catch {
        return [];
      }
    },
  };
}

/**
 * How a trigger is reached by deliveries.
 *
 * @param filterFor - what it keeps, narrowed by what was chosen in its fields
 */
export const subscription = (filterFor: (bundle: Bundle) => EventFilter): Subscription =>
  RELAY_URL === null ? pastedUrl : throughRelay(RELAY_URL, filterFor);

/** Lets a connection that is being tested be known where its events are to be kept. */
export async function announce(z: ZObject, bundle: Bundle): Promise<void> {
  if (RELAY_URL === null) return;
  try {
    await (await relayAt(z, bundle, RELAY_URL)).tryToRegister();
  } catch {
    // A key that is too short for a relay: turning a Zap on says so.
  }
}
