/** What a trigger shows to test a Zap with: the account's own latest records, as if an event of each had just come. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { TutorCruncherEvent } from '../wire/delivery.ts';
import { keeps, type EventFilter } from './event-filter.ts';
import { ACTIONS_FIELD, chosen } from './input-fields.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { fetchActionTypes, fetchLatest } from './api/client.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';
import { objectWordOf } from '../wire/models.ts';

/** Fields that tell when a record last changed, else when it was created or sent, the best first. */
const TIMES = ['last_updated', 'date_created', 'created', 'dt_created', 'dt_raised', 'date_sent', 'date_occurred'];

function timestampOf(subject: JsonObject): unknown {
  const { user } = subject;
  const records = isJsonObject(user) ? [subject, user] : [subject];
  for (const name of TIMES) {
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
 * The account's latest records of an object as events of one action; up to three, with at most four requests.
 *
 * @param filter - what the trigger keeps, narrowed by what was chosen in its fields
 */
export async function recentEvents(
  z: ZObject,
  object: TutorCruncherObject,
  { action, verb }: Pick<TutorCruncherEvent, 'action' | 'verb'>,
  filter: EventFilter,
  most = 3,
): Promise<TutorCruncherEvent[]> {
  const subjects = await fetchLatest(z, object, filter, most);
  return subjects.map((subject) => eventOf(subject, action, verb)).filter((event) => keeps(filter, event));
}

/**
 * The same for New Event, which follows the first action that was chosen for it, to the first of its objects. The
 * action's words may take a request of their own, so there are up to two records.
 *
 * @returns null when there is no action to follow, or no records of its object
 */
export async function recentEventsOfChosenAction(
  z: ZObject,
  bundle: Bundle,
  objects: readonly TutorCruncherObject[],
  filter: EventFilter,
): Promise<TutorCruncherEvent[] | null> {
  const [action] = chosen(bundle, ACTIONS_FIELD);
  // What was deleted is in no list.
  if (action === undefined || action.startsWith('DELETED_')) return null;

  const actionTypes = await fetchActionTypes(z, bundle);
  const actionType = actionTypes.find(({ key }) => key === action);
  const words = actionType?.subjects.map(objectWordOf) ?? [];
  const object = objects.find(({ word, api }) => api !== null && words[0] === word);
  return object && actionType ? recentEvents(z, object, { action, verb: actionType.verb }, filter, 2) : null;
}
