import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Store } from '../store/store.ts';
import type { AttemptSender } from './attempt.ts';

/** Dependencies and limits of a dispatcher. */
export interface DispatcherOptions {
  readonly store: Store;
  readonly sender: Pick<AttemptSender, 'send'>;
  readonly clock: Clock;
  /** Maximum rate of each subscription, in deliveries per second. */
  readonly pacePerSubscription: number;
  /** Maximum rate of each channel, in deliveries per second. */
  readonly pacePerChannel: number;
  readonly metrics?: Metrics;
  readonly log: Log;
  /** Returns a random number from 0 to 1 for the jitter of retries. Default: `Math.random`. */
  readonly random?: () => number;
  /** Maximum number of retries in flight. Default: 512. */
  readonly maxRetriesInFlight?: number;
  /** Maximum number of channels that are served at the same time. Default: 1,000. */
  readonly maxLeases?: number;
}
