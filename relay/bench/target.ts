/**
 * A target for the bench, in a process of its own: answers 200 to everything and counts, as cheaply as it can be done,
 * since it shares two cores with what is measured. So it speaks just as much HTTP/1.1 as it is asked in.
 */

import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

import { readEvent, sharedNow, spreadOf, type Spread } from './event.ts';

/** What the bench asks. */
export type TargetQuestion = 'reset' | 'count' | 'report';

/** What arrived, each event counted once at each path. */
export interface Arrivals {
  readonly events: number;
  readonly requests: number;
}

export interface TargetReport extends Arrivals {
  /** Requests by the first part of their path. */
  readonly byFolder: Readonly<Record<string, number>>;
  /** By the shared clock. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** From sending to arrival, of events whose way is timed. */
  readonly endToEnd: Spread | null;
}

const HEAD_END = '\r\n\r\n';
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
/** An event's number and time stand in these first bytes. */
const START_BYTES = 60;

let seen = new Map<string, Set<number>>();
let requests = 0;
let firstAt = 0;
let lastAt = 0;
let latencies: number[] = [];

function record(path: string, start: string): void {
  lastAt = sharedNow();
  if (requests++ === 0) firstAt = lastAt;
  let numbers = seen.get(path);
  if (!numbers) seen.set(path, (numbers = new Set()));
  const event = readEvent(start);
  numbers.add(event?.number ?? requests);
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
      socket.write(ANSWER);
    }
    rest = bytes;
  });
}

const arrivals = (): Arrivals => ({
  events: [...seen.values()].reduce((sum, numbers) => sum + numbers.size, 0),
  requests,
});

function report(): TargetReport {
  const byFolder: Record<string, number> = {};
  for (const [path, numbers] of seen) {
    const folder = path.split('/')[1] ?? '';
    byFolder[folder] = (byFolder[folder] ?? 0) + numbers.size;
  }
  return { ...arrivals(), byFolder, firstAt, lastAt, endToEnd: spreadOf(latencies) };
}

function reset(): Arrivals {
  seen = new Map();
  requests = 0;
  firstAt = 0;
  lastAt = 0;
  latencies = [];
  return arrivals();
}

const answers: Record<TargetQuestion, () => Arrivals> = { reset, count: arrivals, report };

const server = createServer(serve).listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('message', (question: TargetQuestion) => process.send?.(answers[question]()));
process.on('disconnect', () => process.exit());
process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
