/** Error responses of the stand-in for Zapier to the relay during the day, so that the console has something to explain. */

import { DELIVERY_ID_HEADER } from '../../wire/relay-api.ts';
import type { IncomingRequest } from '../zapier.ts';

/** The trigger of the Zap that fails. */
export const FAILING_TRIGGER = 'invoice_paid';

/**
 * Statuses of the responses to the attempts of the first and the second delivery. The relay repeats the first delivery
 * until it succeeds. It gives up the second, because the Zap refuses it three times; sent again, it succeeds.
 */
const STATUSES: readonly (readonly number[])[] = [
  [500, 500],
  [400, 400, 400],
];

/** Decides about the responses to the relay. */
export class Trouble {
  readonly #attempts = new Map<string, number>();
  #isOn = false;

  /** Begins with the next delivery. */
  start(): void {
    this.#isOn = true;
  }

  /** Returns the status of the error response to a request, or null to accept it. Counts the request as an attempt. */
  statusFor(triggerKey: string, { headers }: Pick<IncomingRequest, 'headers'>): number | null {
    const { [DELIVERY_ID_HEADER]: id } = headers;
    if (!this.#isOn || triggerKey !== FAILING_TRIGGER || typeof id !== 'string') return null;
    const attempts = this.#attempts.get(id) ?? 0;
    this.#attempts.set(id, attempts + 1);
    return STATUSES[[...this.#attempts.keys()].indexOf(id)]?.[attempts] ?? null;
  }
}
