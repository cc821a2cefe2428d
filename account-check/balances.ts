/** The invoice balances of clients, compared with the sums of their balance changes. */

import { exactAmount } from '../src/record/exact-amount.ts';
import { unwrapped } from '../src/object/object-record.ts';
import { refersTo } from '../src/api/rows.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import type { AccountCheck } from './account.ts';

/** Maximum number of clients whose balances are compared. The comparison requires two requests for each client. */
const MAX_CLIENTS = 3;

/** Returns the distinct ids of the clients whose balances changed. */
function clientsOf(changes: Iterable<JsonObject>): Set<number> {
  const ids = [...changes].flatMap(({ role }) =>
    isJsonObject(role) && role.role_type === 'Client' && Number.isInteger(role.id) ? [Number(role.id)] : [],
  );
  return new Set(ids);
}

/** Returns the sum of amounts; null if a value is not an amount. */
function sumOf(amounts: readonly (bigint | null)[]): bigint | null {
  let sum = 0n;
  for (const amount of amounts) {
    if (amount === null) return null;
    sum += amount;
  }
  return sum;
}

/**
 * Returns true if a balance equals the sum of all changes; null if the changes fill more than a page or cannot be read.
 */
async function isBalanceSum({ reader }: AccountCheck, id: number): Promise<boolean | null> {
  const { status, data } = await reader.get(`clients/${id}/`);
  const { status: listStatus, rows, next } = await reader.list('balance-updates', { client: id });
  const isComplete = listStatus === 200 && next === null && rows.every(({ role }) => refersTo(role, String(id)));
  if (status !== 200 || !isJsonObject(data) || !isComplete) return null;
  const balance = exactAmount(unwrapped(data).invoice_balance);
  const sum = sumOf(rows.map(({ credit_amount: amount }) => exactAmount(amount)));
  // The sum cannot be compared if a value is not an amount.
  return balance === null || sum === null ? null : balance === sum;
}

/**
 * Compares a balance with the sum of its changes. If the two amounts differ, compares them again, because the balance
 * might have changed between the two requests.
 */
async function isSum(check: AccountCheck, id: number): Promise<boolean | null> {
  const first = await isBalanceSum(check, id);
  return first === false ? isBalanceSum(check, id) : first;
}

/**
 * Checks the balances of some clients with recent balance changes.
 *
 * @throws {Unfinished} if the check cannot continue
 */
export async function checkBalances(check: AccountCheck): Promise<void> {
  const clients = [...clientsOf(check.details.get('balance-updates')?.values() ?? [])].slice(0, MAX_CLIENTS);
  const verdicts: (boolean | null)[] = clients.length === 0 ? [null] : [];
  for (const id of clients) verdicts.push(await isSum(check, id));
  for (const verdict of verdicts) check.findings.add('details.balance', verdict, 'clients.invoice_balance');
}
