/**
 * The factory of all triggers. A trigger verifies the signature of the raw body, reads the delivery, keeps the events
 * of its actions and its object, and flattens each into a record. Its sample and output fields come from the object's
 * sample delivery through the same code. Triggers differ in texts, actions and object, in a condition on the subject
 * (an invoice must be paid), in the choices that narrow them, in their lookups (`lookup.ts`), and in whether their
 * subject is a deleted object (few fields) or any object (New Event). With a relay, they also compare each event with
 * earlier ones.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { TutorCruncherEvent } from '../wire/delivery.ts';
import type { JsonObject } from '../wire/json.ts';
import { allEnded } from './all-ended.ts';
import { CompletedSubject } from './lookups/completed-subject.ts';
import type { EventFilter, SubjectRequirement } from './instant/event-filter.ts';
import { hookOf, IS_RELAYED } from './instant/event-source.ts';
import { keptEvents, type KeptEvent } from './hooks/kept-events.ts';
import type { Hook } from './hooks/relay-hook.ts';
import { refusalMessage, refusedRequest } from './hooks/refusal-messages.ts';
import { narrowFilter, type FilterField, type InputField } from './input-fields.ts';
import { chosenLookups, lookUp, sampleFields, type Lookup } from './lookups/lookup.ts';
import { runsOf, type PartialAction } from './lookups/person-runs.ts';
import { withLazy } from './once.ts';
import { privateKeyOf } from './private-key.ts';
import { isChangeKey } from './record/change-keys.ts';
import { isEventKey } from './record/event.ts';
import type { Locale } from './record/locale.ts';
import { outputFieldsOf, type OutputField } from './record/output-fields.ts';
import type { FlatRecord } from './record/record.ts';
import { Run } from './run.ts';
import { sharedFields, sharedPart, withSample } from './shared-part.ts';
import { localeOf, TIME_ZONE_FIELD, timeZoneField } from './time-zone-field.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** The texts that Zapier shows for a trigger. */
export interface TriggerText {
  readonly key: string;
  readonly label: string;
  readonly description: string;
}

/** Returns output fields that may depend on the account and on the choices in the input fields. */
type OutputFieldFunction = (z: ZObject, bundle: Bundle) => OutputField[] | Promise<OutputField[]>;

/** Converts an event to a record; null if its change does not meet the conditions of the filter with the Zap's choices. */
export type MakeRecord = (kept: KeptEvent, locale: Locale, filter: EventFilter) => FlatRecord | null;

/** The parts that differ between triggers for one object and for any object, and between apps with and without a relay. */
export interface TriggerParts {
  readonly noun: string;
  /** The object that the events are about; null for any object. */
  readonly object: TutorCruncherObject | null;
  /** True if only apps that are built for a relay have the trigger. */
  readonly needsRelay: boolean;
  readonly filter: EventFilter;
  readonly filterFields: readonly FilterField[];
  /** The choice to run for each person; null if the trigger does not offer it. */
  readonly runForField: InputField | null;
  /** An action that runs a Zap for each person only if it concerns everybody. */
  readonly partialAction?: PartialAction;
  readonly lookups: readonly Lookup[];
  /** Returns the subject that the record of an event shows; default: the subject of the event. */
  readonly subjectIn?: (event: TutorCruncherEvent) => JsonObject;
  readonly sampleEvent: () => TutorCruncherEvent;
  /** The conditions that the trigger's test data must meet. Live events need not meet them. */
  readonly requirement: SubjectRequirement;
  readonly sample: () => FlatRecord;
  readonly isDeletion: boolean;
  readonly outputFields: () => readonly OutputField[];
  /** Functions that return the account's own output fields. These come before the fields of changes and of the event. */
  readonly accountFields: readonly OutputFieldFunction[];
  readonly makeRecord: MakeRecord;
  /** Returns events to test a Zap with; none if only the sample can be shown. */
  readonly recentEvents: (z: ZObject, bundle: Bundle, filter: EventFilter) => Promise<KeptEvent[]>;
}

const MAX_TEST_RECORDS = 3;

/**
 * Makes the records of an event, one for each run, with the additions that the Zap has chosen; see {@link MakeRecord}.
 *
 * @param maxRuns - maximum number of records
 * @throws {Error} if a condition cannot be decided
 */
async function recordsOf(
  kept: KeptEvent,
  { object, lookups, runForField, partialAction, makeRecord, subjectIn }: TriggerParts,
  run: Run,
  locale: Locale,
  filter: EventFilter,
  maxRuns = Infinity,
): Promise<FlatRecord[]> {
  const record = makeRecord(kept, locale, filter);
  const chosen = chosenLookups(lookups, run.bundle);
  if (!record) return [];
  if (kept.isSample) return [{ ...sampleFields(chosen), ...record }];
  const subject = CompletedSubject.ofEvent(kept, subjectIn?.(kept.event) ?? kept.event.subject, object, run);
  for (const { choice, isMet } of filter.chosen ?? []) {
    if ((await subject.find(choice, isMet)) !== true) return [];
  }
  const statuses = partialAction?.action === kept.event.action ? partialAction.statuses : undefined;
  const runs = runForField ? await runsOf(subject, run, maxRuns, statuses) : [{ subject, additions: {} }];
  const records = runs.map(async (each) => {
    const found = await lookUp(chosen, each.subject, run, locale);
    if (!found) return null;
    const additions = { ...each.additions, ...(found.details && { details: found.details }) };
    const isWhole = Object.keys(additions).length === 0;
    return { ...found.fields, ...(isWhole ? record : makeRecord({ ...kept, ...additions }, locale, filter)) };
  });
  return (await allEnded(records)).filter((each) => each !== null);
}

/**
 * Returns the events to test a Zap with, in order. Events whose conditions require reading a record are left out first.
 * Only received events can be more than are shown.
 */
function shownEvents(events: readonly KeptEvent[], { chosen = [] }: EventFilter): KeptEvent[] {
  const isDecided = ({ event }: KeptEvent): boolean =>
    chosen.every(({ isMet }) => isMet(event.subject, false) !== null);
  const [undecided, decided] = [events.filter((event) => !isDecided(event)), events.filter(isDecided)];
  const shown = new Set([...decided, ...undecided].slice(0, MAX_TEST_RECORDS));
  return events.filter((event) => shown.has(event));
}

const isSubjectKey = ({ key }: OutputField): boolean => !isEventKey(key) && !isChangeKey(key);

/** Returns the filter of a trigger with the choices of a Zap. */
const filterFor = ({ filter, filterFields }: TriggerParts, bundle: Bundle): EventFilter =>
  narrowFilter(filter, filterFields, bundle);

/** Makes the records of a live delivery. A refused request halts the run. */
async function perform(z: ZObject, bundle: Bundle, hook: Hook, parts: TriggerParts): Promise<FlatRecord[]> {
  const delivery = await hook.deliveryIn(z, bundle);
  const run = Run.ofEvent(z, bundle);
  const filter = filterFor(parts, bundle);
  const privateKey = privateKeyOf(bundle);
  const kept = keptEvents(delivery, privateKey, filter);
  if ('refusal' in kept) throw refusedRequest(z, refusalMessage(kept.refusal, privateKey));
  if (kept.events.length === 0) return [];
  const locale = await localeOf(z, bundle);
  const records = new Map<unknown, FlatRecord>();
  for (const event of kept.events) {
    for (const record of await recordsOf(event, parts, run, locale, filter)) {
      if (!records.has(record.id)) records.set(record.id, record);
    }
  }
  return [...records.values()];
}

/** Makes the test data: the records of received events, or else of recent events, or else the sample. */
async function performList(z: ZObject, bundle: Bundle, hook: Hook, parts: TriggerParts): Promise<FlatRecord[]> {
  const { lookups, sample, makeRecord } = parts;
  // The run ends its requests before Zapier ends the step.
  const run = Run.ofSearch(z, bundle);
  const locale = await localeOf(z, bundle, true);
  const filter = filterFor(parts, bundle);
  const shownSample = [{ ...sampleFields(chosenLookups(lookups, bundle)), ...sample() }];
  const testRecords = async (events: readonly KeptEvent[]): Promise<FlatRecord[]> => {
    const shown = shownEvents(
      events.filter((event) => makeRecord(event, locale, filter)),
      filter,
    );
    // If a record cannot be read, the user can still test the Zap.
    const made = shown.map((event) => recordsOf(event, parts, run, locale, filter, MAX_TEST_RECORDS));
    return allEnded(made).then(
      (records) => records.flat().slice(0, MAX_TEST_RECORDS),
      () => shownSample,
    );
  };
  const received = await testRecords(await hook.receivedEvents(z, bundle, filter));
  if (received.length > 0) return received;
  const recent = await testRecords(await parts.recentEvents(z, bundle, filter));
  return recent.length > 0 ? recent : shownSample;
}

function definitionOf({ key, label, description }: TriggerText, parts: TriggerParts) {
  const { noun, filterFields, runForField, lookups, sample, outputFields } = parts;
  const runForFields = runForField ? [runForField] : [];
  const hook = hookOf({
    label,
    choiceFields: [...filterFields, ...runForFields.map((field) => ({ field })), ...lookups],
    filterFor: (bundle) => filterFor(parts, bundle),
  });
  return {
    key,
    noun,
    display: sharedPart({ label, description, ...hook.display }),
    operation: withSample(sample, {
      type: 'hook' as const,
      perform: (z: ZObject, bundle: Bundle) => perform(z, bundle, hook, parts),
      performList: (z: ZObject, bundle: Bundle) => performList(z, bundle, hook, parts),
      inputFields: sharedFields([
        ...hook.inputFields,
        ...filterFields.map(({ field, fieldFor }) => fieldFor ?? field),
        ...runForFields,
        ...lookups.map(({ field }) => field),
        timeZoneField,
      ]),
      // They are functions because core copies the whole definition twice per call, and static output fields would make
      // up most of it.
      outputFields: [
        ...(lookups.length > 0
          ? [(_z: ZObject, bundle: Bundle) => outputFieldsOf(sampleFields(chosenLookups(lookups, bundle)))]
          : []),
        () => outputFields().filter(isSubjectKey),
        ...parts.accountFields,
        () => outputFields().filter((field) => !isSubjectKey(field)),
      ],
      ...hook.operation,
    }),
  };
}

const inputFieldsOf = ({ filterFields, runForField, lookups }: Omit<TriggerParts, 'sample' | 'outputFields'>) => [
  ...filterFields.map(({ field }) => field),
  ...(runForField ? [runForField] : []),
  ...lookups.map(({ field }) => field),
  TIME_ZONE_FIELD,
];

/** A trigger: its definition for zapier-platform-core, and the parts that it is made of. */
export type Trigger = ReturnType<typeof makeTrigger>;

/** Makes a trigger from its texts and parts. @param partsFor - returns the parts in an app with or without a relay */
export function makeTrigger(text: TriggerText, partsFor: (isRelayed: boolean) => TriggerParts) {
  const parts = partsFor(IS_RELAYED);
  return withLazy(
    { ...parts, definition: definitionOf(text, parts), inputFields: inputFieldsOf(parts) },
    {
      sampleEvent: parts.sampleEvent,
      sample: parts.sample,
      outputFields: parts.outputFields,
      /** The parts that differ in an app that is built for a relay. An app without a relay does not contain them. */
      relayed: () => {
        const { sample, outputFields, ...others } = partsFor(true);
        return { sample: sample(), inputFields: inputFieldsOf(others), outputFields: outputFields() };
      },
    },
  );
}
