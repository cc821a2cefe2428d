/**
 * The requests that API Request does not send. Zapier does not allow apps to process payments, and a repeated run would
 * repeat a payment. Requests are refused if they take, record or refund a payment, or if they allow TutorCruncher to
 * take a payment. Deletions and cancellations are refused because they cannot be undone. The comparisons ignore letter
 * case and punctuation.
 */

import type { StepRun } from '../api/step-run.ts';

/** The methods that a step can use. DELETE is excluded, because deletions cannot be undone. */
export const METHODS = ['GET', 'POST', 'PUT'] as const;

export type Method = (typeof METHODS)[number];

/** A request to TutorCruncher's API that the user defines. */
export interface RawRequest {
  readonly method: Method;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** JSON text of the body; null if the request has no body. */
  readonly body: string | null;
}

/**
 * The values of `raise_behaviour` that charge neither the client's card nor the client's credit (TutorCruncher's API
 * docs).
 */
const UNPAID_BEHAVIOURS = ['dont-raise', 'raise-no-autopayment', 'raise-and-send-no-autopayment'];

/** The `auto_charge` of a client that prevents charges to the client's card. With 0, the branch's setting applies. */
const NO_AUTO_CHARGE = '20';

const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');

/** Matches the strings in a JSON text. The match for a name includes the start of its value. */
const STRINGS = /("[^"\\]*(?:\\.[^"\\]*)*")(?:\s*:\s*("[^"\\]*(?:\\.[^"\\]*)*"|[^",\]}\s]+))?/g;

/**
 * Returns all names in a JSON text, including duplicates, with their values as text. A list or an object is represented
 * by its first character.
 */
export const namesIn = (json: string): [name: string, value: string][] =>
  [...json.matchAll(STRINGS)].flatMap(([, name = '', value]): [string, string][] =>
    value === undefined ? [] : [[String(JSON.parse(name)), value.startsWith('"') ? String(JSON.parse(value)) : value]],
  );

/** Returns true if an entry of a body or a query could start a payment. `send_pfi` is an older `raise_behaviour`. */
function startsPayment([name, value]: readonly [string, string]): boolean {
  if (plain(name) === 'sendpfi') return true;
  if (plain(name) === 'autocharge') return value !== NO_AUTO_CHARGE;
  return /^raisebehaviou?r$/.test(plain(name)) && !UNPAID_BEHAVIOURS.includes(value);
}

/** Returns the segments of a path without punctuation. */
const segmentsOf = (path: string): string[] => path.split('/').map(plain);

/** Returns the names in the query and the body of a request, with their values. */
const entriesIn = ({ query, body }: RawRequest): (readonly [name: string, value: string])[] => [
  ...Object.entries(query),
  ...namesIn(body ?? ''),
];

/** Matches path segments of requests that move money. */
const MONEY = /payment|refund|payout|transaction|^balanceupdate/;

/** Returns true if a request could take, record or refund a payment. */
function isPaymentRequest(request: RawRequest): boolean {
  const segments = segmentsOf(request.path);
  if (segments.some((segment) => segment.includes('takepayment'))) return true;
  if (request.method === 'GET') return false;
  return segments.some((segment) => MONEY.test(segment)) || entriesIn(request).some(startsPayment);
}

/** Matches the removal paths that TutorCruncher documents. These removals do not delete a record. */
const DOCUMENTED_REMOVAL = /\/(?:(?:recipient|contractor)\/remove|remove_label)\/$/;

/**
 * Returns true if a request could delete or cancel something. Some servers use the value of `_method` instead of the
 * request's method.
 */
function isDeletion(request: RawRequest): boolean {
  const names = entriesIn(request).map(([name]) => name);
  if (names.some((name) => /^_.*method$/i.test(name.normalize('NFKC').trim()))) return true;
  const segments = segmentsOf(request.path);
  if (request.method === 'GET') return segments.some((segment) => /^(?:delete|cancel|remove)$/.test(segment));
  return (
    segments.some((segment) => /delete|cancel/.test(segment)) ||
    (segments.some((segment) => segment.includes('remove')) && !DOCUMENTED_REMOVAL.test(request.path)) ||
    names.some((name) => plain(name) === 'isdeleted')
  );
}

/**
 * Refuses a request that a step must not send.
 *
 * @throws {Error} with a message for the Zap's owner, if the request is forbidden
 */
export function refuseForbidden(run: StepRun, request: RawRequest): void {
  if (isDeletion(request)) {
    throw run.refusal(
      'This step does not send requests that delete or cancel something, or that contain _method or is_deleted. Nothing was ' +
        'sent. Do this in TutorCruncher, on the page of the record.',
    );
  }
  if (isPaymentRequest(request)) {
    throw run.refusal(
      'This step does not send requests that take, record or refund a payment, or let TutorCruncher take one. Nothing was sent. Do ' +
        `this in TutorCruncher. To stop automatic charges to a client's card, set auto_charge to ${NO_AUTO_CHARGE}. ` +
        'To raise an invoice or a credit request without asking for a payment, set raise_behaviour to one of ' +
        `these: ${UNPAID_BEHAVIOURS.join(', ')}.`,
    );
  }
}
