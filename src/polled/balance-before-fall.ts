/** The balance before a fall, which follows from the present balance and from the balance changes since. */

/** The facts about a balance change that decide whether a balance falls below an amount. */
export interface BalanceChange {
  readonly id: string;
  /** The id of the client, tutor or affiliate whose balance changed. */
  readonly person: string;
  /** The time of the change, in milliseconds since 1970. */
  readonly at: number;
  /** The amount in millionths, as `exactAmount` returns it. Negative if the balance fell. */
  readonly amount: bigint;
}

/** Returns true if a change was made after another change. Changes of the same moment are in the order of their ids. */
export const isAfter = (change: BalanceChange, other: BalanceChange): boolean =>
  change.at === other.at ? Number(change.id) > Number(other.id) : change.at > other.at;

/**
 * Returns the balance before a change if the balance fell below an amount by this change and has stayed below since;
 * otherwise null.
 *
 * @param balance - the balance after all changes
 * @param later - the changes of the same client after this change
 */
export function balanceBeforeFall(
  balance: bigint,
  change: Pick<BalanceChange, 'amount'>,
  later: readonly BalanceChange[],
  minimum: bigint,
): bigint | null {
  let after = balance;
  for (const { amount } of later.toSorted((one, other) => (isAfter(one, other) ? -1 : 1))) {
    if (after >= minimum) return null;
    after -= amount;
  }
  const before = after - change.amount;
  return after < minimum && before >= minimum ? before : null;
}
