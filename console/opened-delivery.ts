/** Deliveries that the browser has opened, and the records that Zaps receive for their events. */

import { describeSubject, flattenEvent } from '../src/record/event.ts';
import { reportedChange, type EventInBurst } from '../src/record/burst.ts';
import { compareSubjects, uncomparedKeys, type Change } from '../src/record/changes.ts';
import { precedes, timeBetween } from '../src/record/precedes.ts';
import type { Layout } from '../src/record/layout.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { eventsOf, hasSubject, type TutorCruncherEvent } from '../wire/delivery.ts';
import { objectWordOf, type ObjectWord } from '../wire/models.ts';
import type { ListedEvent } from '../wire/console-api.ts';
import type { DeliveryMetadata } from '../wire/sealing/format.ts';
import { openContent } from '../wire/sealing/open.ts';
import { webRuntime } from '../wire/sealing/web-runtime.ts';
import type { LinkKeys } from './link.ts';
import { LAYOUTS, layoutFrom } from './object-layouts.ts';
import { VIEWER_LOCALE } from './times.ts';

/** Maximum nesting depth of a delivery, the same as in Zaps. */
const MAX_NESTING = 200;

/** An event of an opened delivery. */
export interface OpenedEvent {
  readonly action: string;
  /** Name of the subject, such as the topic of a lesson or the name of a client; empty if the subject has none. */
  readonly name: string;
  /** Names of the people that the subject involves. */
  readonly people: string;
  readonly event: TutorCruncherEvent;
}

/**
 * The reason why a delivery is not opened:
 * - `newer-key`: it is sealed under a data key that the link does not contain;
 * - `large`: its content is too large for the list;
 * - `damaged`: it cannot be opened.
 */
export interface UnopenedDelivery {
  readonly kind: 'newer-key' | 'large' | 'damaged';
}

/** A delivery in the browser. `events` is empty if the body contains no events. */
export type BrowserDelivery = { readonly kind: 'opened'; readonly events: readonly OpenedEvent[] } | UnopenedDelivery;

/** The part of a delivery that the page keeps for the list. */
export type DeliveryNames =
  { readonly kind: 'opened'; readonly events: readonly Pick<OpenedEvent, 'name' | 'people'>[] } | UnopenedDelivery;

let layouts: ReadonlyMap<string, Layout> | null = null;

function layoutOfWord(word: ObjectWord | null): Layout | null {
  layouts ??= new Map(Object.entries(LAYOUTS).map(([key, stored]) => [key, layoutFrom(key, stored)]));
  return (word === null ? undefined : layouts.get(word)) ?? null;
}

/**
 * Converts an event to a record without its `id`, which is the hash of `identity`. The hash is computed separately,
 * because browsers compute hashes asynchronously.
 */
function unhashedRecord(event: TutorCruncherEvent) {
  let identity = '';
  const hash = (text: string) => {
    identity = text;
    return '';
  };
  const layout = layoutOfWord(objectWordOf(event.subject.model));
  const record = flattenEvent(event, layout, { hash, locale: VIEWER_LOCALE, hasSubjectKeys: layout === null });
  return { record, identity };
}

/** Returns the record that Zaps receive for an event, including its `id`. */
export async function recordOf(event: TutorCruncherEvent): Promise<FlatRecord> {
  const { record, identity } = unhashedRecord(event);
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(identity));
  const id = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { ...record, id };
}

/** Keys of fields that contain people's names, most informative first. */
const PEOPLE_KEYS = ['student_names', 'client_name', 'tutor_names', 'tutor_name', 'job_name'];

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

function openedEvent(event: TutorCruncherEvent): OpenedEvent {
  const { record } = unhashedRecord(event);
  const name = textOf(describeSubject(event.subject.model, event.subject).subject_name);
  const people = PEOPLE_KEYS.map((key) => textOf(record[key])).filter((text) => text !== '' && text !== name);
  return { action: event.action, name, people: people.slice(0, 1).join(''), event };
}

/** An envelope from the relay's API. `sealed` is null if the content is too large for the list. */
export type SealedEnvelope = ListedEvent['envelope'];

/**
 * Returns the metadata in an envelope. It need not be checked, because the content can be opened only with the metadata
 * that it was sealed with.
 */
export const metadataOf = (envelope: SealedEnvelope): DeliveryMetadata => ({
  channel: envelope.channel,
  id: envelope.delivery_id,
  keyId: envelope.key_id,
  receivedAt: envelope.received_at,
  actions: envelope.actions,
  model: envelope.model,
  subjectId: envelope.subject_id,
  eventTime: envelope.event_time,
});

/** Opens a delivery. */
export async function openDelivery(envelope: SealedEnvelope, keys: LinkKeys): Promise<BrowserDelivery> {
  const dataKey = await keys.dataKey(envelope.key_id);
  if (dataKey === 'newer-key' || dataKey === 'damaged') return { kind: dataKey };
  if (envelope.sealed === null) return { kind: 'large' };
  try {
    const content = await openContent(webRuntime, dataKey, { metadata: metadataOf(envelope), sealed: envelope.sealed });
    const body = new TextDecoder().decode(content.body);
    return { kind: 'opened', events: eventsOf(body, MAX_NESTING).filter(hasSubject).map(openedEvent) };
  } catch {
    return { kind: 'damaged' };
  }
}

/** The changes that an event reports, and the event that it is compared with. */
export interface ReportedChanges {
  readonly changes: readonly Change[];
  readonly since: TutorCruncherEvent;
  /** True if another event of the burst has reported the changes before, so that this event reports none. */
  readonly isRepeated: boolean;
}

function onlyEventOf(delivery: BrowserDelivery): TutorCruncherEvent | null {
  const [opened, ...others] = delivery.kind === 'opened' ? delivery.events : [];
  return opened && others.length === 0 ? opened.event : null;
}

/**
 * Compares the subject of a delivery's only event with its states in the earlier deliveries, as a Zap does. All triggers
 * that select the event also select events of the same action, so such events count as reported to the same Zaps.
 *
 * @returns null if the changes are unknown
 */
export function reportedChanges(
  delivery: BrowserDelivery,
  previous: BrowserDelivery | null,
  burst: readonly BrowserDelivery[],
): ReportedChanges | null {
  const event = onlyEventOf(delivery);
  const layout = layoutOfWord(objectWordOf(event?.subject.model));
  if (!event || !layout) return null;
  const before = previous && onlyEventOf(previous);
  const events: EventInBurst = {
    event,
    previous: before && precedes(before, event) ? before : null,
    burst: burst.flatMap((each) => {
      const earlier = onlyEventOf(each);
      const isComparable = earlier !== null && timeBetween(earlier, event) !== null;
      return isComparable ? [{ event: earlier, isSelected: earlier.action === event.action }] : [];
    }),
  };
  const options = { layout, hasBalances: true, locale: VIEWER_LOCALE };
  const change = reportedChange(events, ({ subject }) => ({
    comparison: compareSubjects(subject, event.subject, options),
    uncompared: () => uncomparedKeys(subject, event.subject, options),
  }));
  if (!change) return null;
  const { since, isRepeated, difference } = change;
  return { changes: difference.comparison.changes, since, isRepeated };
}

/** Returns the names in a delivery without its contents. */
export const deliveryNames = (delivery: BrowserDelivery): DeliveryNames =>
  delivery.kind === 'opened'
    ? { kind: 'opened', events: delivery.events.map(({ name, people }) => ({ name, people })) }
    : delivery;

/** Returns the names in a delivery, in lower case, for the search; empty if it is not opened. */
export const searchedText = (names: DeliveryNames | undefined): string =>
  names?.kind === 'opened'
    ? names.events
        .map(({ name, people }) => `${name} ${people}`)
        .join(' ')
        .toLowerCase()
    : '';
