/** Fakes of the parts that a worker or a service uses to deliver sends, without a database and without requests. */

import type { AttemptedSubscription, AttemptOutcome } from '../../delivery/attempts.ts';
import type { Needed } from '../../delivery/content-cache.ts';
import { DAY } from '../../harness/durations.ts';
import type { Metrics } from '../../monitoring/metrics.ts';
import type { Arrival, HeldClaim, ReportedState, SendResult, WaitingSend } from '../../store/rows/send.ts';
import type { Subscription } from '../../store/rows/subscription.ts';
import { FakeClock } from './fake-clock.ts';
import { sampleSubscription, waitingSend } from './sample-subscription.ts';
import { createTestMetrics } from './test-metrics.ts';

/** The time at which the clock starts. */
export const NOW = 10 * DAY;

const END = { endedAt: NOW, durationMs: 5 };
export const DELIVERED: AttemptOutcome = { type: 'delivered', ...END };
export const FAILED: AttemptOutcome = { type: 'failed', reason: 'HTTP 500', retryAfterMs: null, ...END };
export const REFUSED: AttemptOutcome = { type: 'refused', reason: 'HTTP 400', ...END };
export const TOO_LARGE = {
  type: 'unsendable',
  obstacle: 'too_large',
  reason: 'too large for Zapier',
  message: 'A delivery is too large.',
  endedAt: NOW,
  durationMs: null,
} as const satisfies AttemptOutcome;

/** Returns waiting sends of deliveries that have just been received. */
export const newSends = (...seqs: readonly number[]): WaitingSend[] =>
  seqs.map((seq) => waitingSend(seq, { receivedAt: NOW }));

/** An attempt to deliver a send. */
interface FakeAttempt {
  readonly seq: number;
  readonly subscription: number;
  readonly buckets: AttemptedSubscription['buckets'];
  /** The sequence numbers of the deliveries that are needed next. */
  readonly next: readonly number[];
  readonly isRetry: boolean;
}

/** A store in memory, attempts whose results the test decides, and the calls that a worker or a service makes. */
export class FakeDelivery {
  readonly clock = new FakeClock(NOW);
  readonly metrics: Metrics = createTestMetrics(this.clock);
  /** The key of the subscription that has the pending sends. */
  readonly key = sampleSubscription().key;
  /** The pending sends in the store. */
  pending: WaitingSend[] = [];
  /** The redriven sends in the store. */
  redriven: WaitingSend[] = [];
  hasSetAside = false;
  arrivals: Arrival[] = [];
  subscriptions: Subscription[] = [];
  /** The calls to the store and to the writer of results, and the attempts, in order. */
  calls: string[] = [];
  attempts: FakeAttempt[] = [];
  results: SendResult[] = [];
  states: ReportedState[] = [];
  lines: { readonly fields: object; readonly message: string }[] = [];
  /** Returns the result of an attempt to deliver a send. */
  respond: (seq: number) => AttemptOutcome | Promise<AttemptOutcome> = () => DELIVERED;
  /** Called before each call to the store or to the writer of results. */
  beforeCall: (call: string) => void | Promise<void> = () => undefined;

  /** Returns the parts for a worker or a service. The parts record all reported results. */
  parts() {
    const log = (fields: object, message: string): void => void this.lines.push({ fields, message });
    const call = async (name: string): Promise<void> => {
      this.calls.push(name);
      await this.beforeCall(name);
    };
    return {
      clock: this.clock,
      metrics: this.metrics,
      random: () => 1,
      log: { info: log, warn: log, error: log },
      attempts: {
        attempt: async (
          { seq }: WaitingSend,
          { served, buckets }: AttemptedSubscription,
          next: () => readonly Needed[],
          isRetry: boolean,
        ): Promise<AttemptOutcome> => {
          this.calls.push(`attempt ${seq}`);
          const needed = next().map((delivery) => delivery.seq);
          this.attempts.push({ seq, subscription: served.current.key, buckets, next: needed, isRetry });
          return this.respond(seq);
        },
      },
      results: {
        add: (_claim: HeldClaim, send: SendResult | null, state: ReportedState): void => {
          this.calls.push(send ? `${send.state} ${send.seq}` : 'change');
          this.states.push(state);
          if (!send) return;
          this.results.push(send);
          if (send.state === 'waiting') return;
          this.pending = this.pending.filter(({ seq }) => seq !== send.seq);
          this.redriven = this.redriven.filter(({ seq }) => seq !== send.seq);
        },
        save: async (): Promise<boolean> => {
          await call('save');
          return true;
        },
      },
      store: {
        pending: async (subscription: number, after: number, limit: number): Promise<WaitingSend[]> => {
          await call(`pending after ${after}`);
          if (subscription !== this.key) return [];
          return this.pending.filter(({ seq }) => seq > after).slice(0, limit);
        },
        redriven: async (_subscription: number, limit: number): Promise<WaitingSend[]> => {
          await call('redriven');
          return this.redriven.slice(0, limit);
        },
        redriveFrom: async (_channel: string, _id: string, seq: number) => {
          await call(`redrive from ${seq}`);
          return { count: 1, nextSeq: null };
        },
        hasSetAside: async (): Promise<boolean> => {
          await call('has set aside');
          return this.hasSetAside;
        },
        unsubscribe: async (_channel: string, id: string, _now: number, isGone = false) => {
          await call(`unsubscribe ${id}${isGone ? ' as gone' : ''}`);
          return { waiting: this.pending.length, deadLetters: 0 };
        },
        arrivals: async (_channel: number, after: number, limit: number): Promise<Arrival[]> => {
          await call(`arrivals after ${after}`);
          return this.arrivals.filter(({ seq }) => seq > after).slice(0, limit);
        },
        subscriptions: async (): Promise<Subscription[]> => {
          await call('subscriptions');
          return this.subscriptions;
        },
      },
    };
  }

  /** Withholds the result of the next attempt. Returns a function that ends the attempt with a result. */
  holdNextAttempt(): (outcome: AttemptOutcome) => Promise<void> {
    const { promise, resolve } = Promise.withResolvers<AttemptOutcome>();
    const { respond } = this;
    this.respond = () => {
      this.respond = respond;
      return promise;
    };
    return (outcome) => {
      resolve(outcome);
      return this.clock.settle();
    };
  }

  /** Returns the sequence numbers of the attempts since the previous call. */
  attempted(): number[] {
    return this.attempts.splice(0).map(({ seq }) => seq);
  }

  /** Advances the clock. Returns the sequence numbers of the attempts since the previous call. */
  async attemptedAfter(milliseconds: number): Promise<number[]> {
    await this.clock.advance(milliseconds);
    return this.attempted();
  }

  /** Returns the last state that was reported. */
  get state(): ReportedState | undefined {
    return this.states.at(-1);
  }
}
