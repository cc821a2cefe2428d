/** The data of the page, and the part of the channel that it shows. */

import type { ConsoleLinkResponse, EventConditions, OverviewResponse } from '../wire/console-api.ts';
import type { Detail } from './detail.ts';
import type { EventList } from './event-list.ts';
import type { DeliveryNames } from './opened-delivery.ts';
import type { FailureReason } from './relay-client.ts';

/**
 * Access to the channel: `opening` while the link is looked up, `open`, or the reason why there is no access.
 * `no-link`: the tab was not opened with a link.
 */
export type Access = 'opening' | 'open' | 'no-link' | 'expired' | 'refused';

/** The reason why the displayed data may be outdated. `defect`: an error in the page itself. */
export type Trouble = FailureReason | 'defect';

export interface SessionState {
  readonly access: Access;
  readonly link: ConsoleLinkResponse | null;
  readonly overview: OverviewResponse | null;
  /** The events that meet the conditions; null until they are loaded. */
  readonly list: EventList | null;
  /** The older events that are being loaded; null if none are. */
  readonly loading: 'page' | 'all' | null;
  /** The names in the events of the list, by the ids of their deliveries. */
  readonly names: ReadonlyMap<string, DeliveryNames>;
  readonly detail: Detail | null;
  /** Null if the latest requests succeeded. */
  readonly trouble: Trouble | null;
}

/** The state before the link is opened. */
export const INITIAL: SessionState = {
  access: 'opening',
  link: null,
  overview: null,
  list: null,
  loading: null,
  names: new Map(),
  detail: null,
  trouble: null,
};

/** The part of the channel that is displayed beside the overview. */
export interface Shown {
  /** True for the list of events. */
  readonly hasList: boolean;
  /** Identifies the conditions of the list, which may include the current time. */
  readonly conditionsKey: string;
  readonly conditions: () => EventConditions;
  /** Number of the opened event; null if none is open. */
  readonly event: number | null;
}
