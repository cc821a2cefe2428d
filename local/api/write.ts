/** A write to the stand-in's account, and its results: a response, and events for webhooks. */

import type { JsonObject } from '../../wire/json.ts';
import type { Account, AccountRecord } from './account.ts';
import type { Behaviour } from './behaviour.ts';
import type { ApiResponse } from './response.ts';

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

/** Announces an event about a record, and returns a response with the record in its current state. */
export function announced(
  { account, announce }: Write,
  path: string,
  record: AccountRecord,
  event: Pick<AccountEvent, 'action' | 'verb' | 'message'>,
): ApiResponse {
  announce({ ...event, path, id: record.id });
  return [200, account.current(path, record)];
}

/**
 * Adds a record or changes an existing one, announces the event, and returns a response with the record.
 *
 * @param object - the word for the object in action keys, such as `A_SERVICE`
 * @param noun - the word for the object in the event's verb, such as `a Job`
 */
export function saved(
  write: Write,
  path: string,
  existing: AccountRecord | null,
  fields: JsonObject,
  object: string,
  noun: string,
): ApiResponse {
  const { account } = write;
  return existing
    ? announced(write, path, account.change(path, existing.id, fields), {
        ...{ action: `EDITED_${object}`, verb: `Edited ${noun}`, message: EDITED },
      })
    : announced(write, path, account.add(path, fields), {
        ...{ action: `CREATED_${object}`, verb: `Created ${noun}`, message: CREATED },
      });
}
