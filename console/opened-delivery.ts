/** Deliveries that the browser has opened, with the records that Zaps receive for the events. */

import { flattenEvent } from '../src/record/event.ts';
import { NEUTRAL_LOCALE, type Locale } from '../src/record/locale.ts';
import { currencySign } from '../src/record/money.ts';
import type { Layout } from '../src/record/layout.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { eventsOf, hasSubject, type TutorCruncherEvent } from '../wire/delivery.ts';
import { objectWordOf } from '../wire/models.ts';
import type { ConsoleLinkResponse, ListedEvent } from '../wire/console-api.ts';
import { unwrapLinkKey } from '../wire/console-link.ts';
import { readEnvelope } from '../wire/sealing/format.ts';
import { openContent } from '../wire/sealing/open.ts';
import { webRuntime } from '../wire/sealing/web-runtime.ts';
import { eventNames, type EventNames } from './event-names.ts';
import { LAYOUTS } from './object-layouts.ts';
import { VIEWER_ZONE } from './times.ts';

/** Maximum nesting depth of a delivery. Zaps have the same limit. */
const MAX_NESTING = 200;

/** An event of an opened delivery. */
export interface OpenedEvent extends EventNames {
  readonly event: TutorCruncherEvent;
  /** The record that Zaps receive for the event. */
  readonly record: FlatRecord;
}

/** A delivery in the browser. */
export interface BrowserDelivery<Event = OpenedEvent> {
  /**
   * The state of the delivery, or the reason that it is not opened:
   *
   * - `newer-key`: the delivery is sealed with a data key that the link does not contain;
   * - `large`: the content of the delivery is too large for the list;
   * - `damaged`: the delivery cannot be opened.
   */
  readonly kind: 'opened' | 'newer-key' | 'large' | 'damaged';
  /** The events of an opened delivery; empty for a delivery that is not opened. */
  readonly events: readonly Event[];
}

/** The part of a delivery that the page keeps for the list. */
export type DeliveryNames = BrowserDelivery<EventNames>;

/** Returns the locale for the records on the page. @param currency - the branch's currency; null if it is unknown */
export const viewerLocale = (currency: string | null): Locale => ({
  ...NEUTRAL_LOCALE,
  timeZone: VIEWER_ZONE,
  currencySign: currencySign(currency),
});

/** Returns the layout of the records of an event; null for an unknown object. */
export const layoutOf = (event: TutorCruncherEvent): Layout | null =>
  LAYOUTS.get(objectWordOf(event.subject.model) ?? '') ?? null;

async function openEvent(event: TutorCruncherEvent, locale: Locale): Promise<OpenedEvent> {
  let hashed = '';
  const hash = (text: string) => {
    hashed = text;
    return '';
  };
  const layout = layoutOf(event);
  const record = flattenEvent(event, layout, { hash, locale, hasSubjectKeys: layout === null });
  // Browsers compute hashes asynchronously, so the id is added in a second step.
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(hashed));
  const id = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { event, ...eventNames(event, record), record: { ...record, id } };
}

/** Data keys (32 bytes), keyed by id, except keys that are newer than the link. */
export type LinkKeys = ReadonlyMap<string, Promise<Uint8Array | 'damaged'>>;

/** The keys and the locale that the page uses to open deliveries. */
export interface LinkAccess {
  readonly keys: LinkKeys;
  /** The locale for the records. */
  readonly locale: Locale;
}

/** Unwraps the data keys of a link. */
export const unwrapLinkKeys = (wrappingKey: Uint8Array, { channel, keys }: ConsoleLinkResponse): LinkKeys =>
  new Map(
    keys.map(({ key_id: keyId, wrapped_key }) => [
      keyId,
      unwrapLinkKey(wrappingKey, wrapped_key, { channel, keyId }).catch(() => 'damaged' as const),
    ]),
  );

/** Opens the delivery in an envelope from the relay's API. */
export async function openDelivery(
  envelope: ListedEvent['envelope'],
  { keys, locale }: LinkAccess,
): Promise<BrowserDelivery> {
  const dataKey = (await keys.get(envelope.key_id)) ?? 'newer-key';
  if (typeof dataKey === 'string') return { kind: dataKey, events: [] };
  if (envelope.sealed === null) return { kind: 'large', events: [] };
  try {
    const { body } = await openContent(webRuntime, dataKey, readEnvelope(envelope));
    const events = eventsOf(new TextDecoder().decode(body), MAX_NESTING).filter(hasSubject);
    return { kind: 'opened', events: await Promise.all(events.map((event) => openEvent(event, locale))) };
  } catch {
    return { kind: 'damaged', events: [] };
  }
}

/** Returns the part of a delivery that the list keeps: its state and its names. */
export const deliveryNames = ({ kind, events }: BrowserDelivery): DeliveryNames => ({
  kind,
  events: events.map(({ name, people }) => ({ name, people })),
});
