/**
 * A process of the bench: a target server that responds with 200 to every request and counts the events. It shares two
 * cores with the measured system, so it implements only the part of HTTP/1.1 that its clients use.
 */

import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

import { percentilesOf, readEvent, sharedNow, type Percentiles } from './event.ts';

/** The messages that the process accepts. It responds to each with {@link Arrivals}, to `report` with a {@link TargetReport}. */
export type TargetCommand = 'reset' | 'count' | 'report';

export interface Arrivals {
  /** Number of distinct events over all paths: an event counts once per path. */
  readonly events: number;
  readonly requests: number;
}

export interface TargetReport extends Arrivals {
  /** Number of distinct events by the first segment of the path. */
  readonly byFolder: Readonly<Record<string, number>>;
  /** Time of the first request, on the shared clock in milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Time from sending to arrival, of the events whose latency is measured. */
  readonly endToEnd: Percentiles | null;
}

const HEAD_END = '\r\n\r\n';
const RESPONSE = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
/** Enough bytes of a request to contain an event's number and time. */
const START_BYTES = 500;

let eventsByPath = new Map<string, Set<string>>();
let requests = 0;
let firstAt = 0;
let lastAt = 0;
let latencies: number[] = [];

function record(path: string, start: string): void {
  lastAt = sharedNow();
  if (requests++ === 0) firstAt = lastAt;
  let events = eventsByPath.get(path);
  if (!events) eventsByPath.set(path, (events = new Set()));
  const event = readEvent(start);
  events.add(event?.identity ?? `request ${requests}`);
  if (event && event.sentAt > 0) latencies.push(lastAt - event.sentAt);
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
      record(
        head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/')),
        bytes.toString('latin1', bodyStart, Math.min(end, bodyStart + START_BYTES)),
      );
      bytes = bytes.subarray(end);
      socket.write(RESPONSE);
    }
    rest = bytes;
  });
}

const arrivals = (): Arrivals => ({
  events: [...eventsByPath.values()].reduce((sum, events) => sum + events.size, 0),
  requests,
});

function report(): TargetReport {
  const byFolder: Record<string, number> = {};
  for (const [path, events] of eventsByPath) {
    const folder = path.split('/')[1] ?? '';
    byFolder[folder] = (byFolder[folder] ?? 0) + events.size;
  }
  return { ...arrivals(), byFolder, firstAt, lastAt, endToEnd: percentilesOf(latencies) };
}

function reset(): Arrivals {
  eventsByPath = new Map();
  requests = 0;
  firstAt = 0;
  lastAt = 0;
  latencies = [];
  return arrivals();
}

const commands: Record<TargetCommand, () => Arrivals> = { reset, count: arrivals, report };

const server = createServer(serve).listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('message', (command: TargetCommand) => process.send?.(commands[command]()));
process.on('disconnect', () => process.exit());
process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
