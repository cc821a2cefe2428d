/** Target endpoints on one server. Each fails in a different way and counts the events that it receives. */

import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { startHttpServer, type HttpServer, type ReceivedRequest } from '../harness/target-server.ts';
import { arrivalIn, type Arrival } from './arrival.ts';

/** Delay of the slow endpoint. */
const SLOW_MS = 3;
const DRAIN_INTERVAL_MS = 100;

export interface TargetEndpoint {
  readonly name: string;
  /** True if every acknowledged event must arrive at this endpoint. */
  readonly isLive: boolean;
  /** Number of times that each event arrived and was acknowledged with 200, by event id. */
  readonly deliveries: Map<string, number>;
  /** The first arrival of each event, by event id, in order of arrival. */
  readonly arrivals: Map<string, Arrival>;
  /** Number of repeated arrivals with a different previous event than the first arrival. */
  changedPrevious: number;
  requests: number;
  /**
   * Number of requests whose envelope could not be opened, or that contained an event or previous event with an invalid
   * signature.
   */
  rejected: number;
  /** Sends a failure and returns true, or returns false to have the request acknowledged with 200. */
  readonly fail: (count: number, response: ServerResponse) => boolean;
}

const endpoint = (name: string, isLive: boolean, fail: TargetEndpoint['fail']): TargetEndpoint => ({
  name,
  isLive,
  deliveries: new Map(),
  arrivals: new Map(),
  changedPrevious: 0,
  requests: 0,
  rejected: 0,
  fail,
});

const respond = (response: ServerResponse, status: number, headers: Record<string, string> = {}): true => {
  response.writeHead(status, headers).end();
  return true;
};

/** Returns the number of acknowledged events that did not arrive at an endpoint. */
export const missingAt = ({ deliveries }: TargetEndpoint, acknowledged: ReadonlySet<string>): number =>
  [...acknowledged].filter((id) => !deliveries.has(id)).length;

export class TargetEndpoints {
  /** An endpoint that never fails. */
  readonly healthy = endpoint('healthy', true, () => false);
  readonly gone = endpoint('gone (410)', false, (count, response) => count > 30 && respond(response, 410));
  // Failures are rare, because the relay pauses a subscription for at least five seconds after each failure.
  readonly all: readonly TargetEndpoint[] = [
    this.healthy,
    endpoint('flaky (500)', true, (count, response) => count % 400 === 50 && respond(response, 500)),
    endpoint(
      'rate-limiting (429)',
      true,
      (count, response) => count % 100 === 20 && respond(response, 429, { 'retry-after': '1' }),
    ),
    endpoint('slow', true, () => false),
    endpoint('resetting', true, (count, response) => {
      if (count % 400 !== 70) return false;
      response.destroy();
      return true;
    }),
    endpoint('redirecting (302)', false, (_count, response) =>
      respond(response, 302, { location: '/hooks/redirected' }),
    ),
    this.gone,
  ];
  /** The endpoint that the redirecting endpoint redirects to. */
  readonly redirected = endpoint('redirected', false, () => false);
  /** Called by the healthy endpoint before it responds. */
  beforeResponse: () => Promise<void> | void = () => undefined;
  #server: HttpServer | null = null;

  static async start(): Promise<TargetEndpoints> {
    const endpoints = new TargetEndpoints();
    endpoints.#server = await startHttpServer((request, response) => void endpoints.#receive(request, response));
    return endpoints;
  }

  get origin(): string {
    return this.#server?.origin ?? '';
  }

  get live(): readonly TargetEndpoint[] {
    return this.all.filter(({ isLive }) => isLive);
  }

  /** Returns the URL of the endpoint with this index. */
  urlOf(index: number): string {
    return `${this.origin}/hooks/${index}`;
  }

  async #receive({ url, body: envelope }: ReceivedRequest, response: ServerResponse): Promise<void> {
    const index = Number(/^\/hooks\/(\d+)$/.exec(url)?.[1] ?? NaN);
    const hit = this.all[index] ?? this.redirected;
    hit.requests++;
    const { requests } = hit;
    const arrival = await arrivalIn(envelope);
    if (!arrival) hit.rejected++;
    else if (!hit.arrivals.has(arrival.event.id)) hit.arrivals.set(arrival.event.id, arrival);
    else if (hit.arrivals.get(arrival.event.id)?.previous?.id !== arrival.previous?.id) hit.changedPrevious++;
    if (hit.fail(requests, response)) return;
    if (hit === this.healthy) await this.beforeResponse();
    if (hit.name === 'slow') await sleep(SLOW_MS);
    const id = arrival?.event.id ?? '';
    hit.deliveries.set(id, (hit.deliveries.get(id) ?? 0) + 1);
    response.end('ok');
  }

  /** Waits until every acknowledged event has arrived at every live endpoint, for a limited time. */
  async drain(acknowledged: ReadonlySet<string>, milliseconds: number): Promise<void> {
    const end = Date.now() + milliseconds;
    while (this.live.some((live) => missingAt(live, acknowledged) > 0) && Date.now() < end) {
      await sleep(DRAIN_INTERVAL_MS);
    }
  }

  close(): void {
    this.#server?.close();
  }
}
