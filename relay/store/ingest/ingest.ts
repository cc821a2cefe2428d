/**
 * Stores deliveries, with one send for each subscription that selects them. A group of deliveries shares a transaction,
 * which locks the channels, reads the facts, decides, removes older deliveries to make room, and writes. All decisions
 * are made before a delivery is written, so nothing is written for a refused delivery.
 */

import type { Database, Transaction } from '../database/database.ts';
import { ingestChanges } from './ingest-changes.ts';
import { lockAndRead, readAgain, type IngestFacts } from './ingest-facts.ts';
import { admittedIn, decide, excessOf, refuseExcess, type Excess } from './ingest-plan.ts';
import type { Ingested, NewDelivery } from '../deliveries/new-delivery.ts';
import { deleteOldestDigests } from '../rows/deletion.ts';
import { removeOldest } from '../rows/removal.ts';
import type { StoreOptions } from '../store-options.ts';

/** Removes older deliveries and digests from channels. Returns the facts after the removal. */
async function removeExcess(
  transaction: Transaction,
  facts: IngestFacts,
  excess: readonly Excess[],
  deliveries: readonly NewDelivery[],
): Promise<IngestFacts> {
  const channels = new Map(facts.channels);
  for (const { channel, bytes, digests } of excess) {
    const { key } = channel;
    const removedBytes = bytes > 0 ? await removeOldest(transaction, key, bytes) : 0;
    const removedDigests = digests > 0 ? await deleteOldestDigests(transaction, key, digests) : 0;
    channels.set(channel.channel, {
      ...channel,
      storedBytes: channel.storedBytes - removedBytes,
      digests: channel.digests - removedDigests,
    });
  }
  return { ...facts, ...(await readAgain(transaction, deliveries)), channels };
}

/** Stores a group of deliveries in a transaction. Returns the results, and the channels that have pending sends. */
async function storeGroup(transaction: Transaction, deliveries: readonly NewDelivery[], options: StoreOptions) {
  let facts = await lockAndRead(transaction, deliveries);
  let decisions = decide(facts, deliveries, options);
  const excess = excessOf(facts, decisions, options);
  if (excess.length > 0) {
    facts = await removeExcess(transaction, facts, excess, deliveries);
    decisions = refuseExcess(facts, decisions, options);
  }
  const admitted = admittedIn(decisions);
  const reduced = new Set(excess.map(({ channel }) => channel.key));
  await transaction.write(ingestChanges(facts, admitted, reduced, options));
  const selected = admitted.filter(({ subscriptions }) => subscriptions.length > 0);
  return {
    results: decisions.map(({ result }) => result),
    due: new Set(selected.map(({ delivery }) => delivery.channel)),
  };
}

/** Creates the part of a store that stores deliveries. */
export function createIngest(database: Database, options: StoreOptions) {
  return {
    /**
     * Stores deliveries in one transaction, with a pending send for each subscription that selects them. Returns one
     * result per delivery, in the same order.
     *
     * Deliveries with waiting sends are never removed. If a delivery exceeds a limit of {@link StoreOptions}, older
     * deliveries are removed to make room, oldest first: deliveries whose sends are all delivered, then deliveries with
     * dead letters. One call removes a limited number of deliveries, so a delivery that is refused as `full` can be
     * accepted later.
     *
     * A wellbeing concern is stored only if a subscription selects it, and is deleted as soon as none of its sends
     * waits or is a dead letter.
     */
    ingest: async (deliveries: readonly NewDelivery[]): Promise<Ingested[]> => {
      // The transaction of a group with several channels is not repeated. If one channel cannot be locked, the caller
      // divides the group, and stores the deliveries of the other channels.
      const isRepeated = new Set(deliveries.map(({ channel }) => channel)).size === 1;
      const { results, due } = await database.transaction(
        (transaction) => storeGroup(transaction, deliveries, options),
        { isRepeated },
      );
      for (const channel of due) database.onChange(channel, 'deliveries');
      return results;
    },
  };
}
