/** Limits and retention periods of a store. Periods are in milliseconds. */
export interface StoreOptions {
  /** Maximum number of sealed bytes in one channel. */
  readonly maxChannelBytes: number;
  /** Maximum number of digests in one channel; default: no limit. */
  readonly maxChannelDeliveries?: number;
  /** Time for which the same body and signature count as a duplicate. */
  readonly duplicateMs: number;
  /** Time from the end of the last send of a delivery until the delivery is deleted. */
  readonly bodyMs: number;
  /** Time from the moment when a send becomes a dead letter until the send is deleted. */
  readonly deadLetterMs: number;
  /** Maximum time for which a delivery is remembered, counted from its arrival. */
  readonly earlierStateMs: number;
  /** Folder for a copy of a SQLite file before its migration; null or missing for no copy. */
  readonly copyFolder?: string | null;
}
