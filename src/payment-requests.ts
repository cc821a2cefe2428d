/**
 * Requests that take or record a payment, or let TutorCruncher take one. Zapier does not allow apps to process payments,
 * and a repeated run would repeat a payment. The comparisons ignore letter case and punctuation.
 */

import type { Method } from './inputs/api-request.ts';

/** The values of `raise_behaviour` that do not charge the client's card or credit (TutorCruncher's API docs). */
export const UNPAID_BEHAVIOURS = ['dont-raise', 'raise-no-autopayment', 'raise-and-send-no-autopayment'];

/** The `auto_charge` of a client that prevents charges to the client's card. With 0, the branch's setting applies. */
export const NO_AUTO_CHARGE = '20';

/** A request to TutorCruncher's API. */
export interface RawRequest {
  readonly method: Method;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** JSON text; null if there is none. */
  readonly body: string | null;
}

const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');

/** Matches the strings in a JSON text. The match for a name includes the start of its value. */
const STRINGS = /("[^"\\]*(?:\\.[^"\\]*)*")(?:\s*:\s*("[^"\\]*(?:\\.[^"\\]*)*"|[^",\]}\s]+))?/g;

/** Returns all names in a JSON text, also duplicates, with their values as text (the start of a list or object). */
export const namesIn = (json: string): [name: string, value: string][] =>
  [...json.matchAll(STRINGS)].flatMap(([, name = '', value]): [string, string][] =>
    value === undefined ? [] : [[String(JSON.parse(name)), value.startsWith('"') ? String(JSON.parse(value)) : value]],
  );

/** Returns true if an entry of a body or a query may start a payment. `send_pfi` is an older `raise_behaviour`. */
function startsPayment([name, value]: readonly [string, string]): boolean {
  if (plain(name) === 'sendpfi') return true;
  if (plain(name) === 'autocharge') return value !== NO_AUTO_CHARGE;
  return /^raisebehaviou?r$/.test(plain(name)) && !UNPAID_BEHAVIOURS.includes(value);
}

/** Returns true if a request may take or record a payment. */
export function isPaymentRequest({ method, path, query, body }: RawRequest): boolean {
  const segments = path.split('/').map(plain);
  if (segments.some((segment) => segment.includes('takepayment'))) return true;
  if (method === 'GET') return false;
  return (
    segments.some((segment) => segment.includes('payment') || segment.startsWith('balanceupdate')) ||
    Object.entries(query).some(startsPayment) ||
    namesIn(body ?? '').some(startsPayment)
  );
}
