/** Limits and retention periods of a store. Periods are in milliseconds. */
export interface StoreOptions {
  /** Maximum number of sealed bytes in one channel. */
  readonly maxChannelBytes: number;
  /** Maximum number of digests in one channel; default: no limit. */
  readonly maxChannelDeliveries?: number;
  /** Time for which a delivery is recognized as a duplicate. */
  readonly duplicateMs: number;
  /** Time from the end of the last send of a delivery until the delivery is deleted. */
  readonly bodyMs: number;
  /** Time from the moment when a send becomes a dead letter until the send is deleted. */
  readonly deadLetterMs: number;
  /** Time after its arrival for which a delivery may be remembered. */
  readonly earlierStateMs: number;
  /** Folder for a copy of a SQLite file before its migration; null or missing for no copy. */
  readonly copyFolder?: string | null;
}
