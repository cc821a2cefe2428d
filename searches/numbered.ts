/**
 * The searches for invoices, credit requests and payment orders. The lists of these records are sorted by `date_sent`,
 * newest first, and have no filters.
 */

import { creditRequest } from '../objects/credit-request.ts';
import { invoice } from '../objects/invoice.ts';
import { paymentOrder } from '../objects/payment-order.ts';
import { comparing } from '../src/search/missing-fields.ts';
import { choiceInput, choicesInput, statusesOf } from '../src/inputs/choice.ts';
import { NO_EMPTY_VALUE } from '../src/inputs/mapped-empty.ts';
import { numberInput } from '../src/inputs/number.ts';
import { identifierInput } from '../src/inputs/text.ts';
import { NEWEST_PAGES, searchList } from '../src/search/list-search.ts';
import { nounOf } from '../src/object/object-record.ts';
import { searchForMany, type ManySearchStep } from '../src/search/many/search-for-many.ts';
import { joined, textsAmong } from '../src/search/many/summary.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { slug } from '../src/record/product-words.ts';
import { hasAnyStatus, isUnpaid, isWithin, refersTo, rowText } from '../src/api/rows.ts';
import type { Input } from '../src/inputs/input.ts';
import type { JsonObject } from '../wire/json.ts';
import { search, type Search, type SearchForOne, type SearchStep } from '../src/search/search.ts';
import { FIND_CLIENT, FIND_TUTOR, spanInputs } from './find-inputs.ts';

/**
 * Returns true if a number such as INV-148 matches the wanted number, which can consist of only the digits, such as
 * 148.
 */
const hasNumber = (number: string, wanted: string): boolean =>
  slug(number) === slug(wanted) || (/^\d+$/.test(wanted) && Number(/\d+$/.exec(number)?.[0]) === Number(wanted));

/**
 * Defines a search for one numbered record of a client.
 *
 * @param example - an example of a number, for the help text
 */
function numberedSearch({
  example,
  ...step
}: Omit<SearchStep, 'inputs' | 'find'> & { readonly example: string }): SearchForOne {
  const noun = nounOf(step.object);
  const numberInput = identifierInput('find_number', {
    becomes: null,
    helpText: `The number, such as ${example}, or its digits.`,
  });
  const statusInput = choiceInput('find_status', statusesOf(step.object), {
    becomes: null,
    helpText:
      `Search among the ${noun}s with this status only. If empty, the newest ${noun} of a client is the ${noun} that was ` +
      `sent last or, if none has been sent, an unsent ${noun}. ${NO_EMPTY_VALUE}`,
  });
  return search({
    ...step,
    inputs: [numberInput, FIND_CLIENT, statusInput],
    criteria: {
      oneOf: [numberInput, FIND_CLIENT],
      ifEmpty: `This step does not say which ${noun} to find. Fill in "Find Number" or "Find Client".`,
    },
    find: async (run, values) => {
      const [number, client, status] = [values.of(numberInput), values.of(FIND_CLIENT), values.of(statusInput)];
      const isWanted = comparing(
        run,
        { display_id: number, client, status },
        (row) =>
          (number === null || hasNumber(rowText(row, 'display_id'), number)) &&
          refersTo(row.client, client) &&
          hasAnyStatus(row, status === null ? null : [status]),
      );
      return searchList(run, step.object, {
        params: {},
        maxPages: NEWEST_PAGES,
        isRow: isWanted,
        // TutorCruncher does not document where the list places records without a date.
        isBest: (row) => number !== null || status !== null || rowText(row, 'date_sent') !== '',
        isMatch: isWanted,
        sortedBy: 'date_sent',
        narrow: `To read an older ${noun}, use API Request with its ID.`,
      });
    },
  });
}

export const invoiceSearch = numberedSearch({
  key: 'find_invoice',
  description:
    'Finds an invoice by its number, or the newest invoice of a client, among the newest 1,000 invoices, and fails if none of these matches and there are older invoices.',
  object: invoice,
  example: 'INV-148',
});

export const creditRequestSearch = numberedSearch({
  key: 'find_credit_request',
  description:
    'Finds a credit request by its number, or the newest credit request of a client, among the newest 1,000 credit requests, and fails if none of these matches and there are older credit requests.',
  object: creditRequest,
  example: 'PFI-29',
});

const DAY_MS = 86_400_000;

/** Returns the line that describes a record: `INV-148: £63.00, Priya Raman, Paid, sent Tue 9 Jun 2026, 10:00`. */
function lineOf(word: string, amount: string, record: FlatRecord, person = 'client_name'): string {
  const [number, price, status, sent] = ['display_id', `${amount}_text`, 'status_text', 'date_sent_text'].map(
    (name) => record[`${word}_${name}`],
  );
  const parts = [price, joined([record[person], status]), typeof sent === 'string' ? `sent ${sent}` : ''];
  return joined([joined([number]), textsAmong(parts).join(', ')], ': ');
}

/** A search for many numbered records of a client or a tutor. */
interface ManyNumbered extends Omit<ManySearchStep, 'criteria' | 'criteriaIn' | 'narrow'> {
  readonly person: Input<string>;
  /** The row field that contains the person. */
  readonly personField: 'client' | 'payee';
}

/** Defines a search for many numbered records of clients or tutors. */
function numberedSearchForMany({ person: personInput, personField, ...step }: ManyNumbered): Search {
  const { statuses: knownStatuses = [] } = step.object;
  const noun = nounOf(step.object);
  const statusesInput = choicesInput('find_statuses', statusesOf(step.object), {
    becomes: null,
    helpText:
      `Finds only ${noun}s that have one of these statuses. Leave empty for all statuses. Total Amount then also counts paid ` +
      `${noun}s, but not void ${noun}s. Only the newest 1,000 ${noun}s are ` +
      `compared; if older ${noun}s may match, Is Complete is false, or the step fails if it finds none. ${NO_EMPTY_VALUE}`,
  });
  const sent = spanInputs('sent', 'Sent', `${noun}s that were sent`);
  const overdueInput = numberInput(
    'find_overdue_days',
    { min: 0, max: 3650, unit: 'days' },
    {
      label: 'Overdue by Days',
      becomes: null,
      helpText:
        `Finds only ${noun}s that were sent at least this number of days ago and are still to be paid, for example 14. Their status is ` +
        'Confirmed, Unpaid, Payment Pending or Failed.',
    },
  );
  return searchForMany({
    ...step,
    narrow: `Fill in "Sent From", or choose a later day there: the step then compares all ${noun}s back to that day.`,
    uncounted: { key: `${step.object.word}_status`, statuses: ['void'] },
    criteria: [statusesInput, personInput, ...sent.inputs, overdueInput],
    criteriaIn: (run, values) => {
      const [statuses, person, overdue] = [values.of(statusesInput), values.of(personInput), values.of(overdueInput)];
      const span = sent.spanOf(values);
      const dueSpan = { from: null, to: overdue === null ? null : Date.now() - overdue * DAY_MS };
      const hasKnownStatus = (row: JsonObject): boolean => {
        if (hasAnyStatus(row, knownStatuses)) return true;
        throw run.refusal(
          `TutorCruncher has the ${noun} ${rowText(row, 'display_id')} with the status "${rowText(row, 'status')}", which this step ` +
            'does not know, so it cannot tell whether the status is wanted. Leave "Find Statuses" and "Overdue by Days" empty, and ' +
            'tell the people who maintain this app.',
        );
      };
      const isWanted = comparing(
        run,
        { status: statuses ?? overdue, [personField]: person, date_sent: span.from ?? span.to ?? overdue },
        (row) =>
          ((statuses === null && overdue === null) || hasKnownStatus(row)) &&
          hasAnyStatus(row, statuses) &&
          refersTo(row[personField], person) &&
          isWithin(span, row, 'date_sent') &&
          isWithin(dueSpan, row, 'date_sent') &&
          (overdue === null || isUnpaid(row)),
      );
      return {
        filters: [],
        statuses,
        isRow: isWanted,
        isMatch: isWanted,
        isPast: (rows) => {
          const times = rows.map((row) => Date.parse(rowText(row, 'date_sent'))).filter((time) => !Number.isNaN(time));
          return span.from !== null && times.length > 0 && Math.max(...times) < span.from;
        },
      };
    },
  });
}

export const invoicesSearch = numberedSearchForMany({
  key: 'find_invoices',
  description:
    'Finds up to 100 of the newest 1,000 invoices that meet all criteria, such as a status, the most recently sent first, and gives them as text with their total in the first result, where Total Still to Pay is filled in only if Details is true.',
  object: invoice,
  person: FIND_CLIENT,
  personField: 'client',
  line: (record) => lineOf('invoice', 'gross', record),
  amount: 'invoice_gross',
  stillToPay: 'invoice_still_to_pay',
});

export const creditRequestsSearch = numberedSearchForMany({
  key: 'find_credit_requests',
  description:
    'Finds up to 100 of the newest 1,000 credit requests that meet all criteria, such as a status, the most recently sent first, and gives them as text with their total in the first result.',
  object: creditRequest,
  person: FIND_CLIENT,
  personField: 'client',
  line: (record) => lineOf('credit_request', 'amount', record),
  amount: 'credit_request_amount',
  stillToPay: 'credit_request_still_to_pay',
});

export const paymentOrdersSearch = numberedSearchForMany({
  key: 'find_payment_orders',
  description:
    'Finds up to 100 of the newest 1,000 payment orders that meet all criteria, such as a tutor or a status, the most recently sent first, and gives them as text with their total in the first result, where Total Still to Pay is filled in only if Details is true.',
  object: paymentOrder,
  person: FIND_TUTOR,
  personField: 'payee',
  line: (record) => lineOf('payment_order', 'amount', record, 'payment_order_payee_name'),
  amount: 'payment_order_amount',
  stillToPay: 'payment_order_still_to_pay',
});
