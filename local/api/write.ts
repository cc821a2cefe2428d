/** A write to the stand-in's account, and its results: a record, and events for webhooks. */

import type { JsonObject } from '../../wire/json.ts';
import type { Account, AccountRecord } from './account.ts';
import type { Behaviour } from './behaviour.ts';

/** An event that a write causes. */
export interface AccountEvent {
  readonly action: string;
  readonly verb: string;
  readonly message: string;
  /** The list that contains the event's record. */
  readonly path: string;
  readonly id: number;
}

const CREATED = 'Created via the API.';
export const EDITED = 'Edited via the API.';

/** The context of a write. */
export interface Write {
  readonly account: Account;
  readonly behaviour: Behaviour;
  readonly body: JsonObject;
  /** Announces an event. The webhook contains the state of the record after the write. */
  readonly announce: (event: AccountEvent) => void;
}

/** Announces an event about a record, by default as an edit, and returns the record in its current state. */
export function announced(
  { account, announce }: Write,
  path: string,
  record: AccountRecord,
  event: Pick<AccountEvent, 'action' | 'verb'> & { readonly message?: string },
): AccountRecord {
  announce({ message: EDITED, ...event, path, id: record.id });
  return account.current(path, record);
}

/** A kind of record that the API can create. The API can update most kinds, too. */
export interface Kind {
  readonly path: string;
  /** The word for the object in action keys, such as `A_SERVICE`. */
  readonly object: string;
  /** The word for the object in the verbs of events, such as `a Job`. */
  readonly noun: string;
}

/**
 * Changes an existing record, or adds a record. Announces the event, and returns the record.
 *
 * @param initial - values of a new record for the fields that the write does not contain
 */
export function saved(
  write: Write,
  { path, object, noun }: Kind,
  existing: AccountRecord | null,
  fields: JsonObject,
  initial: JsonObject,
): AccountRecord {
  const { account } = write;
  if (existing) {
    const changed = account.change(path, existing.id, fields);
    return announced(write, path, changed, { action: `EDITED_${object}`, verb: `Edited ${noun}` });
  }
  const added = account.add(path, { ...account.blank(path), ...initial, ...fields });
  return announced(write, path, added, { action: `CREATED_${object}`, verb: `Created ${noun}`, message: CREATED });
}
