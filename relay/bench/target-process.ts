/**
 * A process of the bench: a target server that accepts events and counts them. The query of a URL can set a `delay` of
 * the responses in milliseconds, or the `status` of the responses that reject all requests. The server shares two cores
 * with the measured system, so it implements only the part of HTTP/1.1 that its clients use.
 */

import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

import { percentilesOf, readEvent, sharedNow, type Percentiles } from './event.ts';

/**
 * The messages that the process accepts. It responds to `report` with a {@link TargetReport}, and to the others with
 * {@link Arrivals}. After `startRates`, only later requests count towards the rates of the paths.
 */
export type TargetCommand = 'reset' | 'count' | 'startRates' | 'report';

export interface Arrivals {
  /** Number of distinct events over all paths. An event counts once per path. */
  readonly events: number;
  readonly requests: number;
}

export interface TargetReport extends Arrivals {
  /** Number of distinct events by the first segment of the path. */
  readonly byFolder: Readonly<Record<string, number>>;
  /** Time of the first request, on the shared clock in milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Times from sending an event to its response, for the events whose latency is measured. */
  readonly endToEnd: Percentiles | null;
  /** Requests per second at the path with the lowest rate; 0 if a path had fewer than two requests. */
  readonly slowestPerSecond: number;
}

const HEAD_END = '\r\n\r\n';
const responseWith = (status: number | string) => `HTTP/1.1 ${status} Bench\r\ncontent-length: 0\r\n\r\n`;
const ACCEPTED = responseWith(200);
const QUERY = /\?(?:delay=(\d+)|status=(\d+))$/;
/** Enough bytes of a request to contain an event's number and time. */
const START_BYTES = 500;

/** The requests that arrived at a path. */
interface PathArrivals {
  /** Identities of the events. */
  readonly events: Set<string>;
  requests: number;
  lastAt: number;
  /** The request at the start of the rate measurement. */
  rateFrom: { readonly requests: number; readonly at: number };
}

let arrivalsByPath = new Map<string, PathArrivals>();
let requests = 0;
let firstAt = 0;
let lastAt = 0;
let latencies: number[] = [];

/** Records a request. Returns the time when its event was sent; 0 if the latency is not measured. */
function record(path: string, start: string): number {
  lastAt = sharedNow();
  if (requests++ === 0) firstAt = lastAt;
  let arrivals = arrivalsByPath.get(path);
  if (!arrivals) {
    arrivals = { events: new Set(), requests: 0, lastAt, rateFrom: { requests: 1, at: lastAt } };
    arrivalsByPath.set(path, arrivals);
  }
  const event = readEvent(start);
  arrivals.events.add(event?.identity ?? `request ${requests}`);
  arrivals.requests++;
  arrivals.lastAt = lastAt;
  return event?.sentAt ?? 0;
}

/** Responds to a request according to its query. */
function respond(socket: Socket, path: string, start: string): void {
  const [, delay, status] = QUERY.exec(path) ?? [];
  if (status !== undefined) {
    socket.write(responseWith(status));
    return;
  }
  const sentAt = record(path, start);
  const accept = () => {
    socket.write(ACCEPTED);
    if (sentAt > 0) latencies.push(sharedNow() - sentAt);
  };
  if (delay === undefined) accept();
  else setTimeout(accept, Number(delay));
}

function serve(socket: Socket): void {
  let rest = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    let bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (;;) {
      const headEnd = bytes.indexOf(HEAD_END);
      if (headEnd < 0) break;
      const head = bytes.toString('latin1', 0, headEnd);
      const bodyStart = headEnd + HEAD_END.length;
      const end = bodyStart + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (bytes.length < end) break;
      const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/'));
      respond(socket, path, bytes.toString('latin1', bodyStart, Math.min(end, bodyStart + START_BYTES)));
      bytes = bytes.subarray(end);
    }
    rest = bytes;
  });
}

const arrivals = (): Arrivals => ({
  events: [...arrivalsByPath.values()].reduce((sum, { events }) => sum + events.size, 0),
  requests,
});

function report(): TargetReport {
  const byFolder: Record<string, number> = {};
  let slowestPerSecond = Infinity;
  for (const [path, { events, requests, lastAt, rateFrom }] of arrivalsByPath) {
    const folder = path.split('/')[1] ?? '';
    byFolder[folder] = (byFolder[folder] ?? 0) + events.size;
    const counted = requests - rateFrom.requests;
    const perSecond = counted < 1 ? 0 : (counted * 1000) / (lastAt - rateFrom.at);
    slowestPerSecond = Math.min(slowestPerSecond, perSecond);
  }
  // JSON has no infinity.
  if (arrivalsByPath.size === 0) slowestPerSecond = 0;
  return { ...arrivals(), byFolder, firstAt, lastAt, endToEnd: percentilesOf(latencies), slowestPerSecond };
}

function reset(): Arrivals {
  arrivalsByPath = new Map();
  requests = 0;
  firstAt = 0;
  lastAt = 0;
  latencies = [];
  return arrivals();
}

function startRates(): Arrivals {
  for (const path of arrivalsByPath.values()) path.rateFrom = { requests: path.requests, at: path.lastAt };
  return arrivals();
}

const commands: Record<TargetCommand, () => Arrivals> = { reset, count: arrivals, startRates, report };

const server = createServer(serve).listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('message', (command: TargetCommand) => process.send?.(commands[command]()));
process.on('disconnect', () => process.exit());
process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
