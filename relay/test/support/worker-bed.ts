/** A worker of one subscription, which delivers with the parts of a {@link FakeDelivery}. */

import { ServedSubscription } from '../../delivery/served-subscription.ts';
import { SubscriptionWorker } from '../../delivery/subscription-worker.ts';
import type { Subscription } from '../../store/rows/subscription.ts';
import { FakeDelivery, NOW } from './fake-delivery.ts';
import { CLAIM, sampleSubscription } from './sample-subscription.ts';

/** A worker, and the parts that it uses. */
export class WorkerBed extends FakeDelivery {
  served!: ServedSubscription;
  worker!: SubscriptionWorker;

  /** Starts the worker, and runs everything that can run before the time advances. */
  async start(changes: Partial<Subscription> = {}): Promise<void> {
    const parts = this.parts();
    const isPending = this.pending.length > 0;
    this.served = new ServedSubscription(sampleSubscription({ isPending, ...changes }), CLAIM, parts.results, NOW);
    this.worker = new SubscriptionWorker({ ...parts, served: this.served, buckets: [] });
    await this.clock.settle();
  }

  /** Applies a request of the operator. */
  request(changes: Partial<Subscription>): void {
    this.worker.update({ ...this.served.current, ...changes });
  }
}
