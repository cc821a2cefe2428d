import { adHocCharge } from '../objects/ad-hoc-charge.ts';
import type { JsonObject } from '../wire/json.ts';
import { unexpectedResponse } from '../src/api/client.ts';
import { comparing } from '../src/search/missing-fields.ts';
import { branchDateInput, DATE_HELP } from '../src/inputs/date-time.ts';
import { recordInput } from '../src/inputs/record-input.ts';
import { searchList } from '../src/search/list-search.ts';
import { dayText, localTime } from '../src/record/local-time.ts';
import { UTC, type TimeZone } from '../src/record/time-zone.ts';
import { refersTo, rowId, rowText } from '../src/api/rows.ts';
import type { StepRun } from '../src/api/step-run.ts';
import { search } from '../src/search/search.ts';
import { inputTimeZone } from '../src/inputs/run-time-zone.ts';
import { FIND_CLIENT, FIND_JOB, FIND_TUTOR } from './find-inputs.ts';

const CATEGORY = recordInput('find_category', 'charge_category_list', { becomes: 'category' });
const AFTER = branchDateInput('find_after', {
  label: 'From Date',
  becomes: 'date_occurred_gte',
  helpText: `The earliest date of the charge, in the time zone of your branch. ${DATE_HELP}`,
});
const BEFORE = branchDateInput('find_before', {
  label: 'To Date',
  becomes: 'date_occurred_lte',
  helpText: `The latest date of the charge, in the time zone of your branch. ${DATE_HELP}`,
});

const DAY_MS = 86_400_000;
/**
 * Number of days by which the requested period is extended at both ends, because TutorCruncher might determine the day
 * of a charge in another time zone.
 */
const MARGIN_DAYS = 2;

/** Adds days to a date in the format `YYYY-MM-DD`. */
const shifted = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);

/** Returns the day of a charge in a time zone. @throws {Error} if the row contains no day */
export function dayOf(run: StepRun, { date_occurred: date }: JsonObject, zone: TimeZone): string {
  if (typeof date === 'string' && dayText(date) !== null) return date;
  const day = localTime(date, zone)?.date;
  if (day !== undefined) return day;
  throw unexpectedResponse(run.z, 'date of the charges');
}

export const adHocChargeSearch = search({
  key: 'find_ad_hoc_charge',
  description: 'Finds the latest ad hoc charge of a client, tutor or job, of which at least one is required.',
  object: adHocCharge,
  addedSample: { ad_hoc_charge_description: 'Printed workbook' },
  inputs: [FIND_CLIENT, FIND_TUTOR, FIND_JOB, CATEGORY, AFTER, BEFORE],
  criteria: {
    oneOf: [FIND_CLIENT, FIND_TUTOR, FIND_JOB],
    ifEmpty: 'This step does not say whose charge to find. Fill in "Find Client", "Find Tutor" or "Find Job".',
  },
  find: async (run, values) => {
    const [client, tutor, job] = [values.of(FIND_CLIENT), values.of(FIND_TUTOR), values.of(FIND_JOB)];
    const [category, after, before] = [values.of(CATEGORY), values.of(AFTER), values.of(BEFORE)];
    const zone = after === null && before === null ? null : await inputTimeZone(run);
    const descriptions = new Map<string | null, unknown>();
    const match = await searchList(run, adHocCharge, {
      params: {
        ...(values.body() as Record<string, string>),
        ...(after !== null && { date_occurred_gte: shifted(after, -MARGIN_DAYS) }),
        ...(before !== null && { date_occurred_lte: shifted(before, MARGIN_DAYS) }),
      },
      maxPages: 3,
      isRow: comparing(run, { date_occurred: true, category_id: category }, (row) => {
        descriptions.set(rowId(row), row.description);
        if (!refersTo(row.category_id, category)) return false;
        if (after === null && before === null) return true;
        const day = dayOf(run, row, zone ?? UTC);
        return (after === null || day >= after) && (before === null || day <= before);
      }),
      // Rows of the list contain neither people nor jobs, so the criteria are compared with the details of each charge.
      isMatch: comparing(
        run,
        { client, contractor: tutor, service: job },
        (charge) =>
          refersTo(charge.client, client) && refersTo(charge.contractor, tutor) && refersTo(charge.service, job),
      ),
      order: (a, b) => rowText(b, 'date_occurred').localeCompare(rowText(a, 'date_occurred')),
      narrow: 'Fill in "From Date", "To Date" or "Find Category".',
    });
    // TutorCruncher's details of a charge lack the description, but the rows of the list contain it.
    return match && { ...match, found: { description: descriptions.get(rowId(match.found)) ?? null, ...match.found } };
  },
});
