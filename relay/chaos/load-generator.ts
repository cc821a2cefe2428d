/** The sender of a chaos run: it sends signed events at a steady rate and records the responses. */

import { Agent, request } from 'undici';

import { HOOKS_PATH } from '../../wire/relay-api.ts';
import { sign, SIGNATURE_HEADER } from '../../wire/signature.ts';
import { randomText } from '../harness/random-text.ts';
import { CHANNEL, KEY } from '../harness/sample-delivery.ts';
import { sendAtRate } from '../harness/steady-rate.ts';
import { bodyOfEvent, eventIdOf } from './sent-event.ts';

/** Timeout of TutorCruncher's requests: 8 seconds. */
const TIMEOUT_MS = 8_000;

export class LoadGenerator {
  /** Ids of the events that were acknowledged with 202. */
  readonly acknowledged = new Set<string>();
  /** Number of responses by status. */
  readonly statuses = new Map<number | string, number>();
  /** Origins to which requests are sent. Like a load balancer, the generator uses them in turn. */
  origins: readonly string[];
  readonly #agent = new Agent({ connections: 64, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  #sequence = 0;
  /** Bodies that were sent but not acknowledged. TutorCruncher would retry them. */
  #unacknowledged: string[] = [];

  constructor(origins: readonly string[]) {
    this.origins = origins;
  }

  async #post(origin: string, body: string): Promise<number | string> {
    try {
      const response = await request(`${origin}${HOOKS_PATH}/${CHANNEL}`, {
        dispatcher: this.#agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: sign(body, KEY) },
        body,
      });
      await response.body.dump();
      return response.statusCode;
    } catch {
      return 'no response';
    }
  }

  async #send(body: string, index: number): Promise<void> {
    const status = await this.#post(this.origins[index % this.origins.length] ?? '', body);
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (status === 202) this.acknowledged.add(eventIdOf(body));
    else this.#unacknowledged.push(body);
  }

  /**
   * Sends events at a steady rate. Resolves when all responses have arrived.
   *
   * @param padding - bytes to add to each body
   */
  async run(milliseconds: number, perSecond: number, padding = 0): Promise<void> {
    const total = Math.round((milliseconds / 1000) * perSecond);
    await sendAtRate({ total, perSecond }, (index) =>
      this.#send(bodyOfEvent(this.#sequence++, randomText(padding)), index),
    );
  }

  /** Sends every unacknowledged event again. */
  async retry(): Promise<void> {
    const bodies = this.#unacknowledged;
    this.#unacknowledged = [];
    await Promise.all(bodies.map((body, index) => this.#send(body, index)));
  }

  /** Returns the number of responses by status, as text. */
  get summary(): string {
    return [...this.statuses].map(([status, count]) => `${status}: ${count}`).join(', ');
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}
