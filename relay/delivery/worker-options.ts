import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { HeldClaim } from '../store/send.ts';
import type { Store } from '../store/store.ts';
import type { AttemptSender } from './attempt.ts';
import type { AttemptSlots } from './attempt-slots.ts';
import type { ContentCache } from './content-cache.ts';
import type { ResultsWriter } from './results-writer.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Dependencies and limits of a dispatcher. */
export interface DispatcherOptions {
  readonly store: Store;
  readonly sender: Pick<AttemptSender, 'send'>;
  readonly clock: Clock;
  /** Maximum rates in deliveries per second. */
  readonly pacePerSubscription: number;
  readonly pacePerChannel: number;
  readonly metrics?: Metrics;
  readonly log: Log;
  /** Returns a random number from 0 to 1 for the jitter of retries. Default: `Math.random`. */
  readonly random?: () => number;
  /** Maximum number of attempts in flight. Default: 2,000. */
  readonly maxAttempts?: number;
  /** Maximum number of sealed bytes of larger deliveries in flight. Default: 40 MiB. */
  readonly maxAttemptBytes?: number;
}

/** Dependencies and limits of all workers of a process. */
export interface DeliveryOptions extends DispatcherOptions {
  readonly random: () => number;
  readonly slots: AttemptSlots;
  readonly contents: ContentCache;
  readonly results: Pick<ResultsWriter, 'add' | 'save'>;
  /** Returns true while no other process can have claimed the channels of this process. */
  readonly isAlive: () => boolean;
}

/** Dependencies and limits of a worker. */
export interface WorkerOptions extends DeliveryOptions {
  readonly claim: HeldClaim;
  /** The bucket that limits the rate of the whole channel. */
  readonly channelBucket: TokenBucket;
}
