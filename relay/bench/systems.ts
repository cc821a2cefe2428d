/** The systems that the bench measures, and the content that they start with. */

import { HOOKS_PATH } from '../../wire/relay-api.ts';
import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { peakMb } from '../harness/process-memory.ts';
import { KEY, ORIGIN } from '../harness/sample-delivery.ts';
import { startBenchProcess, type ProcessName } from './child-process.ts';
import { cpuSeconds } from './process-usage.ts';

/** Content of a system at the start of a measurement. */
export interface Setup {
  /** Number of channels with active subscriptions, which select all events. */
  readonly channels: number;
  /** Number of active subscriptions per channel. */
  readonly active: number;
  /**
   * Number of idle subscriptions, which select no events. They fill the first channel, and the others are on separate
   * channels.
   */
  readonly idle?: number;
  /** Number of undelivered events per channel. */
  readonly waiting?: number;
  /** Number of events of the first channel that have been delivered to all subscriptions. */
  readonly delivered?: number;
  /** Number of lessons that the delivered events are about; default: one per event, but without memory. */
  readonly subjects?: number;
  /** Response time of the targets of active subscriptions in milliseconds; default: 0. */
  readonly delayMs?: number;
  /** Number of processes that share the store; default: 1. */
  readonly processes?: number;
}

/** A running system. */
export interface Instance {
  /** URL for events of the first channel. */
  readonly hookUrl: string;
  /** Time from the start of the process until it was ready, in milliseconds. */
  readonly startMs: number;
  readonly peakMb: () => number;
  readonly cpuSeconds: () => number;
  readonly databaseCpuSeconds: () => number;
  /** Returns the number of stored events that the system reports; null if it reports none. */
  readonly stored: () => Promise<number | null>;
  /** Kills the system with SIGKILL and restarts it. Returns the time in between, in milliseconds. */
  readonly restart: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

export interface System {
  readonly name: string;
  readonly start: (setup: Setup) => Promise<Instance>;
}

/** Returns the channel with this index. The load goes to channel 0. */
export const channelAt = (index: number): string => deriveChannel(deriveToken(`${KEY}-${index}`, ORIGIN));

/** Returns the webhook URL of the first channel. */
export const hookUrlAt = (origin: string): string => `${origin}${HOOKS_PATH}/${channelAt(0)}`;

/** Returns the target URL of an active subscription. */
export const activeUrl = (targetOrigin: string, channel: number, index: number, delayMs = 0): string =>
  `${targetOrigin}/active/${channel}/${index}${delayMs > 0 ? `?delay=${delayMs}` : ''}`;

/**
 * Starts a bench process that serves the webhook route and is not restarted. The first message of the process is its
 * origin.
 *
 * @param options.plan - passed to the process
 * @param options.cleanUp - called when the process has been stopped
 */
export async function routeInstance(
  name: ProcessName,
  options: {
    readonly plan?: object;
    readonly databaseCpuSeconds?: () => number;
    readonly cleanUp?: () => Promise<void>;
  } = {},
): Promise<Instance> {
  const start = performance.now();
  const benchProcess = startBenchProcess(name, options.plan);
  const origin = await benchProcess.nextMessage<string>();
  return {
    hookUrl: hookUrlAt(origin),
    startMs: performance.now() - start,
    peakMb: () => peakMb(benchProcess.pid),
    cpuSeconds: () => cpuSeconds(benchProcess.pid),
    databaseCpuSeconds: options.databaseCpuSeconds ?? (() => 0),
    stored: () => Promise.resolve(null),
    restart: () => Promise.reject(new Error('This system does not support a restart.')),
    stop: async () => {
      await benchProcess.kill();
      await options.cleanUp?.();
    },
  };
}

/** The relay's webhook route without a store. It is the upper limit that the other systems are compared with. */
export const ceilingSystem: System = {
  name: 'ceiling',
  start: () => routeInstance('ceiling'),
};
