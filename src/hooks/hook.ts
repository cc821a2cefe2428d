/**
 * The choice between the two ways in which webhooks reach a Zap. TutorCruncher has no API for subscribing a URL. Either
 * the owner of each Zap pastes its URL into TutorCruncher (a "static hook"), or an app that is built for a relay
 * subscribes each Zap at the relay, whose URL is pasted once for all Zaps.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { EventFilter } from '../event-filter.ts';
import type { FilterField } from '../input-fields.ts';
import type { KeptEvent } from './kept-events.ts';
import { pastedUrlHook } from './pasted-url-hook.ts';
import { registerAtRelay, relayHook } from './relay-hook.ts';
import { RELAY_URL } from './relay-url.ts';

/** Read-only text between the input fields, computed for the connection. */
export interface CopyField {
  readonly key: string;
  readonly label: string;
  readonly type: 'copy';
  readonly helpText: string;
}

/** A delivery as TutorCruncher sent it. Its signature has not been verified yet. */
export interface SignedDelivery {
  /** The raw body. */
  readonly content: string;
  /** Headers in any letter case, with or without Zapier's prefix. */
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A delivery with earlier deliveries about the same subject, according to the relay. */
export interface ReceivedDelivery extends SignedDelivery {
  /** The newest delivery from before the burst; null if there is none. */
  readonly previous: SignedDelivery | null;
  /** Deliveries of the burst that arrived before, in the order of their event times. */
  readonly burst: readonly SignedDelivery[];
  /** True if TutorCruncher sent the same webhook before, according to the relay; default: false. */
  readonly isRepeat?: boolean;
}

/** The parts of a trigger's definition that depend on how webhooks reach it. */
export interface Hook {
  readonly display: { readonly directions?: string };
  readonly operation: {
    readonly performSubscribe?: (z: ZObject, bundle: Bundle) => Promise<{ id: string }>;
    readonly performUnsubscribe?: (z: ZObject, bundle: Bundle) => Promise<object>;
  };
  /** Fields in front of the trigger's own input fields. */
  readonly inputFields: readonly ((z: ZObject, bundle: Bundle) => Promise<CopyField[]>)[];
  /**
   * Returns the delivery in a request that Zapier received.
   *
   * @throws {Error} a HaltedError if the request contains no delivery that this connection can read
   */
  readonly deliveryIn: (z: ZObject, bundle: Bundle) => Promise<ReceivedDelivery>;
  /**
   * Returns the received events that the trigger keeps, newest first; an empty list if received events are not stored.
   */
  readonly receivedEvents: (z: ZObject, bundle: Bundle, filter: EventFilter) => Promise<KeptEvent[]>;
}

/** The parts of a trigger that its hook needs. */
export interface HookedTrigger {
  readonly label: string;
  /** The fields that narrow the trigger's filter. */
  readonly filterFields: readonly FilterField[];
  /** Returns the trigger's filter, narrowed by the choices in its input fields. */
  readonly filterFor: (bundle: Bundle) => EventFilter;
}

/** Returns the hook of a trigger. */
export const hookFor = (trigger: HookedTrigger): Hook =>
  RELAY_URL === null ? pastedUrlHook : relayHook(RELAY_URL, trigger);

/**
 * Registers the connection's channel if the app was built for a relay, so that the relay stores events from then on.
 * Failures are ignored: turning a Zap on registers again and reports them.
 */
export async function registerConnection(z: ZObject, bundle: Bundle): Promise<void> {
  if (RELAY_URL !== null) await registerAtRelay(z, bundle, RELAY_URL);
}
