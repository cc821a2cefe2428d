/** A store that several dispatchers in a test share, like processes that share a PostgreSQL database. */

import type { Clock } from '../clock.ts';
import { SECOND } from '../harness/durations.ts';
import { RESERVATION_MS, type HolderLoad } from '../store/process-store.ts';
import type { OnChange, Store } from '../store/store.ts';

/** Adds the announcements and reservations of a store for several processes to a SQLite store. */
export class SharedStore {
  readonly store: Store;
  /** Number of released leases. */
  releases = 0;

  constructor(store: Store, clock: Pick<Clock, 'now'>) {
    const announced = new Map<string, HolderLoad & { readonly until: number }>();
    const reserved = new Map<string, { readonly holder: string; readonly until: number }>();
    const listeners = new Map<string, OnChange>();
    const channels = new Map<string, string>();
    this.store = {
      ...store,
      listen: async (holder, onChange) => {
        listeners.set(holder, onChange);
        await store.listen(holder, (channel, what) => {
          for (const listener of listeners.values()) listener(channel, what);
        });
      },
      announce: ({ holder, load, milliseconds }) => {
        announced.set(holder, { holder, load, until: clock.now() + milliseconds });
        const others = [...announced.values()].filter((each) => each.until > clock.now() && each.holder !== holder);
        return Promise.resolve(others);
      },
      lease: async (request) => {
        const { leases, lookAgainInMs } = await store.lease(request);
        const isReserved = ({ channel }: { readonly channel: string }): boolean => {
          const reservation = reserved.get(channel);
          return reservation !== undefined && reservation.until > clock.now() && reservation.holder !== request.holder;
        };
        await store.release(leases.filter(isReserved).map((lease) => ({ ...lease, dueInMs: 0 })));
        const given = leases.filter((lease) => !isReserved(lease));
        for (const { leaseId, channel } of given) {
          channels.set(leaseId, channel);
          reserved.delete(channel);
        }
        return { leases: given, lookAgainInMs: Math.min(SECOND, lookAgainInMs ?? SECOND) };
      },
      release: async (releases) => {
        this.releases += releases.length;
        await store.release(releases);
        for (const { leaseId, reservedFor, dueInMs } of releases) {
          const channel = channels.get(leaseId);
          if (channel === undefined || reservedFor === undefined || dueInMs !== 0) continue;
          reserved.set(channel, { holder: reservedFor, until: clock.now() + RESERVATION_MS });
          listeners.get(reservedFor)?.(channel, 'deliveries');
        }
      },
    };
  }
}
