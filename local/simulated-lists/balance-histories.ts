/** Histories of clients' balances: every balance change, and the balance of each client after it. */

import { once } from '../../src/once.ts';
import { atChange, numbered, type History, type MinutesBetween, type Version } from './history.ts';
import { statesOf } from './polled-list.ts';
import { DAY, DAY_START, HOUR, WEEK_END, WEEK_START } from './simulated-time.ts';

/** A version of a balance change. A balance change has only one version, because it never changes. */
export interface BalanceChangeVersion extends Version {
  readonly created: number;
  /** The id of the client. */
  readonly client: number;
  /** The amount in whole pounds; negative if the balance falls. */
  readonly amount: number;
}

/** The balance of a client at a moment. */
interface BalanceVersion extends Version {
  readonly balance: number;
}

/** The size of a simulated branch. */
export interface BalanceBranch {
  /** Number of clients. */
  readonly clients: number;
  /** Number of balance changes at random times. */
  readonly changes: number;
  /** Number of invoices that are sent at the same time on the simulated day, each to a different client. */
  readonly together: number;
}

/** A balance change without an id. */
interface Draft {
  readonly created: number;
  readonly client: number;
  readonly amount: number;
}

const FIRST_CLIENT = 3000;
/** The initial balances of clients. About half of the balances are above the amount below which the Zap runs. */
const BEGINNINGS = [120, 80, 55, 50, 45, 0, -60];
/**
 * The amounts of the changes, used in rotation. The number of amounts has no common factor with the number of clients,
 * so that each client has changes of all amounts.
 */
const AMOUNTS = [-35, 40, -10, 60, -45, -30, 25];
const INVOICE = -40;

const clientAt = (index: number): number => FIRST_CLIENT + index;
const beginningOf = (client: number): number => BEGINNINGS[client % BEGINNINGS.length] ?? 0;

/** Returns the balance changes of a branch. @param between - returns a random full minute between two moments */
export function simulatedBalanceChanges(
  between: MinutesBetween,
  { clients, changes, together }: BalanceBranch,
): History<BalanceChangeVersion>[] {
  const random = Array.from({ length: changes }, (_, index): Draft => ({
    created: between(WEEK_START - 9 * DAY, WEEK_END - HOUR),
    client: clientAt((index * 7) % clients),
    amount: AMOUNTS[index % AMOUNTS.length] ?? 0,
  }));
  const invoices = Array.from({ length: together }, (_, index): Draft => ({
    created: DAY_START + HOUR,
    client: clientAt(index % clients),
    amount: INVOICE,
  }));
  return numbered([...random, ...invoices].map((draft) => [{ ...draft, from: atChange(draft.created), status: null }]));
}

/** Returns the balance of each client after a change, in the order of the changes. */
function balancesAfter(changes: readonly History<BalanceChangeVersion>[]): Map<number, number> {
  const balances = new Map<number, number>();
  const after = new Map<number, number>();
  for (const { id, versions } of changes) {
    for (const { client, amount } of versions) {
      const balance = (balances.get(client) ?? beginningOf(client)) + amount;
      balances.set(client, balance);
      after.set(id, balance);
    }
  }
  return after;
}

/** Returns the states of the clients whose balances change. */
export function clientStates(changes: readonly History<BalanceChangeVersion>[]) {
  const after = balancesAfter(changes);
  const byClient = Map.groupBy(changes, ({ versions }) => versions[0]?.client ?? 0);
  const histories = [...byClient].map(([id, own]): History<BalanceVersion> => ({
    id,
    versions: [
      { from: 0, status: null, balance: beginningOf(id) },
      ...own.map((change) => ({
        from: change.versions[0]?.from ?? 0,
        status: null,
        balance: after.get(change.id) ?? 0,
      })),
    ],
  }));
  return statesOf<BalanceVersion>(
    {
      path: 'clients',
      histories: () => histories,
      timeOf: ({ from }) => from,
      isSortedById: true,
      rowOf: (id) => ({ id, first_name: 'Priya', last_name: 'Raman' }),
      detailsOf: (_id, { balance }) => ({ invoice_balance: `${balance}.00`, status: 'live' }),
      due: {},
      zaps: [],
    },
    histories,
  );
}

/** A fall of a balance below an amount. `until` is the time at which the balance reaches the amount again. */
export interface Fall {
  readonly until: number;
}

/** Returns the falls of balances below an amount, keyed by the id of the balance change that causes the fall. */
export function fallsBelow(changes: readonly History<BalanceChangeVersion>[], minimum: number): Map<number, Fall> {
  const after = balancesAfter(changes);
  const falls = new Map<number, Fall>();
  const byClient = Map.groupBy(changes, ({ versions }) => versions[0]?.client ?? 0);
  for (const [client, own] of byClient) {
    let before = beginningOf(client);
    for (const [index, change] of own.entries()) {
      const balance = after.get(change.id) ?? 0;
      if (before >= minimum && balance < minimum) {
        const recovery = own.slice(index + 1).find(({ id }) => (after.get(id) ?? 0) >= minimum);
        falls.set(change.id, { until: recovery?.versions[0]?.from ?? Infinity });
      }
      before = balance;
    }
  }
  return falls;
}

/**
 * Returns a function that computes the falls below an amount on its first call, and returns the same falls on later
 * calls.
 */
export const fallsIn = (changes: () => readonly History<BalanceChangeVersion>[], minimum: number) =>
  once(() => fallsBelow(changes(), minimum));
