/** The release of channels that make room for others, several at a time. */

import type { Clock } from '../clock.ts';
import type { ChannelService, ReleasePosition } from './channel-service.ts';

/** Delay that lets channels that stop at about the same time be released together. */
const RELEASE_DELAY_MS = 10;

/** Services that have stopped, with the positions to release their leases with. */
export type StoppedServices = ReadonlyMap<ChannelService, ReleasePosition>;

/** Dependencies of a {@link ReleaseQueue}. */
export interface ReleaseQueueOptions {
  readonly clock: Clock;
  /** Ends the delay when aborted. */
  readonly signal: AbortSignal;
  /** Releases the leases of stopped services. */
  readonly giveBack: (stopped: StoppedServices) => Promise<void>;
}

/** Collects stopped services, and releases those that stop at about the same time together. */
export class ReleaseQueue {
  readonly #options: ReleaseQueueOptions;
  #stopped = new Map<ChannelService, ReleasePosition>();
  #releasing: Promise<void> | null = null;

  constructor(options: ReleaseQueueOptions) {
    this.#options = options;
  }

  /** Adds a service that has stopped. Resolves once its lease is released. @throws if the store fails */
  add(service: ChannelService, position: ReleasePosition): Promise<void> {
    this.#stopped.set(service, position);
    return (this.#releasing ??= this.#release());
  }

  async #release(): Promise<void> {
    await this.#options.clock.sleep(RELEASE_DELAY_MS, this.#options.signal);
    const stopped = this.#stopped;
    this.#stopped = new Map();
    this.#releasing = null;
    await this.#options.giveBack(stopped);
  }
}
