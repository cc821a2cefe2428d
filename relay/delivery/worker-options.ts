import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Attempt } from '../store/console-store.ts';
import type { Store } from '../store/store.ts';
import type { Progress } from '../store/subscription.ts';
import type { AttemptSender } from './attempt.ts';
import type { ChannelFeed } from './channel-feed.ts';
import type { Urgency } from './progress-writer.ts';
import type { RetrySlots } from './retry-slots.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Dependencies and limits of a subscription worker; the same for all subscriptions of a channel. */
export interface WorkerOptions {
  readonly store: Pick<
    Store,
    'redrive' | 'redriven' | 'settleRedriven' | 'deliveriesAfter' | 'bury' | 'progress' | 'channelState' | 'unsubscribe'
  >;
  readonly sender: Pick<AttemptSender, 'send'>;
  readonly clock: Clock;
  /** Returns a random number from 0 to 1 for the jitter of retries. */
  readonly random: () => number;
  readonly metrics: Metrics | undefined;
  readonly log: Log;
  /** Maximum rate of the subscription, in deliveries per second. */
  readonly pacePerSubscription: number;
  readonly retrySlots: RetrySlots;
  /** The bucket that limits the rate of the whole channel. */
  readonly channelBucket: TokenBucket;
  readonly feed: ChannelFeed;
  readonly leaseId: string;
  /** Returns true while the process certainly holds the lease on the channel. */
  readonly isLeaseHeld: () => boolean;
  /** Called when the worker is idle, so that new deliveries are read for it. */
  readonly onIdle: () => void;
  /** Called when the worker finds that the lease is lost. Must stop the worker. */
  readonly onLeaseLost: () => void;
  /** Schedules progress to be saved to the store. */
  readonly reportProgress: (progress: Progress, urgency: Urgency) => void;
  /** Records an attempt for the console. */
  readonly recordAttempt: (attempt: Attempt) => void;
}
