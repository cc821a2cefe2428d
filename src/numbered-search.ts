/** Searches for invoices and credit requests, whose lists are sorted by `date_sent`, newest first, and have no filters. */

import type { JsonObject } from '../wire/json.ts';
import type { Input } from './inputs/input.ts';
import { NEWEST_PAGES, refersTo, rowText, searchList } from './list-search.ts';
import { nounOf } from './object-record.ts';
import { slug } from './record/product-words.ts';
import type { Find } from './search.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** The inputs of a search for a numbered record of a client. */
export interface NumberedInputs {
  readonly number: Input<string>;
  readonly client: Input<string>;
  readonly status: Input<string>;
}

/** Returns true if a number such as INV-148 is the wanted one. Its digits are enough. */
const hasNumber = (number: string, wanted: string): boolean =>
  slug(number) === slug(wanted) || (/^\d+$/.test(wanted) && Number(/\d+$/.exec(number)?.[0] ?? '') === Number(wanted));

/** Returns the function that finds a record by its number, or the newest record of a client. */
export const findNumbered =
  (object: TutorCruncherObject, inputs: NumberedInputs): Find =>
  (run, values) => {
    const [number, client, status] = [inputs.number, inputs.client, inputs.status].map((input) => values.of(input));
    if (number == null && client == null) {
      const { label } = inputs.number.field;
      throw run.refusal(`This step does not say which ${nounOf(object)} to find. Fill in ${label} or Find Client.`);
    }
    const isWanted = (row: JsonObject) =>
      (number == null || hasNumber(rowText(row, 'display_id'), number)) &&
      (client == null || refersTo(row.client, client)) &&
      (status == null || slug(rowText(row, 'status')) === slug(status));
    return searchList(run, object, {
      params: {},
      maxPages: NEWEST_PAGES,
      compareRow: (row) => {
        if (!isWanted(row)) return null;
        // TutorCruncher does not document where in the list the records without a date are.
        const isNewest = number != null || status != null || rowText(row, 'date_sent') !== '';
        return isNewest ? 'exact' : 'partial';
      },
      isMatch: isWanted,
      sortedBy: 'date_sent',
      narrow: `To read an older ${nounOf(object)}, use API Request with its ID.`,
    });
  };
