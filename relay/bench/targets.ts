/** The targets of the bench. Each path is a Zap, and the beginning of the path determines the Zap's behaviour. */

import { startHttpServer } from '../harness/target-server.ts';

/**
 * The behaviours of targets. `zap` responds at once, `slow` after 200 ms, `held` when {@link Targets.held} resolves,
 * `hang` never, and `fail` with 500.
 */
export type Behaviour = 'zap' | 'slow' | 'held' | 'hang' | 'fail';

const SLOW_MS = 200;

/**
 * Returns the current value of `performance.now()` as a timestamp. The relay leaves the timestamps of events
 * unencrypted.
 */
export const timestampNow = (): string => new Date(performance.now()).toISOString();
/** Matches the timestamp in a delivery of the relay. */
const EVENT_TIME = /"event_time":(\d+)/;

export type Targets = Awaited<ReturnType<typeof startTargets>>;

/** Starts the server of the targets. */
export async function startTargets() {
  const targets = {
    origin: '',
    held: Promise.resolve() as Promise<unknown>,
    /** Number of requests since the last reset, in total and by path. */
    count: 0,
    paths: new Map<string, number>(),
    /** Milliseconds from the timestamp in an event to the arrival of the event at a path of the kind `zap`. */
    latencies: [] as number[],
    /** Clears the counts and the latencies of all requests. */
    reset: (): void => {
      targets.count = 0;
      targets.paths.clear();
      targets.latencies = [];
    },
  };
  const { server, origin } = await startHttpServer(({ url, body }, response) => {
    targets.count++;
    targets.paths.set(url, (targets.paths.get(url) ?? 0) + 1);
    const [, time] = EVENT_TIME.exec(body.toString('latin1', 0, 1000)) ?? [];
    if (url.startsWith('/zap')) targets.latencies.push(performance.now() - Number(time));
    if (url.startsWith('/hang')) return;
    if (url.startsWith('/slow')) setTimeout(() => response.end(), SLOW_MS);
    else if (url.startsWith('/held')) void targets.held.then(() => response.end());
    else {
      if (url.startsWith('/fail')) response.statusCode = 500;
      response.end();
    }
  });
  server.keepAliveTimeout = 60_000;
  targets.origin = origin;
  return targets;
}
