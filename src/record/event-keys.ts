/** The keys that every record of an event has, whatever it is about. */

/** The keys of the event and its actor, in the order in which they end every record. */
export const EVENT_KEYS: readonly string[] = [
  ...['event_description', 'event_message', 'event_timestamp', 'event_action', 'branch_id'],
  ...['actor_name', 'actor_id', 'actor_user_id', 'actor_url'],
  'id',
];

/** The keys that describe a subject of any object, in the order in which they start the records of New Event. */
export const SUBJECT_KEYS: readonly string[] = ['subject_model', 'subject_id', 'subject_name', 'subject_url'];

const eventKeys = new Set(EVENT_KEYS);

/** Returns true for a key of the event or its actor. */
export const isEventKey = (key: string): boolean => eventKeys.has(key);
