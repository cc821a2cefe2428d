/** Error responses from the stand-in for Zapier to the relay. They provide failures for the console to display. */

import { DELIVERY_ID_HEADER } from '../../wire/relay-api.ts';
import type { IncomingRequest } from '../zapier.ts';

/** The trigger of the Zap that fails. */
export const FAILING_TRIGGER = 'invoice_paid';

/** Decides how the stand-in for Zapier responds to the relay. */
export class Trouble {
  #planned: readonly number[] = [];
  /** The remaining statuses, by the id of the delivery. */
  readonly #statuses = new Map<string, number[]>();

  /**
   * Sets the statuses of the error responses to the next delivery to the Zap, one for each attempt. Further attempts
   * succeed.
   */
  plan(statuses: readonly number[]): void {
    this.#planned = statuses;
  }

  /** Returns the status of the error response to a request, or null to accept it. Counts the request as an attempt. */
  statusFor(triggerKey: string, { headers }: Pick<IncomingRequest, 'headers'>): number | null {
    const { [DELIVERY_ID_HEADER]: id } = headers;
    if (triggerKey !== FAILING_TRIGGER || typeof id !== 'string') return null;
    const statuses = this.#statuses.get(id) ?? [...this.#planned];
    this.#statuses.set(id, statuses);
    this.#planned = [];
    return statuses.shift() ?? null;
  }
}
