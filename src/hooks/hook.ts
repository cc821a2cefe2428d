/** The parts of a trigger that depend on how webhooks reach its Zap. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { EventFilter } from '../event-filter.ts';
import type { FilterField } from '../input-fields.ts';
import type { KeptEvent } from './kept-events.ts';
import type { ReceivedDelivery } from './received-delivery.ts';

/** Read-only text between the input fields, computed for the connection. */
export interface CopyField {
  readonly key: string;
  readonly label: string;
  readonly type: 'copy';
  readonly helpText: string;
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
  /** True if the relay sends its Zaps notices instead of webhooks; default: false. */
  readonly receivesNotices?: boolean;
  /** The fields whose choices decide for which events a Zap runs. */
  readonly choiceFields: readonly Pick<FilterField, 'field'>[];
  /** Returns the trigger's filter, narrowed by the choices in its input fields. */
  readonly filterFor: (bundle: Bundle) => EventFilter;
}
