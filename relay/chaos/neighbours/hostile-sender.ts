/** Large and unfinished requests to a relay, sent by another process. */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';

import type { RelayProcess } from '../../harness/relay-process.ts';

/** A number of identical requests, sent at the same time. */
export interface HostileRequests {
  readonly count: number;
  /** Request line and headers, without the headers about the body. */
  readonly head: string;
  /**
   * The body. The unit is repeated; `%` in it becomes a sequence number, and `#` in the prefix makes the body unique.
   */
  readonly body?: { readonly prefix: string; readonly unit: string; readonly suffix: string; readonly bytes: number };
  /** False to leave the body unfinished. Default: true. */
  readonly isFinished?: boolean;
  readonly isChunked?: boolean;
  /** Time after which the connections are closed, even without a response. */
  readonly holdMs: number;
}

export interface HostilePlan extends HostileRequests {
  readonly port: number;
}

export interface HostileResponse {
  /** 0 if there was no response. */
  readonly status: number;
  readonly hasRetryAfter: boolean;
  readonly milliseconds: number;
  /** Number of bytes in the response, including the head. */
  readonly bytes: number;
}

export class HostileSender {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static start(): HostileSender {
    const path = fileURLToPath(new URL('hostile-sender-process.ts', import.meta.url));
    const child = fork(path, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    // Lower the priority, because in production, the sender does not share the processor with the relay.
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    return new HostileSender(child);
  }

  /**
   * Builds requests to a relay. Returns a function that sends them and resolves with the responses once every request
   * has a response or has been given up. The function can be called repeatedly until other requests are prepared.
   */
  async prepare({ url }: RelayProcess, requests: HostileRequests): Promise<() => Promise<HostileResponse[]>> {
    const plan: HostilePlan = { port: Number(new URL(url).port), ...requests };
    await this.#ask(plan);
    return async () => (await this.#ask('send')) as HostileResponse[];
  }

  /** Prepares requests and sends them. */
  async send(relay: RelayProcess, requests: HostileRequests): Promise<HostileResponse[]> {
    return (await this.prepare(relay, requests))();
  }

  async #ask(message: HostilePlan | 'send'): Promise<unknown> {
    this.#child.send(message);
    const [answer] = (await once(this.#child, 'message')) as [unknown];
    return answer;
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
