/** The dispatchers of the processes that share a store. */

/**
 * Milliseconds for which a channel that is handed over is reserved for the receiving process. If that process has died,
 * another process leases the channel afterwards.
 */
export const RESERVATION_MS = 1_000;

/** An announcement that a dispatcher makes to the dispatchers of other processes. */
export interface Announcement {
  /** UUID of the dispatcher. */
  readonly holder: string;
  /** Number of subscriptions that the dispatcher is delivering to. */
  readonly load: number;
  /** Milliseconds for which the announcement is valid; 0 withdraws it. */
  readonly milliseconds: number;
}

/** The load of a dispatcher. */
export type HolderLoad = Pick<Announcement, 'holder' | 'load'>;

/** The part of a store through which processes learn about each other. */
export interface ProcessStore {
  /**
   * Announces a dispatcher, or replaces its announcement.
   *
   * @returns the loads of the other dispatchers with a valid announcement; null if no other process can use the store
   */
  announce(announcement: Announcement): Promise<HolderLoad[] | null>;
}
