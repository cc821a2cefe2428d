/**
 * Shares the work among the processes on one store. Each process leases any channel that is due, so a process that
 * starts while all channels are busy would find none. Each process therefore announces its load: the number of
 * subscriptions that it is delivering to. A process whose load is clearly above the average hands channels over to
 * processes below it.
 */

import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { HolderLoad, ProcessStore } from '../store/process-store.ts';
import type { ChannelService } from './channel-service.ts';
import type { ReleaseQueue } from './release-queue.ts';

const ANNOUNCE_INTERVAL_MS = 1_000;
/** Time after which the other processes ignore a process that died: the duration of its leases. */
const ANNOUNCED_MS = 5_000;
/**
 * Pause after the release of handed-over channels. In this time, their receivers lease them and announce their new
 * loads.
 */
const PAUSE_MS = 5_000;
/** Minimum excess over the average load for a process to hand channels over. Each handover delays deliveries. */
const MIN_EXCESS = 10;
/** The same minimum as a fraction of the average. */
const MIN_EXCESS_RATIO = 1 / 4;

/** The properties of a service that decide about its handover. */
export type Load = Pick<ChannelService, 'load' | 'isSlow'>;

/** Dependencies of {@link LoadSharing}. */
export interface LoadSharingOptions {
  readonly store: ProcessStore;
  /** UUID of the dispatcher. */
  readonly holder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends waits when aborted. */
  readonly signal: AbortSignal;
  /** Returns the services of this process that are not being released, in the order of their leases. */
  readonly services: () => readonly ChannelService[];
  readonly releaseQueue: Pick<ReleaseQueue, 'add' | 'has'>;
}

const sumOf = (loads: readonly { readonly load: number }[]): number => loads.reduce((sum, { load }) => sum + load, 0);

/**
 * Chooses the services that bring the load of this process down to the average, and a receiver with less load for each.
 * Returns no services if the excess is small. Slow services come last, because a service delivers nothing from the
 * start of its handover until its last attempt in flight ends.
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
  for (const service of [...services].sort((a, b) => Number(a.isSlow) - Number(b.isSlow))) {
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
  /** Handed-over services that the load of their receivers may not include yet. */
  readonly #handedOver = new Map<ChannelService, { readonly load: number; readonly until: number }>();
  /** True if the load was too high at the previous announcement. A single high load may be a short peak. */
  #hadExcess = false;

  constructor(options: LoadSharingOptions) {
    this.#options = options;
  }

  /**
   * Announces the load, hands channels over, and waits until the next announcement is due.
   *
   * @throws if the store fails
   */
  async share(): Promise<void> {
    const { store, holder, clock, signal, services } = this.#options;
    this.#updateHandedOver();
    // Includes the services that are being handed over, so that other processes do not underestimate the average.
    const load = sumOf(services()) + sumOf([...this.#handedOver.values()]);
    const others = await store.announce({ holder, load, milliseconds: ANNOUNCED_MS });
    if (others === null) {
      await clock.sleep(Infinity, signal);
      return;
    }
    if (this.#handedOver.size === 0 && !signal.aborted) {
      const handovers = chooseHandovers(services(), others);
      const hasExcess = handovers.size > 0;
      if (hasExcess && this.#hadExcess) this.#handOver(handovers);
      this.#hadExcess = hasExcess && !this.#hadExcess;
    }
    await clock.sleep(ANNOUNCE_INTERVAL_MS, signal);
  }

  #handOver(handovers: ReadonlyMap<ChannelService, string>): void {
    const { clock, log, releaseQueue } = this.#options;
    log.info({ channels: handovers.size }, 'Handing channels over to processes with less load.');
    for (const [service, receiver] of handovers) {
      this.#handedOver.set(service, { load: service.load, until: clock.now() + PAUSE_MS });
      releaseQueue.add(service, receiver);
    }
  }

  /** Removes the services whose pause is over. The pause of a service begins when it is released. */
  #updateHandedOver(): void {
    const { clock, releaseQueue } = this.#options;
    const now = clock.now();
    for (const [service, { load, until }] of this.#handedOver) {
      if (releaseQueue.has(service)) this.#handedOver.set(service, { load, until: now + PAUSE_MS });
      else if (now >= until) this.#handedOver.delete(service);
    }
  }

  /**
   * Withdraws the announcement, so that no other process hands channels over to this process. If this fails, the
   * announcement expires.
   */
  async withdraw(): Promise<void> {
    const { store, holder } = this.#options;
    await store.announce({ holder, load: 0, milliseconds: 0 }).catch(() => null);
  }
}
