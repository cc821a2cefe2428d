/** Events about the records of the sample account. */

import { objects } from '../../objects/index.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import type { JsonObject } from '../../wire/json.ts';
import type { Account, AccountRecord } from '../api/account.ts';
import { Behaviour } from '../api/behaviour.ts';
import { timesFrom } from '../api/seed.ts';
import { deliveryOf } from '../api/webhooks.ts';

/** An event about a record of the account. */
export interface BranchEvent {
  readonly trigger: string;
  readonly id: number;
  readonly changes?: JsonObject;
}

const nameOf = ({ topic, display_id, first_name, last_name }: AccountRecord): string =>
  [topic, display_id, first_name, last_name].filter((part) => typeof part === 'string').join(' ');

/**
 * Changes the record of an event. Returns the delivery, its verb and the name of the record.
 * @throws {Error} if there is no such trigger or record
 */
export function happen(account: Account, { trigger, id, changes = {} }: BranchEvent, ms: number) {
  const found = webhookTriggers.find(({ definition }) => definition.key === trigger);
  const path = objects.find(({ word }) => word === found?.filter.object)?.api?.path;
  if (!found || path === undefined) throw new Error(`There is no trigger "${trigger}" about records of the account.`);
  const name = nameOf(account.change(path, id, changes));
  const { action } = found.sampleEvent;
  const verb = String(found.sampleEvent.verb);
  const sender = { account, behaviour: new Behaviour() };
  return { delivery: deliveryOf({ action, verb, message: '', path, id }, sender, ms), verb, name };
}

/** Returns the record of a list with an index, in the order of their ids. */
function recordAt(account: Account, path: string, index: number): AccountRecord {
  const record = account.list(path).toSorted((one, other) => one.id - other.id)[index];
  if (!record) throw new Error(`The account has no record ${index} at ${path}.`);
  return record;
}

/** Index of the first lesson with people of its own. Polled triggers report the lessons before it. */
const FIRST_LESSON = 4;

/** Adds a planned lesson of one of the account's five jobs. @returns the id of the lesson */
export const addLesson = (account: Account, job: number, topic: string, start: number): number =>
  account.add('appointments', {
    ...recordAt(account, 'appointments', FIRST_LESSON + job),
    ...timesFrom(start),
    topic,
    status: 'planned',
  }).id;

/** Adds an unpaid invoice of one of the account's five clients. Returns the id of the invoice. */
export function addInvoice(account: Account, client: number): number {
  const { id } = account.add('invoices', recordAt(account, 'invoices', client));
  const unpaid = { status: 'unpaid', still_to_pay: 63, date_paid: null, date_void: null };
  return account.change('invoices', id, { ...unpaid, display_id: `INV-${id}` }).id;
}

/** Returns the fields of an invoice that has been paid. @param ms - milliseconds since 1970 */
export const paidAt = (ms: number): JsonObject => ({
  status: 'paid',
  still_to_pay: 0,
  date_paid: new Date(ms).toISOString(),
});
