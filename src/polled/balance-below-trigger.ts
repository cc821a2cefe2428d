/**
 * The trigger for clients whose invoice balance falls below an amount. Only a balance change can reduce a balance, so a
 * poll reads the new balance changes. For each change that reduces a balance, the poll also reads the client's balance
 * and later changes. The balance before the change is computed from these values, so the trigger does not need to store
 * balances.
 */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { unexpectedResponse, type Params } from '../api/client.ts';
import { idOf } from '../api/record-id.ts';
import { isDeleted, rowId, rowText } from '../api/rows.ts';
import type { StepRun } from '../api/step-run.ts';
import { signedAmountInput } from '../inputs/number.ts';
import { readObject } from '../object/object-record.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';
import { amountOfExact, exactAmount } from '../record/exact-amount.ts';
import { withoutUser } from '../record/subject.ts';
import { balanceBeforeFall, isAfter, type BalanceChange } from './balance-before-fall.ts';
import { UNDECIDED, type Poll, type Reading } from './due-rows.ts';
import { HOW_OFTEN, LIST_REACH_MS, type PolledTriggerDefinition } from './polled-trigger-definition.ts';
import { polledTrigger, type PolledTrigger } from './polled-trigger.ts';
import { rowsBetween } from './rows-between.ts';

const MINIMUM = signedAmountInput('minimum_balance', {
  becomes: null,
  default: '0',
  helpText:
    'Triggers when the invoice balance of a client falls below this amount, in the currency of your branch. Enter a ' +
    'number such as 50, or a negative number such as -100 for clients who owe more than 100. With 0, the Zap runs when a ' +
    'client begins to owe money. It runs again only after the balance was at or above the amount. Clients who are below ' +
    'the amount when you turn the Zap on or change the amount do not run it until then. **Available Balance** does not ' +
    `count, because TutorCruncher does not list the charges that lower it before they are invoiced. ${HOW_OFTEN}`,
});

/**
 * Minimum age of a balance change before a poll checks whether the balance fell below the amount. If a poll checked
 * newer changes, another change could happen between the reads of the balance and of the list, and a payment could
 * still follow an invoice.
 */
const SETTLE_MS = 2 * 60_000;
/**
 * Time after the start of a poll up to which changes are listed, so that the list contains every change that the
 * balance reflects.
 */
const AHEAD_MS = 3_600_000;

const CREATED = {
  field: 'created',
  narrow:
    'It reads all balance changes of the last 5 days. Turn this Zap off, and compare the balances of clients in ' +
    'TutorCruncher.',
};

/**
 * Returns the value unless it is null.
 *
 * @throws {Error} if the value is null, because a missing value could hide a fall
 */
function known<T>({ z }: StepRun, value: T | null, name: string): T {
  if (value === null) throw unexpectedResponse(z, name);
  return value;
}

/** Returns the time of a balance change. @throws {Error} if the response lacks the time */
function createdAt(run: StepRun, row: JsonObject): number {
  const at = Date.parse(rowText(row, 'created'));
  return known(run, Number.isNaN(at) ? null : at, 'time of a balance change');
}

/** Returns the amount of a balance change. @throws {Error} if the response lacks the amount */
const amountOf = (run: StepRun, row: JsonObject): bigint =>
  known(run, exactAmount(row.credit_amount), 'amount of a balance change');

/**
 * Returns false for a balance change that does not reduce the balance. A row without an amount is checked when its
 * details are read.
 */
const mayBeFall = ({ credit_amount: amount }: JsonObject): boolean => (exactAmount(amount) ?? -1n) < 0n;

/**
 * Returns the values of a balance change from a row or details.
 *
 * @throws {Error} if the response lacks the id, the person, the time or the amount
 */
function changeOf(run: StepRun, row: JsonObject): BalanceChange {
  const { role } = row;
  return {
    id: known(run, rowId(row), 'ID of a balance change'),
    person: known(run, idOf(isJsonObject(role) ? role.id : role), 'person of a balance change'),
    at: createdAt(run, row),
    amount: amountOf(run, row),
  };
}

const without = (record: JsonObject, name: string): JsonObject =>
  Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));

/** Returns details of a balance change with all fields of the client, who is also the person whose balance changed. */
function withClient({ related_item: item, ...details }: JsonObject, found: JsonObject): JsonObject {
  const person = withoutUser(found);
  const [first_name, last_name, email] = ['first_name', 'last_name', 'email'].map((name) => rowText(person, name));
  return {
    ...details,
    // An invoice contains the same client again.
    related_item: isJsonObject(item) ? without(item, 'client') : (item ?? null),
    role: { id: person.id, first_name, last_name, email, role_type: 'Client', url: person.url },
    // A record contains only the custom fields of its own object.
    client: without(person, 'extra_attrs'),
  };
}

/** The minimum balance, and the data needed to compare a client's balance with this minimum. */
interface Comparison {
  readonly client: TutorCruncherObject;
  readonly minimum: bigint;
  /** The time of the poll, in milliseconds since 1970. */
  readonly now: number;
  /** Returns the balance changes of a client since a time. */
  readonly readChanges: (person: string, from: number) => Promise<JsonObject[]>;
}

/**
 * Returns the record of a balance change that made a client's balance fall below an amount; null if the balance did not
 * fall below the amount.
 *
 * @throws {Error} if the balance or the changes cannot be read; the change then waits for the next poll
 */
async function recordOfFall(
  run: StepRun,
  details: JsonObject,
  { client, minimum, now, readChanges }: Comparison,
): ReturnType<NonNullable<Poll['readMore']>> {
  const change = changeOf(run, details);
  const { role } = details;
  const roleType = isJsonObject(role) ? rowText(role, 'role_type') : '';
  if (roleType !== '' && roleType.toLowerCase() !== client.word) return null;
  // The balance is read before the changes, so that the list contains every change that the balance reflects.
  const found = await readObject(run, client, change.person);
  if (!found || isDeleted(found)) return null;
  const balance = known(run, exactAmount(found.invoice_balance), 'invoice balance of a client');
  const rows = await readChanges(change.person, change.at);
  // TutorCruncher might ignore the filter by client.
  const own = rows.map((row) => changeOf(run, row)).filter(({ person }) => person === change.person);
  if (!own.some(({ id }) => id === change.id)) throw unexpectedResponse(run.z, 'complete list of balance changes');
  const later = own.filter((other) => isAfter(other, change));
  if (later.some(({ at }) => at > now - SETTLE_MS)) return UNDECIDED;
  const before = balanceBeforeFall(balance, change, later, minimum);
  if (before === null) return null;
  return withClient(details, {
    ...found,
    previous_invoice_balance: amountOfExact(before),
    minimum_invoice_balance: amountOfExact(minimum),
  });
}

/** The definition of a trigger for clients whose invoice balance falls below an amount. */
interface BalanceBelowDefinition extends Omit<PolledTriggerDefinition, 'inputs' | 'poll'> {
  /** The object type of the clients whose balances are read. */
  readonly client: TutorCruncherObject;
}

/** Defines a trigger for clients whose invoice balance falls below an amount. */
export const balanceBelowTrigger = ({ client, ...trigger }: BalanceBelowDefinition): PolledTrigger =>
  polledTrigger({
    ...trigger,
    inputs: [MINIMUM],
    poll: (values, run, now) => {
      const minimum = exactAmount(values.of(MINIMUM) ?? MINIMUM.field.default) ?? 0n;
      const readChanges = (params: Params, reading: Reading): Promise<JsonObject[]> =>
        rowsBetween(run, trigger.object, reading, { ...CREATED, params });
      return {
        readRows: (reading) => readChanges({}, reading),
        momentOf: (change) => createdAt(run, change),
        span: { from: now - LIST_REACH_MS, to: now - SETTLE_MS },
        isDue: mayBeFall,
        moreRequests: 2,
        readMore: (details, spendFurther) => {
          let pages = 0;
          const spend = async (): Promise<void> => (++pages === 1 ? undefined : spendFurther());
          return recordOfFall(run, details, {
            client,
            minimum,
            now,
            readChanges: (person, from) =>
              readChanges({ client: person }, { span: { from, to: now + AHEAD_MS }, spend }),
          });
        },
      };
    },
  });
