/** The delay of a channel's acknowledgements during an attack on other channels. */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Duration of the measurement of the usual response time. */
const BASELINE_MS = 1_000;
/** Time after the attack during which the relay may still be processing its requests. */
const AFTERMATH_MS = 300;

/** The webhooks to send. */
export interface ProbeCommand {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export class AckProbe {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static start(): AckProbe {
    const path = fileURLToPath(new URL('ack-probe-process.ts', import.meta.url));
    return new AckProbe(fork(path, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
  }

  /** Returns the response times of the webhooks that are sent during a task; Infinity for a refused webhook. */
  async #timesDuring(command: ProbeCommand, happen: () => Promise<unknown>): Promise<number[]> {
    this.#child.send(command);
    try {
      await happen();
    } finally {
      this.#child.send('stop');
    }
    const [times] = (await once(this.#child, 'message')) as [(number | null)[]];
    return times.map((time) => time ?? Infinity);
  }

  /**
   * Returns the longest response time during an attack on others minus the usual response time, in milliseconds.
   * Returns Infinity if a webhook was not acknowledged.
   */
  async delayBy(command: ProbeCommand, attack: () => Promise<unknown>): Promise<number> {
    const calm = await this.#timesDuring(command, () => sleep(BASELINE_MS));
    const usual = calm.sort((a, b) => a - b)[Math.floor(calm.length / 2)] ?? NaN;
    const times = await this.#timesDuring(command, async () => {
      await attack();
      await sleep(AFTERMATH_MS);
    });
    return Math.max(...times) - usual;
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
