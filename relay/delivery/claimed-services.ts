/**
 * The services of the channels that a process has claimed. A service starts when its channel is claimed. The service
 * ends when the claim is lost, or when the channel is idle and is given back.
 */

import { WakeUpSignal } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { HeldClaim } from '../store/rows/send.ts';
import type { Store } from '../store/store.ts';
import { ChannelService, type ServiceParts } from './channel-service.ts';
import type { Claimant } from './claimant.ts';
import type { Claimed, DueChannels } from './due-channels.ts';
import type { ResultsWriter } from './results-writer.ts';
import { hasSteppedBack } from './step-back.ts';

interface ClaimedServicesParts {
  readonly store: Pick<Store, 'claimed' | 'deliveryIds' | 'giveBack'>;
  readonly log: Pick<Log, 'error'>;
  readonly metrics: Metrics | undefined;
  readonly claimant: Pick<Claimant, 'id'>;
  readonly results: Pick<ResultsWriter, 'save'>;
  readonly due: Pick<DueChannels, 'hasChanged' | 'lookAgain'>;
  readonly serviceParts: ServiceParts;
  /** Called when the database has gone back to an earlier state. */
  readonly onStepBack: () => void;
}

/** Serves the channels that a process has claimed. */
export class ClaimedServices {
  readonly #parts: ClaimedServicesParts;
  /** The services, by channel name. */
  readonly #services = new Map<string, ChannelService>();
  /** Services whose channels are being given back. */
  readonly #stopping = new Set<ChannelService>();
  /** Notified when a channel is claimed. */
  readonly claimed = new WakeUpSignal();

  constructor(parts: ClaimedServicesParts) {
    this.#parts = parts;
  }

  /** True if a channel is being served. */
  get areServing(): boolean {
    return this.#services.size > 0;
  }

  /** True if the process holds a claim. A claim lasts until its channel has been given back. */
  get haveClaims(): boolean {
    return this.#services.size + this.#stopping.size > 0;
  }

  /** Returns the service of a channel; undefined if the channel is not served. */
  get(channel: string): ChannelService | undefined {
    return this.#services.get(channel);
  }

  /** Serves a claimed channel, unless its service was started before because the response to the claim was late. */
  serveOnce(claimed: Claimed): void {
    if (this.#services.get(claimed.channel)?.id.claim !== claimed.claim) this.#serve(claimed);
  }

  #serve(claimed: Claimed): void {
    this.#drop(claimed.channel);
    const { claimant, due, metrics, serviceParts } = this.#parts;
    const service = new ChannelService(claimed, claimant.id, serviceParts);
    this.#services.set(claimed.channel, service);
    metrics?.claimedChannels.set(this.#services.size);
    this.claimed.notify();
    // The notification of a change after the claim might have arrived before the service existed.
    if (due.hasChanged(claimed.channel, 'deliveries')) void service.fetchNew();
    if (due.hasChanged(claimed.channel, 'subscriptions')) void service.reloadSubscriptions();
  }

  /**
   * Reconciles the services with the claims in the store, and gives back idle channels.
   *
   * @throws if the store fails
   */
  async reconcile(): Promise<void> {
    const { store, results, onStepBack } = this.#parts;
    const claimant = this.#parts.claimant.id;
    const known = [...this.#services.values()].map((service) => ({ service, position: service.position }));
    const seqs = known.flatMap(({ position }) => position.newestArrival?.seq ?? []);
    const ids = new Map((await store.deliveryIds(seqs)).map(({ seq, deliveryId }) => [seq, deliveryId]));
    const claimed = new Map((await store.claimed(claimant)).map((each) => [each.channel, each]));
    if (claimant !== this.#parts.claimant.id) return;
    for (const { service, position } of known) {
      const { channel, id } = service;
      if (this.#services.get(channel) !== service) continue;
      const current = claimed.get(channel);
      if (current && hasSteppedBack(position, current, ids)) {
        onStepBack();
        return;
      }
      if (current?.claim !== id.claim) this.#drop(channel);
      else service.reconcile(current);
    }
    // A claim has no service if the response to the claim was lost.
    for (const each of claimed.values()) if (!this.#isServed(each.channel)) this.#serve(each);
    if (![...this.#services.values()].some(({ isIdle }) => isIdle)) return;
    // If a channel were given back before its results are saved, the next service would send its events again.
    if (await results.save()) await this.#giveBack([...this.#services.values()].filter(({ isIdle }) => isIdle));
  }

  #isServed(channel: string): boolean {
    return this.#services.has(channel) || [...this.#stopping].some((service) => service.channel === channel);
  }

  /** Stops the service of a channel whose claim is lost, because the claim was dropped or the channel was deleted. */
  #drop(channel: string): void {
    const { due, metrics } = this.#parts;
    const service = this.#services.get(channel);
    if (!service) return;
    this.#services.delete(channel);
    void service.stop();
    metrics?.claimedChannels.set(this.#services.size);
    metrics?.claimsLost.inc();
    due.lookAgain();
  }

  /** Drops all claims. */
  dropAll(): void {
    for (const channel of this.#services.keys()) this.#drop(channel);
  }

  /** Drops a lost claim, but not a later claim on the same channel. */
  dropLost(claim: HeldClaim): void {
    for (const service of this.#services.values()) if (service.id === claim) this.#drop(service.channel);
  }

  /** Stops services, saves their results and ends their claims. */
  async #giveBack(idle: readonly ChannelService[]): Promise<void> {
    if (idle.length === 0) return;
    const { store, results, due, metrics } = this.#parts;
    const claimant = this.#parts.claimant.id;
    for (const service of idle) {
      this.#services.delete(service.channel);
      this.#stopping.add(service);
    }
    metrics?.claimedChannels.set(this.#services.size);
    try {
      const claims = await Promise.all(idle.map((service) => service.stop()));
      // If the results cannot be saved, the claims are kept, and the channels are served again.
      if (await results.save()) await store.giveBack(claimant, claims);
    } finally {
      for (const service of idle) this.#stopping.delete(service);
      due.lookAgain();
    }
  }

  /** Gives back each channel as soon as its attempts have ended. Never rejects. */
  async giveBackEach(): Promise<void> {
    const givenBack = await Promise.allSettled(
      [...this.#services.values()].map((service) => this.#giveBack([service])),
    );
    if (givenBack.some(({ status }) => status === 'rejected'))
      this.#parts.log.error({}, 'Giving back channels failed. Other processes claim them after 5 s.');
  }
}
