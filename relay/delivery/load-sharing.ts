/**
 * Shares the work among the processes on one store. Each process leases any channel that is due, so a process that starts
 * while all channels are busy would find none. Each process therefore announces its load: the number of subscriptions to
 * which it is delivering. A process with clearly more than the average hands channels over to those with less.
 */

import type { Clock } from '../clock.ts';
import type { HolderLoad, ProcessStore } from '../store/process-store.ts';
import type { ChannelService } from './channel-service.ts';
import type { ReleaseQueue } from './release-queue.ts';

const ANNOUNCE_INTERVAL_MS = 1_000;
/** Time after which the other processes ignore a process that died: the duration of its leases. */
const ANNOUNCED_MS = 5_000;
/** Minimum pause between two handovers of a process. The processes that receive the channels announce their new loads. */
const PAUSE_MS = 5_000;
/** Excess of the load over the average from which a process hands channels over. A handover delays deliveries. */
const MIN_EXCESS = 10;
/** The same, as a part of the average. */
const MIN_EXCESS_RATIO = 1 / 4;

/** Part of a service that decides about its handover. */
export type Load = Pick<ChannelService, 'load' | 'isFailing'>;

/** Dependencies of {@link LoadSharing}. */
export interface LoadSharingOptions {
  readonly store: ProcessStore;
  /** UUID of the dispatcher. */
  readonly holder: string;
  readonly clock: Clock;
  /** Ends waits when aborted. */
  readonly signal: AbortSignal;
  /** Returns the services of this process that are not being released, the one that was leased first at the beginning. */
  readonly services: () => readonly ChannelService[];
  readonly releaseQueue: Pick<ReleaseQueue, 'add'>;
}

const sumOf = (loads: readonly { readonly load: number }[]): number => loads.reduce((sum, { load }) => sum + load, 0);

/**
 * Chooses the services that bring the load of this process down to the average, and a receiver with less load for each.
 * Returns none if the excess is small. Services whose targets fail come last, because their attempts may take long, and a
 * service stops when all of its attempts have ended.
 */
export function chooseHandovers<Service extends Load>(
  services: readonly Service[],
  others: readonly HolderLoad[],
): Map<Service, string> {
  const handovers = new Map<Service, string>();
  const own = sumOf(services);
  const average = (own + sumOf(others)) / (others.length + 1);
  let excess = own - average;
  if (excess < Math.max(MIN_EXCESS, MIN_EXCESS_RATIO * average)) return handovers;
  const rooms = others.map(({ holder, load }) => ({ holder, room: average - load }));
  for (const service of [...services].sort((a, b) => Number(a.isFailing) - Number(b.isFailing))) {
    const { load } = service;
    const receiver = rooms.reduce((widest, other) => (other.room > widest.room ? other : widest));
    if (load === 0 || load > excess || load > receiver.room) continue;
    handovers.set(service, receiver.holder);
    receiver.room -= load;
    excess -= load;
  }
  return handovers;
}

/** Announces the load of one process, and hands channels over when it has more than its share. */
export class LoadSharing {
  readonly #options: LoadSharingOptions;
  #pausedUntil = -Infinity;
  /** Load that was handed over last. */
  #handedOver = 0;

  constructor(options: LoadSharingOptions) {
    this.#options = options;
  }

  /**
   * Announces the load, hands channels over, and waits until the next announcement is due.
   *
   * @throws if the store fails
   */
  async share(): Promise<void> {
    const { store, holder, clock, signal, services, releaseQueue } = this.#options;
    const isPaused = clock.now() < this.#pausedUntil;
    // Load that may not have arrived at its receiver counts here, so that no third process finds the average too low.
    const load = sumOf(services()) + (isPaused ? this.#handedOver : 0);
    const others = await store.announce({ holder, load, milliseconds: ANNOUNCED_MS });
    if (others === null) {
      await clock.sleep(Infinity, signal);
      return;
    }
    if (!isPaused && others.length > 0 && !signal.aborted) {
      const handovers = chooseHandovers(services(), others);
      this.#handedOver = sumOf([...handovers.keys()]);
      if (handovers.size > 0) this.#pausedUntil = clock.now() + PAUSE_MS;
      for (const [service, receiver] of handovers) releaseQueue.add(service, receiver);
    }
    await clock.sleep(ANNOUNCE_INTERVAL_MS, signal);
  }

  /** Withdraws the announcement, so that no other process hands over channels. If this fails, it expires. */
  async withdraw(): Promise<void> {
    const { store, holder } = this.#options;
    await store.announce({ holder, load: 0, milliseconds: 0 }).catch(() => null);
  }
}
