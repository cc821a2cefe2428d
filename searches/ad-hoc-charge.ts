import { adHocCharge } from '../objects/ad-hoc-charge.ts';
import { dateInput } from '../src/inputs/moment.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { refersTo, rowText, searchList } from '../src/list-search.ts';
import { search } from '../src/search.ts';

const CLIENT = recordInput(
  { key: 'find_client', label: 'Find Client', becomes: 'client' },
  { list: 'client_list', search: 'find_client' },
);
const TUTOR = recordInput(
  { key: 'find_tutor', label: 'Find Tutor', becomes: 'contractor' },
  { list: 'tutor_list', search: 'find_tutor' },
);
const JOB = recordInput(
  { key: 'find_job', label: 'Find Job', becomes: 'service' },
  { list: 'job_list', search: 'find_job' },
);
const CATEGORY = recordInput(
  { key: 'find_category', label: 'Find Category', becomes: 'category' },
  { list: 'charge_category_list' },
);
const AFTER = dateInput({
  key: 'find_after',
  label: 'From Date',
  becomes: 'date_occurred_gte',
  helpText: 'The earliest date of the charge.',
});
const BEFORE = dateInput({
  key: 'find_before',
  label: 'To Date',
  becomes: 'date_occurred_lte',
  helpText: 'The latest date of the charge.',
});

export const adHocChargeSearch = search({
  key: 'find_ad_hoc_charge',
  label: 'Find Ad Hoc Charge',
  description: 'Finds the latest ad hoc charge of a client, tutor or job.',
  object: adHocCharge,
  inputs: [CLIENT, TUTOR, JOB, CATEGORY, AFTER, BEFORE],
  find: async (run, values) => {
    const [client, tutor, job] = [values.of(CLIENT), values.of(TUTOR), values.of(JOB)];
    if (client === null && tutor === null && job === null) {
      throw run.refusal('This step does not say whose charge to find. Fill in Find Client, Find Tutor or Find Job.');
    }
    const [category, after, before] = [values.of(CATEGORY), values.of(AFTER), values.of(BEFORE)];
    return searchList(run, adHocCharge, {
      params: values.body() as Record<string, string>,
      maxPages: 3,
      compareRow: (row) => {
        const date = rowText(row, 'date_occurred').slice(0, 10);
        const isExact =
          (category === null || refersTo(row.category_id, category)) &&
          (after === null || date >= after) &&
          (before === null || date <= before);
        return isExact ? 'exact' : null;
      },
      // Rows of the list contain neither people nor jobs.
      isMatch: (charge) =>
        (client === null || refersTo(charge.client, client)) &&
        (tutor === null || refersTo(charge.contractor, tutor)) &&
        (job === null || refersTo(charge.service, job)),
      order: (a, b) => rowText(b, 'date_occurred').localeCompare(rowText(a, 'date_occurred')),
      narrow: 'Fill in From Date or To Date, or Find Category.',
    });
  },
});
