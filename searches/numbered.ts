/**
 * The searches for invoices and credit requests, whose lists are sorted by `date_sent`, newest first, and
 * have no filters.
 */

import { creditRequest } from '../objects/credit-request.ts';
import { invoice } from '../objects/invoice.ts';
import type { JsonObject } from '../wire/json.ts';
import { choiceInput, statusesOf } from '../src/inputs/choice.ts';
import { identifierInput } from '../src/inputs/scalar.ts';
import { NEWEST_PAGES, searchList } from '../src/list-search.ts';
import { nounOf } from '../src/object-record.ts';
import { slug } from '../src/record/product-words.ts';
import { refersTo, rowText } from '../src/rows.ts';
import { search, type Search, type SearchStep } from '../src/search.ts';
import { FIND_CLIENT } from './find-inputs.ts';

/** Returns true if a number such as INV-148 is the wanted one. Its digits are enough. */
const hasNumber = (number: string, wanted: string): boolean =>
  slug(number) === slug(wanted) || (/^\d+$/.test(wanted) && Number(/\d+$/.exec(number)?.[0]) === Number(wanted));

/**
 * Defines a search for a numbered record of a client.
 *
 * @param example - a number
 */
function numberedSearch({
  example,
  ...step
}: Omit<SearchStep, 'inputs' | 'find'> & { readonly example: string }): Search {
  const noun = nounOf(step.object);
  const numberInput = identifierInput('find_number', {
    becomes: null,
    helpText: `The number, such as ${example}, or its digits. Only the newest 1,000 ${noun}s are searched.`,
  });
  const statusInput = choiceInput('find_status', statusesOf(step.object), {
    becomes: null,
    helpText:
      `Search among the ${noun}s with this status only. If empty, the newest ${noun} of a client is the one that was ` +
      'sent last, or one that has not been sent if there is no other.',
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
      const isWanted = (row: JsonObject) =>
        (number === null || hasNumber(rowText(row, 'display_id'), number)) &&
        refersTo(row.client, client) &&
        (status === null || slug(rowText(row, 'status')) === slug(status));
      return searchList(run, step.object, {
        params: {},
        maxPages: NEWEST_PAGES,
        isRow: isWanted,
        // TutorCruncher does not document where in the list the records without a date are.
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
  description: 'Finds an invoice by its number, or the newest invoice of a client.',
  object: invoice,
  example: 'INV-148',
});

export const creditRequestSearch = numberedSearch({
  key: 'find_credit_request',
  description: 'Finds a credit request by its number, or the newest credit request of a client.',
  object: creditRequest,
  example: 'PFI-29',
});
