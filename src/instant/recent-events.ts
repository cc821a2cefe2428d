/** Creates test data for triggers in apps without a relay, from the account's newest records. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { selectsAction } from '../../wire/action-filter.ts';
import type { TutorCruncherEvent } from '../../wire/delivery.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { objectWordOf } from '../../wire/models.ts';
import { allEnded } from '../all-ended.ts';
import { branchFactsOrNone } from '../api/branch.ts';
import { fetchActionTypes } from '../api/action-types.ts';
import { fetchNewest } from '../object/newest-records.ts';
import type { KeptEvent } from '../hooks/kept-events.ts';
import { areDeletions } from '../record/deleted-subject.ts';
import {
  hasAllowedValues,
  keeps,
  meetsChosen,
  type EventFilter,
  type SubjectRequirement,
} from '../choices/event-filter.ts';
import { ACTIONS_FIELD, valuesChosenIn } from '../choices/filter-fields.ts';
import { asInWebhooks, type TutorCruncherObject } from '../object/tutorcruncher-object.ts';

/** Maximum number of records that a trigger shows. Reading each record requires one request. */
const MAX_RECORDS = 3;
/**
 * Maximum number of additional records to read if none of the newest records has the state that the trigger requires.
 */
const MAX_FURTHER_RECORDS = 5;

/** An event for testing a Zap, and the origin of this event. */
export interface TestEvent {
  readonly kept: KeptEvent;
  /** The full record from which the event was created; missing for an event that was not created from a record. */
  readonly record?: JsonObject;
  /** True for the sample event, which is not about a record in TutorCruncher; default: false. */
  readonly isSample?: boolean;
}

/**
 * Fields from which the time of an event is estimated, in order of preference. Most of these fields contain the time of
 * the record's last change or creation.
 */
const TIME_FIELDS = [
  ...['last_updated', 'date_created', 'created', 'dt_created', 'dt_raised', 'date_sent', 'date_occurred'],
  // Lessons and tasks contain neither the time of their last change nor the time of their creation.
  ...['start', 'due_dt'],
];

/**
 * Estimates the time of an event from the times in its subject.
 *
 * @param time - the field that the trigger prefers
 */
function timestampOf(subject: JsonObject, time: string | undefined): string | null {
  const { user } = subject;
  const records = isJsonObject(user) ? [subject, user] : [subject];
  const names = time === undefined ? TIME_FIELDS : [time, ...TIME_FIELDS];
  const times = names.flatMap((name) => records.map((record) => record[name]));
  return (times.find((value) => typeof value === 'string' && value !== '') as string | undefined) ?? null;
}

/** A trigger's action, and the state of the subject after the action. */
export interface TestedAction extends Pick<TutorCruncherEvent, 'action' | 'verb'> {
  readonly requirement: SubjectRequirement;
}

/**
 * Creates events with an action from up to three of the newest records that have the state after the action.
 *
 * @throws {Error} if the records cannot be read
 */
export async function recentEvents(
  z: ZObject,
  bundle: Bundle,
  object: TutorCruncherObject,
  { action, verb, requirement }: TestedAction,
  filter: EventFilter,
): Promise<TestEvent[]> {
  const { label, statuses } = filter.listed ?? {};
  const where = statuses ? { ...filter.where, status: statuses } : filter.where;
  const [subjects, { id: branch }] = await allEnded([
    fetchNewest(z, bundle, object, { where, label, requirement, limit: MAX_RECORDS, further: MAX_FURTHER_RECORDS }),
    branchFactsOrNone(z, bundle),
  ]);
  return subjects
    .map((record) => {
      const event = {
        action,
        verb,
        timestamp: timestampOf(record, requirement.time),
        branch: record.branch ?? branch,
        actor: null,
        extra_msg: '',
        subject: asInWebhooks(object, record),
      };
      return { kept: { event, previous: null, burst: [] }, record };
    })
    .filter(({ kept: { event }, record }) => keeps(filter, event) && meetsChosen(filter, record));
}

/**
 * Returns the sample event of a narrowed trigger. The first chosen status replaces the status of the sample, unless the
 * sample has a chosen status.
 */
export function narrowedSample(
  sampleEvent: TutorCruncherEvent,
  { listed: { statuses } = {} }: EventFilter,
): TutorCruncherEvent {
  const { subject } = sampleEvent;
  const [status] = statuses ?? [];
  if (statuses === undefined || hasAllowedValues({ status: statuses }, subject)) return sampleEvent;
  return { ...sampleEvent, subject: { ...subject, status } };
}

/**
 * Returns test data for New Event: events of the first chosen action. The events are about the first object type to
 * which the action applies. The records of these events have the state that the trigger for the action and the object
 * type requires.
 *
 * @throws {Error} with a message for the Zap's owner if the actions or records cannot be read
 */
export async function recentEventsOfChosenAction(
  z: ZObject,
  bundle: Bundle,
  objects: readonly TutorCruncherObject[],
  objectTriggers: readonly { readonly filter: EventFilter; readonly requirement: SubjectRequirement }[],
  filter: EventFilter,
): Promise<TestEvent[]> {
  const [action] = valuesChosenIn(ACTIONS_FIELD, bundle);
  if (action === undefined || areDeletions([action])) return [];

  const actionTypes = await fetchActionTypes(z, bundle);
  const actionType = actionTypes.find(({ key }) => key === action);
  const words = actionType?.subjects.map(objectWordOf) ?? [];
  const object = objects.find(({ word, api }) => api !== null && words[0] === word);
  if (!object || !actionType) return [];
  const sameEvent = objectTriggers.find(
    (trigger) => trigger.filter.object === object.word && selectsAction(trigger.filter.actions, action),
  );
  const tested = { action, verb: actionType.verb, requirement: sameEvent?.requirement ?? {} };
  return recentEvents(z, bundle, object, tested, filter);
}
