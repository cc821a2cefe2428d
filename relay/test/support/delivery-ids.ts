import type { SendResult } from '../../store/rows/send.ts';
import type { Store } from '../../store/store.ts';

/** A result that names its delivery only by sequence number. */
export type ResultWithSeq = Omit<SendResult, 'deliveryId'>;

/**
 * Returns results with the ids of their deliveries. The result of a delivery that no longer exists gets an id that no
 * delivery has.
 */
export async function withDeliveryIds(
  store: Pick<Store, 'deliveries'>,
  channel: number,
  results: readonly ResultWithSeq[],
): Promise<SendResult[]> {
  const ids = new Map<number, string>();
  const seqs = [...new Set(results.map(({ seq }) => seq))];
  // If deliveries are large, the store returns fewer deliveries than requested.
  for (let missing = seqs; missing.length > 0;) {
    const found = await store.deliveries(channel, missing);
    for (const { seq, id } of found) ids.set(seq, id);
    missing = found.length === 0 ? [] : missing.filter((seq) => !ids.has(seq));
  }
  return results.map((result) => ({ ...result, deliveryId: ids.get(result.seq) ?? 'deleted' }));
}
