/** Responses of the stand-in for Zapier to the relay. Some are errors, which give the console failures to display. */

import { EventEmitter, once } from 'node:events';

import { DELIVERY_ID_HEADER } from '../../wire/relay-api.ts';
import type { IncomingRequest } from '../zapier.ts';

/** The trigger of the Zap that fails. */
export const FAILING_TRIGGER = 'invoice_paid';

/** Time limit for deliveries, in milliseconds. */
const ARRIVAL_MS = 15_000;

/** Determines how the stand-in for Zapier responds to the relay, and counts the deliveries. */
export class ZapResponses {
  #planned: readonly number[] = [];
  /** The remaining statuses by delivery id. */
  readonly #statuses = new Map<string, number[]>();
  readonly #counted = new EventEmitter();
  #count = 0;

  /**
   * Sets the statuses of the error responses to the next delivery to the Zap, one for each attempt. Later attempts
   * succeed.
   */
  plan(statuses: readonly number[]): void {
    this.#planned = statuses;
  }

  /** Counts a request as an attempt. Returns the status of the error response, or null to accept the request. */
  statusFor(triggerKey: string, { headers }: Pick<IncomingRequest, 'headers'>): number | null {
    const { [DELIVERY_ID_HEADER]: id } = headers;
    if (typeof id !== 'string') return null;
    this.#count++;
    this.#counted.emit('delivery');
    if (triggerKey !== FAILING_TRIGGER) return null;
    const statuses = this.#statuses.get(id) ?? [...this.#planned];
    this.#statuses.set(id, statuses);
    this.#planned = [];
    return statuses.shift() ?? null;
  }

  /**
   * Resolves once a number of deliveries have arrived since the previous call.
   *
   * @throws {Error} if the deliveries do not arrive in time
   */
  async arrived(count: number): Promise<void> {
    const signal = AbortSignal.timeout(ARRIVAL_MS);
    try {
      while (this.#count < count) await once(this.#counted, 'delivery', { signal });
    } catch {
      throw new Error(`the relay did not deliver the events within ${ARRIVAL_MS / 1000} seconds.`);
    }
    this.#count -= count;
  }
}
