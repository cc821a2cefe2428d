/** The balance before a fall, computed from the current balance and the balance changes since the fall. */

/** The values of a balance change that determine whether a balance falls below an amount. */
export interface BalanceChange {
  readonly id: string;
  /** The id of the client, tutor or affiliate whose balance changed. */
  readonly person: string;
  /** The time of the change, in milliseconds since 1970. */
  readonly at: number;
  /** The amount in millionths, as `exactAmount` returns it. Negative if the balance fell. */
  readonly amount: bigint;
}

/** Returns true if a change was made after another change. Changes with the same time are ordered by their ids. */
export const isAfter = (change: BalanceChange, other: BalanceChange): boolean =>
  change.at === other.at ? Number(change.id) > Number(other.id) : change.at > other.at;

/**
 * Returns the balance before a change if this change made the balance fall below an amount, and the balance has stayed
 * below the amount since; otherwise null.
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
