/** Releases channels to make room for others, or to hand them over to another process. */

import type { Clock } from '../clock.ts';
import { nameOf, type Log } from '../log.ts';
import { shortNameOf } from '../short-name.ts';
import type { ChannelService, ReleasePosition } from './channel-service.ts';

/** Delay before a release, so that channels that stop at about the same time are released together. */
const RELEASE_DELAY_MS = 10;

/** Stopped services, and the positions for the release of their leases. */
export type StoppedServices = ReadonlyMap<ChannelService, ReleasePosition>;

/** Dependencies of a {@link ReleaseQueue}. */
export interface ReleaseQueueOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the delay when aborted. */
  readonly signal: AbortSignal;
  /** Releases the leases of stopped services. */
  readonly giveBack: (stopped: StoppedServices) => Promise<void>;
}

/**
 * Stops services, and releases together those that stop at about the same time. A service keeps its lease until its
 * attempts in flight have ended.
 */
export class ReleaseQueue {
  readonly #options: ReleaseQueueOptions;
  readonly #pending = new Map<ChannelService, Promise<void>>();
  #stopped = new Map<ChannelService, ReleasePosition>();
  #releasing: Promise<void> | null = null;

  constructor(options: ReleaseQueueOptions) {
    this.#options = options;
  }

  /** The number of services that have not been released yet. */
  get size(): number {
    return this.#pending.size;
  }

  /** Returns true if a service is being stopped or released. */
  has(service: ChannelService): boolean {
    return this.#pending.has(service);
  }

  /**
   * Stops a service, and releases its lease.
   *
   * @param reservedFor - the dispatcher that the channel is handed over to
   */
  add(service: ChannelService, reservedFor?: string): void {
    const released = this.#stop(service, reservedFor)
      .catch((error: unknown) => {
        const message = 'Releasing a channel failed. Its lease expires, and then it is served again.';
        this.#options.log.error({ channel: shortNameOf(service.channel), error: nameOf(error) }, message);
      })
      .finally(() => this.#pending.delete(service));
    this.#pending.set(service, released);
  }

  /** Resolves when all services are released. */
  async idle(): Promise<void> {
    await Promise.all(this.#pending.values());
  }

  async #stop(service: ChannelService, reservedFor: string | undefined): Promise<void> {
    const position = await service.stopForRelease();
    this.#stopped.set(service, { ...position, reservedFor });
    await (this.#releasing ??= this.#release());
  }

  async #release(): Promise<void> {
    await this.#options.clock.sleep(RELEASE_DELAY_MS, this.#options.signal);
    const stopped = this.#stopped;
    this.#stopped = new Map();
    this.#releasing = null;
    await this.#options.giveBack(stopped);
  }
}
