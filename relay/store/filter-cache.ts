/** Cache of the filters of channels, by which an event becomes sends. */

import type { ActionFilter } from '../../wire/action-filter.ts';
import type { Reader } from './database.ts';

/** Maximum number of channels in the cache. */
const MAX_CHANNELS = 1_000;

/** The filters of a channel's subscriptions. */
export type Filters = readonly { readonly subscription: number; readonly filter: ActionFilter }[];

/** A channel, and the revision of its subscriptions. */
interface Revision {
  readonly key: number;
  readonly revision: number;
}

/** The filters of channels, each valid for one revision of its channel. */
export class FilterCache {
  readonly #entries = new Map<number, { readonly revision: number; readonly filters: Filters }>();

  /** Returns the filters of channels, by the key of the channel. Reads the filters whose revision is not known. */
  async get({ all }: Reader, channels: readonly Revision[]): Promise<Map<number, Filters>> {
    const found = new Map<number, Filters>();
    for (const { key, revision } of channels) {
      const entry = this.#entries.get(key);
      if (entry?.revision === revision) found.set(key, entry.filters);
    }
    const unknown = channels.filter(({ key }) => !found.has(key));
    if (unknown.length === 0) return found;
    const rows = await all<{ channel: number; subscription: number; filter: ActionFilter }>(
      `SELECT channel, key AS subscription, filter FROM subscriptions
       WHERE channel = ANY($1) AND ended_at IS NULL ORDER BY key`,
      [unknown.map(({ key }) => key)],
    );
    if (this.#entries.size >= MAX_CHANNELS) this.#entries.clear();
    for (const { key, revision } of unknown) {
      const filters = rows
        .filter(({ channel }) => channel === key)
        .map(({ subscription, filter }) => ({ subscription, filter }));
      this.#entries.set(key, { revision, filters });
      found.set(key, filters);
    }
    return found;
  }
}
