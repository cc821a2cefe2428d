/** Checks the contents and the times of webhooks that a relay has stored, or that were saved in a folder. */

import { rowId } from '../src/api/rows.ts';
import { isOtherBranch, sentBranchId } from '../src/record/branch-fields.ts';
import { personChangeOf } from '../src/record/changed-people.ts';
import { isAboutPaymentDetails } from '../src/record/payment-details.ts';
import { fieldRule } from '../src/record/field-rules.ts';
import { eventsOf, hasSubject, type TutorCruncherEvent, type WireEvent } from '../wire/delivery.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { OBJECT_NAMES, objectWordOf } from '../wire/models.ts';
import { subjectAndTimeOf } from '../wire/subject.ts';
import { refusalOf, SIGNATURE_HEADER } from '../wire/signature.ts';
import { objects } from '../objects/index.ts';
import type { AccountCheck } from './account.ts';
import { checkCustomFields } from './details.ts';
import { FieldForms, formOf, rounded, type ReportedForms } from './forms.ts';
import { ENUMERATIONS, KNOWN_ACTIONS } from './known-words.ts';
import { withUserFields } from './user-fields.ts';

/** A delivery in the form in which it arrived. */
export interface ArrivedDelivery {
  readonly body: string;
  /** Value of the header `webhook-signature`; null if unknown. */
  readonly signature: string | null;
  /** Time of arrival in milliseconds since 1970; null if unknown. */
  readonly receivedAt: number | null;
  /** True if the relay had received the same delivery before. */
  readonly isRepeat: boolean;
}

/**
 * The section of the report about the events of an action: the fields of our sample that are present, absent or empty.
 */
export interface EventFacts extends ReportedForms {
  readonly events: number;
  readonly shape: 'flat' | 'user';
  readonly absent: string[];
  readonly empty: string[];
}

/** The section of the report about deliveries. Counts are rounded. */
export interface DeliveryFacts {
  readonly deliveries: number;
  readonly wrongSignatures: number;
  /** Numbers of deliveries, keyed by the form of the list of events. */
  readonly eventsPerDelivery: Record<string, number>;
  readonly models: Record<string, number>;
  readonly actions: Record<string, EventFacts>;
  /** Number of events whose actions our triggers do not use. */
  readonly otherActions: number;
  /** Numbers of bursts, keyed by the form of the list of deliveries. */
  readonly bursts: Record<string, number>;
  readonly repeats: number;
  /** Numbers of deliveries, keyed by the time between the event and its arrival. */
  readonly delays: Record<string, number>;
}

/** Longest time between the events of one burst (docs/tutorcruncher.md, `delivery.burst`). */
const BURST_MS = 5_000;

/** Classes of delays with their upper limits, in milliseconds. TutorCruncher's last attempt comes after 19 minutes. */
const DELAYS: readonly (readonly [name: string, ms: number])[] = [
  ['under 10 seconds', 10_000],
  ['under 1 minute', 60_000],
  ['under 20 minutes', 20 * 60_000],
  ['longer', Infinity],
];

const SHORT_FIELDS: ReadonlySet<string> = new Set([
  ...['model', 'url', 'id', 'first_name', 'last_name', 'email', 'role_type', 'is_deleted'],
]);

/** Returns the rounded number of occurrences of each name. */
function counted(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort().map(([name, count]) => [name, rounded(count)]));
}

/** An event, with the delivery that contained the event. */
interface ArrivedEvent {
  readonly event: WireEvent & TutorCruncherEvent;
  readonly delivery: ArrivedDelivery;
}

const timeOf = (event: WireEvent): number | null => subjectAndTimeOf(event).eventTime;
const idIn = ({ subject }: TutorCruncherEvent): string => rowId(subject) ?? '';

/**
 * Returns the sizes of bursts. A burst consists of the events about one subject within five seconds of the first event.
 */
function burstsIn(events: readonly ArrivedEvent[]): string[] {
  const bySubject = Map.groupBy(events, ({ event }) => `${String(event.subject.model)} ${idIn(event)}`);
  return [...bySubject.values()].flatMap((group) => {
    const times = group.map(({ event }) => timeOf(event) ?? 0).sort((one, other) => one - other);
    const bursts: number[][] = [];
    for (const time of times) {
      const last = bursts.at(-1);
      if (last && time - (last[0] ?? time) <= BURST_MS) last.push(time);
      else bursts.push([time]);
    }
    return bursts.filter(({ length }) => length > 1).map(formOf);
  });
}

/** Returns the number of deliveries that arrived more than once. */
function repeatsIn(deliveries: readonly ArrivedDelivery[]): number {
  const distinct = new Set(deliveries.map(({ body }) => body)).size;
  return deliveries.length - distinct + deliveries.filter(({ isRepeat }) => isRepeat).length;
}

function delaysIn(events: readonly ArrivedEvent[]): string[] {
  return events.flatMap(({ event, delivery: { receivedAt } }) => {
    const time = timeOf(event);
    if (receivedAt === null || time === null) return [];
    return DELAYS.find(([, limit]) => receivedAt - time < limit)?.[0] ?? [];
  });
}

/** Returns the fields of an object's sample that no subject has, and the fields that are an empty list in a subject. */
function comparedWithSample(word: keyof typeof OBJECT_NAMES | null, subjects: readonly JsonObject[]) {
  const sample = objects.find((object) => object.word === word)?.sample.subject ?? {};
  const names = Object.keys(sample);
  const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
  return {
    absent: names.filter((name) => subjects.every((subject) => subject[name] === undefined)).sort(),
    empty: names.filter((name) => subjects.some((subject) => isEmptyList(subject[name]))).sort(),
  };
}

function factsOfAction(events: readonly ArrivedEvent[]): EventFacts {
  const sent = events.map(({ event }) => event.subject);
  const subjects = sent.map(withUserFields);
  return {
    events: rounded(events.length),
    shape: sent.some(({ user }) => isJsonObject(user)) ? 'user' : 'flat',
    ...comparedWithSample(objectWordOf(subjects[0]?.model), subjects),
    ...new FieldForms(...subjects).toReport(),
  };
}

/**
 * Returns the fields of a subject that could contain digits of a card or bank account number. These fields contain four
 * consecutive digits, are missing from our sample, and would appear in a record.
 */
function fieldsWithDigits(subject: JsonObject): string[] {
  const { sample } = objects.find((object) => object.word === objectWordOf(subject.model)) ?? {};
  const known = new Set(Object.keys(sample?.subject ?? {}));
  const others = Object.entries(subject).filter(([name]) => !known.has(name) && !fieldRule(name).isPaymentDetail);
  return others.flatMap(([name, value]) => (/\d{4}/.test(JSON.stringify(value)) ? name : []));
}

const isLessonEdit = ({ action }: TutorCruncherEvent): boolean =>
  action === 'EDITED_AN_APPOINTMENT' || action === 'EDITED_REPEATED_APPOINTMENTS';

/**
 * Checks that the subject of an event about a person on a lesson is the lesson, and that no edit of the lesson arrives
 * with the event.
 */
function checkPersonChange({ findings }: AccountCheck, { event }: ArrivedEvent, all: readonly ArrivedEvent[]): void {
  if (personChangeOf(event.action) === null) return;
  // The assumption `events.absence-later` covers the model of this action.
  const isChecked = event.action !== 'EDITED_SR_ON_APPOINTMENT';
  const isLesson = objectWordOf(event.subject.model) === 'lesson';
  findings.add('events.lesson-people', isChecked ? isLesson : null, 'subject.model');
  const isBesideEdit = all.some(({ event: other }) => {
    const [time, otherTime] = [timeOf(event), timeOf(other)];
    const isNear = time !== null && otherTime !== null && Math.abs(time - otherTime) <= BURST_MS;
    return isNear && isLessonEdit(other) && idIn(other) === idIn(event);
  });
  findings.add('events.lesson-people-edit', !isBesideEdit, 'EDITED_AN_APPOINTMENT');
}

/** Checks an event whose action appears in a row of the fact sheet. */
function checkAction({ findings }: AccountCheck, { subject, action }: TutorCruncherEvent): void {
  const word = objectWordOf(subject.model);
  if (action === 'DELETED_A_CLIENT') {
    const isShort = Object.keys(subject).every((name) => SHORT_FIELDS.has(name));
    findings.add('events.short-clients', isShort, 'subject');
  }
  if (action === 'EDITED_SR_ON_APPOINTMENT') {
    const rows = word === 'lesson' && Array.isArray(subject.rcras) ? subject.rcras : [null];
    const haveStatuses = rows.every((row) => isJsonObject(row) && typeof row.status === 'string');
    findings.add('events.absence-later', haveStatuses, 'rcras');
  }
  if (action === 'RECORDED_TERMS_CONSENT') {
    findings.add('events.terms-consent', word === 'client' || word === 'tutor', 'subject.model');
  }
  if (isAboutPaymentDetails(action)) {
    const fields = fieldsWithDigits(withUserFields(subject));
    findings.add('events.payment-details', fields.length === 0, fields.join(', '));
  }
}

function checkEvent({ findings, branchId }: AccountCheck, { event }: ArrivedEvent): void {
  const { subject } = event;
  const sent = sentBranchId(event);
  findings.add('events.branch-sent', sent !== null, 'branch');
  const isComparable = sent !== null && branchId !== null;
  findings.add('events.branch', isComparable ? !isOtherBranch(sent, { id: branchId, name: null }) : null, 'branch');
  const word = objectWordOf(subject.model);
  findings.add('events.models', word !== null, 'subject.model');
  findings.add('delivery.timestamp', formOf(event.timestamp) === 'iso-Z/6', 'timestamp');
  findings.add('delivery.no-event-id', event.id === undefined, 'id');
  findings.add('events.report-id', word === 'report' ? idIn(event) !== '' : null, 'url');
  if (word === 'lesson') {
    const { rcras, cjas } = subject;
    findings.add('events.lesson-once', Array.isArray(rcras) && Array.isArray(cjas), 'rcras, cjas');
  }
  const { status } = subject;
  const { statuses } = objects.find((object) => object.word === word) ?? {};
  const isKnownStatus =
    typeof status === 'string' && statuses ? (ENUMERATIONS.status?.has(status.toLowerCase()) ?? false) : null;
  findings.add('events.statuses', isKnownStatus, 'status');
}

/** Verifies a delivery. Returns true if the signature of the delivery is wrong. */
function checkSignature({ findings }: AccountCheck, { body, signature }: ArrivedDelivery, privateKey: string): boolean {
  const refusal = signature === null ? null : refusalOf(body, { [SIGNATURE_HEADER]: signature }, privateKey);
  findings.add('delivery.signature', signature === null ? null : refusal === null, SIGNATURE_HEADER.toLowerCase());
  return refusal !== null;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/** Checks the deliveries, and returns the facts about them. */
export function checkDeliveries(
  check: AccountCheck,
  deliveries: readonly ArrivedDelivery[],
  privateKey: string,
): DeliveryFacts {
  const { findings, reader } = check;
  findings.add('delivery.signature', null, '');
  findings.add('delivery.events', null, '');
  const wrong = deliveries.filter((delivery) => checkSignature(check, delivery, privateKey));
  const lists: string[] = [];
  const events: ArrivedEvent[] = [];
  for (const delivery of deliveries) {
    const content = parsed(delivery.body);
    reader.collect(content);
    const list = isJsonObject(content) ? content.events : undefined;
    // TutorCruncher's webhooks about public profiles contain no events.
    if (list === undefined && isJsonObject(content)) continue;
    findings.add('delivery.events', Array.isArray(list), 'events');
    lists.push(formOf(list));
    events.push(
      ...eventsOf(delivery.body)
        .filter(hasSubject)
        .map((event) => ({ event, delivery })),
    );
  }
  for (const event of events) {
    checkEvent(check, event);
    checkAction(check, event.event);
    checkPersonChange(check, event, events);
  }
  checkCustomFields(
    check,
    'subject',
    events.map(({ event }) => event.subject),
  );
  const known = events.filter(({ event }) => KNOWN_ACTIONS.has(event.action));
  const words = events.map(({ event }) => objectWordOf(event.subject.model));
  const byAction = [...Map.groupBy(known, ({ event }) => event.action)].sort();
  return {
    deliveries: rounded(deliveries.length),
    wrongSignatures: rounded(wrong.length),
    eventsPerDelivery: counted(lists),
    models: counted(words.map((word) => (word === null ? 'other' : OBJECT_NAMES[word]))),
    actions: Object.fromEntries(byAction.map(([action, group]) => [action, factsOfAction(group)])),
    otherActions: rounded(events.length - known.length),
    bursts: counted(burstsIn(events)),
    repeats: rounded(repeatsIn(deliveries)),
    delays: counted(delaysIn(events)),
  };
}
