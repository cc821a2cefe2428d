/** Large and unfinished requests to a relay, sent by another process. */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { RelayProcess } from '../../harness/relay-process.ts';

/** A number of equal requests, sent at the same time. */
export interface HostileRequests {
  readonly count: number;
  /** Request line and headers, without those about the body. */
  readonly head: string;
  /** The body: the unit is repeated; `%` in the unit is a running number, `#` in the prefix makes the body unique. */
  readonly body?: { readonly prefix: string; readonly unit: string; readonly suffix: string; readonly bytes: number };
  /** False to leave the body unfinished. Default: true. */
  readonly isFinished?: boolean;
  readonly isChunked?: boolean;
  /** Time after which the connections are closed, with or without a response. */
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
  /** Bytes of the response, with its head. */
  readonly bytes: number;
}

export class HostileSender {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static start(): HostileSender {
    const path = fileURLToPath(new URL('hostile-sender-process.ts', import.meta.url));
    return new HostileSender(fork(path, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
  }

  /** Sends requests to a relay. Resolves with the responses when all have been answered or given up. */
  async send({ url }: RelayProcess, requests: HostileRequests): Promise<HostileResponse[]> {
    const plan: HostilePlan = { port: Number(new URL(url).port), ...requests };
    this.#child.send(plan);
    const [responses] = (await once(this.#child, 'message')) as [HostileResponse[]];
    return responses;
  }

  stop(): void {
    this.#child.disconnect();
  }
}
