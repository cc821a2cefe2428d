/** Targets on one socket that misbehave in every way, and count what they get. */

import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { idOf } from './load.ts';

export interface Target {
  readonly name: string;
  /** Everything acknowledged has to arrive here. */
  readonly isLive: boolean;
  /** How often each event arrived and was answered with 200. */
  readonly got: Map<string, number>;
  requests: number;
  badSignatures: number;
  /** Answers by itself, and says so, or leaves it to be answered with 200. */
  readonly misbehave: (count: number, response: ServerResponse) => boolean;
}

const target = (name: string, isLive: boolean, misbehave: Target['misbehave']): Target => ({
  name,
  isLive,
  got: new Map(),
  requests: 0,
  badSignatures: 0,
  misbehave,
});

const end = (response: ServerResponse, status: number, headers: Record<string, string> = {}): true => {
  response.writeHead(status, headers).end();
  return true;
};

export class Targets {
  // Failures are rare, as each makes the relay wait for five seconds or more.
  readonly all: readonly Target[] = [
    target('healthy', true, () => false),
    target('flaky (500)', true, (count, response) => count % 400 === 50 && end(response, 500)),
    target(
      'rate-limiting (429)',
      true,
      (count, response) => count % 100 === 20 && end(response, 429, { 'retry-after': '1' }),
    ),
    target('slow', true, () => false),
    target('resetting', true, (count, response) => {
      if (count % 400 !== 70) return false;
      response.destroy();
      return true;
    }),
    target('redirecting (302)', false, (_count, response) => end(response, 302, { location: '/hooks/redirected' })),
    target('gone (410)', false, (count, response) => count > 30 && end(response, 410)),
  ];
  readonly redirected = target('redirected', false, () => false);
  readonly origin: string;
  /** Called by the healthy target before it answers. */
  beforeAnswer: () => Promise<void> | void = () => undefined;
  readonly #server: Server;
  readonly #key: string;

  private constructor(server: Server, key: string) {
    this.#server = server;
    this.#key = key;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => {
      this.#receive(request, response);
    });
  }

  /** @param key - what bodies are signed with */
  static async start(key: string): Promise<Targets> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Targets(server, key);
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void this.#answer(request, Buffer.concat(chunks), response));
  }

  async #answer(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const hit = this.all[Number(/^\/hooks\/(\d+)$/.exec(request.url ?? '')?.[1] ?? NaN)] ?? this.redirected;
    hit.requests++;
    const signature = createHmac('sha256', this.#key).update(body).digest('hex');
    if (request.headers['webhook-signature'] !== signature) hit.badSignatures++;
    if (hit.misbehave(hit.requests, response)) return;
    if (hit.name === 'healthy') await this.beforeAnswer();
    if (hit.name === 'slow') await new Promise((resolve) => setTimeout(resolve, 3));
    const id = idOf(body.toString());
    hit.got.set(id, (hit.got.get(id) ?? 0) + 1);
    response.end('ok');
  }

  get live(): readonly Target[] {
    return this.all.filter(({ isLive }) => isLive);
  }

  /** Waits until everything acknowledged is at every target that lives, but not for ever. */
  async drain(acked: ReadonlySet<string>, milliseconds: number): Promise<void> {
    const giveUpAt = Date.now() + milliseconds;
    while (this.live.some((entry) => missingAt(entry, acked) > 0) && Date.now() < giveUpAt) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** How many acknowledged events a target did not get. */
export const missingAt = ({ got }: Target, acked: ReadonlySet<string>): number =>
  [...acked].filter((id) => !got.has(id)).length;
