/** Error responses from the stand-in for Zapier to the relay, which give the console failures to display. */

import { DELIVERY_ID_HEADER } from '../../wire/relay-api.ts';
import type { IncomingRequest } from '../zapier.ts';

/** The trigger of the Zap that fails. */
export const FAILING_TRIGGER = 'invoice_paid';

/** Determines how the stand-in for Zapier responds to the relay. */
export class Trouble {
  #planned: readonly number[] = [];
  /** The remaining statuses by delivery id. */
  readonly #statuses = new Map<string, number[]>();

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
    if (triggerKey !== FAILING_TRIGGER || typeof id !== 'string') return null;
    const statuses = this.#statuses.get(id) ?? [...this.#planned];
    this.#statuses.set(id, statuses);
    this.#planned = [];
    return statuses.shift() ?? null;
  }
}
