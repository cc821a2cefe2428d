import { review } from '../objects/review.ts';
import { recordInput } from '../src/inputs/record-input.ts';
import { newestRows } from '../src/polled/newest-rows.ts';
import { HOW_OFTEN, LIST_REACH_MS } from '../src/polled/polled-trigger-definition.ts';
import { polledTrigger } from '../src/polled/polled-trigger.ts';
import { refersTo, rowText } from '../src/api/rows.ts';
import type { JsonObject } from '../wire/json.ts';

const TUTOR = recordInput('tutor', 'tutor_list', {
  becomes: null,
  helpText:
    'Only trigger for reviews of this tutor. Leave empty to trigger for all reviews. Only the newest 1,000 reviews are ' +
    `compared. ${HOW_OFTEN}`,
});

const createdAt = (row: JsonObject): number => Date.parse(rowText(row, 'date_created'));

export const reviewCreated = polledTrigger({
  key: 'review_created',
  label: 'New Review',
  description: 'Triggers when a client writes a review of a tutor, checked every 1 to 15 minutes.',
  object: review,
  inputs: [TUTOR],
  poll: (values, run, now) => {
    const tutor = values.of(TUTOR);
    const from = now - LIST_REACH_MS;
    const checkEnd = (earliest: number) => {
      if (earliest < from) return;
      throw run.refusal(
        'This step compares the newest 1,000 reviews in TutorCruncher, and all of them were written in the last five days. ' +
          'It runs again when there are fewer new reviews.',
      );
    };
    return {
      readRows: ({ spend }) => newestRows(run, review, { spend, momentOf: createdAt, from, checkEnd }),
      momentOf: createdAt,
      span: { from, to: Infinity },
      isDue: ({ contractor }) => refersTo(contractor, tutor),
    };
  },
});
