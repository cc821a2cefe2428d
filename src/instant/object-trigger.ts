/**
 * Factory for the triggers for a single object type. The samples and output fields of these triggers come from the
 * object's sample delivery. In an app that is built for a relay, the triggers compare each event with the previous
 * event about the same subject.
 */

import { listedActions, selectsAction } from '../../wire/action-filter.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import { objectWordOf, OBJECT_NAMES, type ObjectWord } from '../../wire/models.ts';
import { customFieldFunctions } from '../object/account-fields.ts';
import { areDeletions, deletedSubject } from '../record/deleted-subject.ts';
import {
  ADDED_LABEL_FIELD,
  EARLIER_STAGES_FIELD,
  earlierStatusesField,
  KEEP_ALL_EVENTS_FIELD,
  SKIP_UNKNOWN_FIELD,
  STAGES_FIELD,
} from './change-inputs.ts';
import { changedFieldsField, knownChangeOf } from './only-when-changed.ts';
import type { EventFilter, SubjectRequirement } from '../choices/event-filter.ts';
import { areLabelAdditions } from './added-labels.ts';
import type { EventView } from './event-view.ts';
import { sampleRecord } from './sample-record.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';
import { LABEL_FIELD, ownActionsField, statusesField, type FilterField } from '../choices/filter-fields.ts';
import type { Lookup } from '../lookups/lookup.ts';
import type { PartialAction } from '../lookups/divide.ts';
import { CONCERNED_PEOPLE, LAST_KNOWN_PEOPLE, PEOPLE_ARE_READ, runForField } from '../lookups/run-for-field.ts';
import { once } from '../once.ts';
import { narrowedSample, recentEvents } from './recent-events.ts';
import { isChangeKey } from '../record/change-keys.ts';
import { isEventKey } from '../record/event.ts';
import { outputFieldsOf, type OutputField } from '../record/output-fields.ts';
import type { FlatRecord } from '../record/record.ts';
import { layoutOf } from '../record/key-order.ts';
import { sampleOf } from '../object/samples.ts';
import { makeTrigger, type Trigger } from './trigger.ts';
import type { TriggerText } from '../choices/trigger-text.ts';
import type { TriggerParts } from './trigger-parts.ts';
import { asInWebhooks, withFields, type TutorCruncherObject } from '../object/tutorcruncher-object.ts';

/** A trigger for a single object type. */
export interface ObjectTrigger extends TriggerText {
  readonly object: TutorCruncherObject;
  /** The texts that TutorCruncher sends as `verb`, keyed by action. The sample shows the first action. */
  readonly actions: Readonly<Record<string, string>>;
  /**
   * The choices that the trigger offers: selected actions, statuses or a label of the record, a run for each person
   * and, with a relay, pipeline stages or changed fields. A trigger for deletions can run for each person only with a
   * relay, because only earlier events name the people of a deleted record.
   */
  readonly choices?: readonly ('actions' | 'statuses' | 'label' | 'run for' | 'stages' | 'changed fields')[];
  /** An action that affects only one person's part of the record; see {@link TriggerParts.partialAction}. */
  readonly partialAction?: PartialAction;
  /** True to run for each absent student of a lesson; see {@link TriggerParts.isForAbsent}. */
  readonly isForAbsent?: boolean;
  /**
   * True if several events can report the same payment. A Zap then runs once for each payment by default. Requires a
   * relay.
   */
  readonly isPayment?: boolean;
  /**
   * True to name the changed people of a lesson, and to run only for the people affected by the change. Requires a
   * relay.
   */
  readonly namesPeople?: boolean;
  /** True if several events can report the same change. A Zap then runs once for each change. Requires a relay. */
  readonly oncePerState?: boolean;
  /**
   * Keys of the fields to watch. The trigger runs only if at least one of these fields is known to have changed. A
   * trigger with such keys exists only in apps that are built for a relay.
   */
  readonly onlyIfChanged?: readonly string[];
  /**
   * Another object type that the events can be about, and the function that converts an event about this object type to
   * the trigger's subject.
   */
  readonly alternative?: {
    readonly object: ObjectWord;
    readonly toSubject: (event: TutorCruncherEvent) => JsonObject;
    /** Example values of the fields that occur only in events about this other object type. */
    readonly fields?: JsonObject;
  };
  /** Allowed values of the subject's fields, in lower case, keyed by the name of the field. */
  readonly where?: EventFilter['where'];
  /** True to compare balances, which all other triggers ignore. */
  readonly hasBalances?: boolean;
  /** Fields of the sample's subject that replace fields of the object's sample delivery and of the requirement. */
  readonly sample?: JsonObject;
  /**
   * Example values of the fields that occur only in events about the deletion of this object, in addition to the fields
   * of every event about a deletion.
   */
  readonly deletedFields?: JsonObject;
  /**
   * Fields of the subject whose values before the sample event differ from their values in the sample. Defaults to the
   * object's earlier fields if the trigger is about deletions or offers the choice of changed fields. By default, the
   * sample of any other trigger shows no change.
   */
  readonly earlier?: JsonObject;
  readonly lookups?: readonly Lookup[];
  /** The state that the records in test data must have, if the name of the trigger implies a state. */
  readonly requirement?: SubjectRequirement;
}

interface SampleEvents {
  /**
   * The event that the trigger shows until a real event arrives. The event has a previous event if the trigger's sample
   * shows a change.
   */
  readonly shown: KeptEvent;
  readonly changed: KeptEvent;
}

function sampleEventsOf(trigger: ObjectTrigger, isRelayed: boolean): SampleEvents {
  const { object, actions, sample, deletedFields, requirement = {} } = trigger;
  const isDeletion = areDeletions(Object.keys(actions));
  const { earlier = isDeletion || trigger.choices?.includes('changed fields') ? object.earlier : null } = trigger;
  const [[action, verb] = [object.sample.action, object.sample.verb]] = Object.entries(actions);
  const required = Object.entries(requirement.oneOf ?? {}).flatMap(([field, [first]]) =>
    first === undefined ? [] : [[field, first] as const],
  );
  const sampleSubject: JsonObject = {
    ...asInWebhooks(object, object.sample.subject),
    ...trigger.alternative?.fields,
    ...Object.fromEntries(required),
    ...sample,
  };
  const event = {
    ...object.sample,
    action,
    verb,
    extra_msg: action === object.sample.action ? object.sample.extra_msg : '',
    subject: isDeletion ? { ...deletedSubject(sampleSubject), ...deletedFields } : sampleSubject,
  };
  const previous = { ...event, subject: { ...sampleSubject, ...(earlier ?? object.earlier) } };
  const changed = { event, previous, burst: [] };
  // Without a relay, no earlier event is known.
  return { shown: isRelayed && earlier ? changed : { event, previous: null, burst: [] }, changed };
}

/**
 * Returns a trigger's sample event for the actions that a Zap has chosen. If the chosen actions do not include the
 * sample's action, this action is replaced with the first chosen action.
 */
function withChosenAction(event: TutorCruncherEvent, trigger: ObjectTrigger, chosen: EventFilter): TutorCruncherEvent {
  const [action] = listedActions(chosen.actions);
  if (action === undefined || selectsAction(chosen.actions, event.action)) return event;
  return { ...event, action, verb: trigger.actions[action] ?? '', extra_msg: '' };
}

/** Returns the input fields that narrow a trigger. @throws {Error} if the trigger offers statuses that do not exist */
function filterFieldsOf(trigger: ObjectTrigger, isRelayed: boolean): FilterField[] {
  const { key, object, choices = [], isPayment } = trigger;
  const { statuses = [] } = object;
  const hasStatuses = choices.includes('statuses');
  if (hasStatuses && statuses.length === 0) {
    throw new Error(`The trigger "${key}" offers statuses, but the object "${object.word}" has none.`);
  }
  const addsLabel = isRelayed && areLabelAdditions(Object.keys(trigger.actions));
  const changes = [
    ...(hasStatuses ? [earlierStatusesField(statuses)] : []),
    ...(choices.includes('stages') ? [EARLIER_STAGES_FIELD, STAGES_FIELD] : []),
    ...(choices.includes('changed fields') ? [changedFieldsField(object)] : []),
  ];
  const status = hasStatuses ? [statusesField(statuses)] : [];
  const label = choices.includes('label') ? [addsLabel ? ADDED_LABEL_FIELD : LABEL_FIELD] : [];
  const own = [...(choices.includes('actions') ? [ownActionsField(trigger.actions)] : []), ...status];
  if (!isRelayed) return [...own, ...label];
  const unknown = changes.length > 0 || addsLabel ? [SKIP_UNKNOWN_FIELD] : [];
  return [...own, ...changes, ...label, ...unknown, ...(isPayment ? [KEEP_ALL_EVENTS_FIELD] : [])];
}

/** Inserts the fields that describe changes before the fields of the event. */
const withChangeFields = (fields: readonly OutputField[], changed: FlatRecord): OutputField[] => [
  ...fields.filter(({ key }) => !isEventKey(key)),
  ...outputFieldsOf(changed).filter(({ key }) => isChangeKey(key)),
  ...fields.filter(({ key }) => isEventKey(key)),
];

/** Returns the filter that selects a trigger's events, before the choices of a Zap narrow the filter. */
function filterOf(trigger: ObjectTrigger, isRelayed: boolean): EventFilter {
  const { object, alternative, where, isPayment, oncePerState, onlyIfChanged } = trigger;
  const actions = Object.keys(trigger.actions);
  return {
    actions: { actions },
    object: object.word,
    ...(alternative && { alternative: alternative.object }),
    ...(where && { where }),
    ...(isRelayed && isPayment && { changes: { oncePerPayment: true } }),
    ...(isRelayed && oncePerState && { changes: { oncePerState } }),
    ...(isRelayed && onlyIfChanged && { changes: knownChangeOf(onlyIfChanged) }),
    ...(isRelayed && areLabelAdditions(actions) && { changes: { oncePerLabel: true } }),
  };
}

function partsOf(trigger: ObjectTrigger, sharedLookups: readonly Lookup[], isRelayed: boolean): TriggerParts {
  const { object, alternative, lookups = [], onlyIfChanged, hasBalances = false, requirement = {} } = trigger;
  const shared = withFields(object, { ...alternative?.fields, ...trigger.deletedFields });
  const isDeletion = areDeletions(Object.keys(trigger.actions));
  const filter = filterOf(trigger, isRelayed);
  const sampleEvents = once(() => sampleEventsOf(trigger, isRelayed));
  // Without a relay, the fields that an event about a deletion lacks cannot be filled in.
  const isThin = isDeletion && !isRelayed;
  const layout = isThin ? once(() => layoutOf(object.word, sampleEvents().shown.event.subject)) : () => shared.layout;
  const subjectIn = (event: TutorCruncherEvent): JsonObject =>
    alternative?.object === objectWordOf(event.subject.model) ? alternative.toSubject(event) : event.subject;
  const namesPeople = isRelayed && trigger.namesPeople === true;
  const view: EventView = {
    isRelayed,
    isOfAnyObject: false,
    hasBalances,
    namesPeople,
    layoutFor: () => layout(),
    subjectIn,
  };
  const recordOf = (kept: KeptEvent): FlatRecord => sampleRecord(kept, filter, view);
  const sample = once(() => sampleOf(trigger.key, () => recordOf(sampleEvents().shown)));
  const outputFields = isRelayed
    ? once(() => withChangeFields(shared.outputFields, recordOf(sampleEvents().changed)))
    : isDeletion
      ? once(() => outputFieldsOf(sample()))
      : () => shared.outputFields;
  const offersRunFor = trigger.choices?.includes('run for') && (isRelayed || (!isDeletion && !trigger.namesPeople));
  const hint = isDeletion ? LAST_KNOWN_PEOPLE : namesPeople ? CONCERNED_PEOPLE : PEOPLE_ARE_READ;
  const personNoun = object.word === 'job' ? 'job' : 'lesson';
  return {
    noun: OBJECT_NAMES[object.word],
    object,
    needsRelay: onlyIfChanged !== undefined,
    filter,
    filterFields: filterFieldsOf(trigger, isRelayed),
    runForField: offersRunFor ? runForField(personNoun, hint) : null,
    ...(trigger.partialAction && { partialAction: trigger.partialAction }),
    ...(trigger.isForAbsent && { isForAbsent: true }),
    lookups: isDeletion ? lookups : [...lookups, ...sharedLookups],
    view,
    sampleEvent: () => sampleEvents().shown.event,
    requirement,
    sample,
    isDeletion,
    outputFields,
    accountFields: isThin ? [] : customFieldFunctions(object),
    recentEvents: async (z, bundle, narrowed) => {
      const { event: sampleEvent, previous } = sampleEvents().shown;
      const event = withChosenAction(sampleEvent, trigger, narrowed);
      const shown = { kept: { event: narrowedSample(event, narrowed), previous, burst: [] }, isSample: true };
      // With a relay, the test data is the sample, which can show a change. The changes to a record from the API are
      // unknown.
      if (isRelayed) return [shown];
      if (object.api === null || isDeletion) return [];
      const { action, verb } = event;
      const events = await recentEvents(z, bundle, object, { action, verb, requirement }, narrowed);
      return events.length > 0 ? events : [shown];
    },
  };
}

/**
 * Defines the triggers for a single object type. All of these triggers have the shared lookups, except triggers for
 * deletions.
 */
export const triggersAbout = (
  { object, lookups: shared = [] }: Pick<ObjectTrigger, 'object' | 'lookups'>,
  triggers: readonly Omit<ObjectTrigger, 'object'>[],
): Trigger[] =>
  triggers.map((trigger) => makeTrigger(trigger, (isRelayed) => partsOf({ ...trigger, object }, shared, isRelayed)));
