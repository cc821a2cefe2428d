/** The keys that every record of an event has, regardless of the event's subject. */

/** The keys of the event and its actor, in order. They come last in every record. */
export const EVENT_KEYS: readonly string[] = [
  ...['event_description', 'event_message'],
  ...['event_timestamp_text', 'event_timestamp', 'event_timestamp_date', 'event_timestamp_time'],
  ...['event_action', 'branch_id'],
  ...['actor_name', 'actor_id', 'actor_user_id', 'actor_url'],
  'id',
];

const eventKeys = new Set(EVENT_KEYS);

/** Returns true for a key of the event or its actor. */
export const isEventKey = (key: string): boolean => eventKeys.has(key);
