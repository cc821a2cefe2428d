/** Milliseconds for which statements wait for the lock of a single row after the other rows have been changed. */
const PATIENCE_MS = 200;

/** A change of several rows. */
export interface Change<Item, Row> {
  /**
   * Changes the rows of items in one statement.
   *
   * @param skipsLocked - true to skip rows that another session has locked
   * @returns null if the statement timed out while waiting for a locked row
   */
  readonly apply: (items: readonly Item[], skipsLocked: boolean) => Promise<Row[] | null>;
  /** Returns the items that {@link Change.apply} skipped, given the result for the others. */
  readonly skipped: (changed: readonly Row[]) => Promise<Item[]>;
}

/**
 * Changes rows without letting a row that another session has locked delay the others. This usually takes one
 * statement. If the statement times out while waiting for a lock, a second statement changes the unlocked rows. Each
 * locked row is then tried once more in a separate statement, because other relay processes lock rows only briefly.
 *
 * @returns the result for the changed rows, and the items whose rows are still locked
 */
export async function changeUnlocked<Item, Row>(
  items: readonly Item[],
  { apply, skipped }: Change<Item, Row>,
): Promise<{ readonly changed: readonly Row[]; readonly locked: readonly Item[] }> {
  if (items.length === 0) return { changed: [], locked: [] };
  const all = await apply(items, false);
  if (all) return { changed: all, locked: [] };

  const changed = (await apply(items, true)) ?? [];
  const locked: Item[] = [];
  const giveUpAt = Date.now() + PATIENCE_MS;
  // The order is random, so that the time is not used up by the same locked rows in every call.
  const waiting = (await skipped(changed)).map((item) => ({ item, order: Math.random() }));
  for (const { item } of waiting.sort((a, b) => a.order - b.order)) {
    const rows = Date.now() < giveUpAt ? await apply([item], false) : null;
    if (rows) changed.push(...rows);
    else locked.push(item);
  }
  return { changed, locked };
}
