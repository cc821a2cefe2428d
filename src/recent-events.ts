/** Test data for a trigger: the account's newest records, presented as events. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { TutorCruncherEvent } from '../wire/delivery.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { objectWordOf } from '../wire/models.ts';
import { fetchActionTypes } from './api/choices.ts';
import { fetchNewest } from './api/records.ts';
import { areDeletions } from './deletion.ts';
import { keeps, type EventFilter } from './event-filter.ts';
import { ACTIONS_FIELD, choicesIn } from './input-fields.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** The most records that a trigger shows. Each costs a request. */
const MAX_RECORDS = 3;
/** Looking up the chosen action may cost New Event one more request. */
const MAX_RECORDS_OF_CHOSEN_ACTION = 2;

/** Fields with the time of a record's last change or, failing that, of its creation, in order of preference. */
const TIME_FIELDS = [
  'last_updated',
  'date_created',
  'created',
  'dt_created',
  'dt_raised',
  'date_sent',
  'date_occurred',
];

function timestampOf(subject: JsonObject): unknown {
  const { user } = subject;
  const records = isJsonObject(user) ? [subject, user] : [subject];
  for (const name of TIME_FIELDS) {
    for (const record of records) {
      if (typeof record[name] === 'string') return record[name];
    }
  }
  return null;
}

const eventOf = (subject: JsonObject, action: string, verb: unknown): TutorCruncherEvent => ({
  action,
  verb,
  timestamp: timestampOf(subject),
  branch: subject.branch ?? null,
  actor: null,
  extra_msg: '',
  subject,
});

/**
 * Returns the account's newest records of an object as events of one action: up to three, with at most four requests.
 *
 * @param filter - the trigger's filter, narrowed by the choices in its input fields
 * @throws {Error} with a message for the Zap's owner
 */
export async function recentEvents(
  z: ZObject,
  bundle: Bundle,
  object: TutorCruncherObject,
  { action, verb }: Pick<TutorCruncherEvent, 'action' | 'verb'>,
  filter: EventFilter,
  limit = MAX_RECORDS,
): Promise<TutorCruncherEvent[]> {
  const subjects = await fetchNewest(z, bundle, object, filter, limit);
  return subjects.map((subject) => eventOf(subject, action, verb)).filter((event) => keeps(filter, event));
}

/**
 * Returns test data for New Event: up to two events of the first chosen action, about the first object it applies to.
 *
 * @param filter - the trigger's filter, narrowed by the choices in its input fields
 * @returns null if no action is chosen, or if the API has no records of its object
 * @throws {Error} with a message for the Zap's owner
 */
export async function recentEventsOfChosenAction(
  z: ZObject,
  bundle: Bundle,
  objects: readonly TutorCruncherObject[],
  filter: EventFilter,
): Promise<TutorCruncherEvent[] | null> {
  const [action] = choicesIn(ACTIONS_FIELD, bundle);
  if (action === undefined || areDeletions([action])) return null;

  const actionTypes = await fetchActionTypes(z, bundle);
  const actionType = actionTypes.find(({ key }) => key === action);
  const words = actionType?.subjects.map(objectWordOf) ?? [];
  const object = objects.find(({ word, api }) => api !== null && words[0] === word);
  if (!object || !actionType) return null;
  const { verb } = actionType;
  return recentEvents(z, bundle, object, { action, verb }, filter, MAX_RECORDS_OF_CHOSEN_ACTION);
}
