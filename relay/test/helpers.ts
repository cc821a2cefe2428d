/** Time, targets and deliveries for the relay's tests. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { sign } from '../../wire/signature.ts';
import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import type { Clock } from '../clock.ts';
import type { NewDelivery } from '../store/store.ts';

export const ORIGIN = 'https://relay.example.com';
export const KEY = 'a-private-key-of-nobody-0123456789abcdef';
export const TOKEN = deriveToken(KEY, ORIGIN);
export const CHANNEL = deriveChannel(TOKEN);
export const OTHER_TOKEN = deriveToken('another-private-key-of-nobody-0123456789', ORIGIN);
export const OTHER_CHANNEL = deriveChannel(OTHER_TOKEN);

export const SECOND = 1000;
export const HOUR = 60 * 60 * SECOND;
export const DAY = 24 * HOUR;

/** A body with one event, as TutorCruncher would sign it with {@link KEY}. */
export function bodyOf(action: string, id: number | string = randomBytes(6).toString('hex')): Buffer {
  return Buffer.from(
    `{"request_time": 1781114700, "events": [{"action": "${action}", "subject": {"model": "Lesson", "id": "${id}"}}]}`,
  );
}

/** A delivery of {@link CHANNEL}. */
export function delivery(action: string, changes: Partial<NewDelivery> = {}): NewDelivery {
  const body = changes.body ?? bodyOf(action);
  return {
    channel: CHANNEL,
    body,
    signature: sign(body, KEY),
    contentType: 'application/json',
    actions: [action],
    receivedAt: 1_000_000,
    ...changes,
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  constructor(now = 1_000_000) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;

  readonly sleep = (milliseconds: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted || milliseconds <= 0) {
        resolve();
        return;
      }
      const sleeper = {
        at: this.#now + milliseconds,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', sleeper.wake);
    });

  /** Lets everything happen that can without time going on. */
  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) await turn();
  }

  /** Lets time go on, and wakes sleepers in their order. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await this.settle();
    for (;;) {
      const [next] = [...this.#sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await this.settle();
    }
    this.#now = end;
  }
}

/** A request that a target got. */
export interface Received {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A target on a real socket. */
export interface Target {
  readonly origin: string;
  readonly received: Received[];
  readonly server: Server;
  readonly close: () => void;
}

/** Starts a target that answers 200, or as it is told. */
export async function startTarget(
  answer: (response: ServerResponse, received: Received, count: number) => void = (response) => response.end('ok'),
): Promise<Target> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const entry = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) };
      received.push(entry);
      answer(response, entry, received.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    received,
    server,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Waits until something is so. */
export async function until(isSo: () => boolean | Promise<boolean>, milliseconds = 10_000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('It did not come to be so in time.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
