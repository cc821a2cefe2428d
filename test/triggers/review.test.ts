/** The reviews that trigger New Review, and their records. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { review } from '../../objects/review.ts';
import type { JsonObject } from '../../wire/json.ts';
import { recordsOf } from '../support/app-tester.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf } from '../support/steps.ts';
import { fromNow, poll, polledTriggerOf } from '../support/polls.ts';

const tutorCruncher = useTutorCruncher();

describe('review_created', () => {
  beforeEach(() => {
    tutorCruncher.now.account.addList('reviews', []);
  });

  const attribute = (machine_name: string, type: string, name: string, value: string): JsonObject => ({
    id: 61,
    machine_name,
    type,
    name,
    value,
  });
  const EXTRA_ATTRS = [
    attribute('review-details', 'Long Textbox', 'Review Details', 'She asked &quot;When is Hannah coming back?&quot;'),
    attribute('review-stars', 'Stars', 'Review Rating', '4.8/5 stars'),
  ];

  /** Adds a review to the account. @param hours - hours since the creation of the review */
  const add = (hours: number, fields: JsonObject = {}) =>
    tutorCruncher.now.account.add('reviews', {
      ...review.sample.subject,
      date_created: fromNow(-hours),
      extra_attrs: EXTRA_ATTRS,
      ...fields,
    });
  const idsOf = async (inputData: JsonObject = {}) => (await poll('review_created', inputData)).map(({ id }) => id);

  it('returns each review of the last 5 days with its text, rating, author and tutor, in one request', async () => {
    add(121);
    const { id } = add(119);
    const [record, ...others] = await poll('review_created');
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      id: String(id),
      review_id: id,
      client_name: 'Priya Raman',
      tutor_name: 'Hannah Whitlock',
      custom_review_details_text: 'She asked "When is Hannah coming back?"',
      custom_review_stars: '4.8/5 stars',
    });
    // The text of the review directly follows the names.
    expect(Object.keys(record ?? {}).slice(1, 4)).toEqual(['tutor_name', 'client_name', 'custom_review_details_text']);
    expect(tutorCruncher.requests()).toHaveLength(1);
  });

  it('can be limited to a tutor', async () => {
    add(2, { contractor: { id: 403, last_name: 'Okoro' } });
    const { id } = add(1);
    expect(await idsOf({ tutor: '402' })).toEqual([String(id)]);
  });

  it('stops reading at a page with old reviews only, and returns at most 100 reviews in a poll', async () => {
    for (let index = 0; index < 250; index++) add(200);
    for (let index = 0; index < 150; index++) add(2);
    const first = await idsOf();
    expect(tutorCruncher.requests()).toHaveLength(3);
    const later = (await poll('review_created', {}, { keepsCache: true })).map(({ id }) => id);
    expect([first.length, later.length, new Set([...first, ...later]).size]).toEqual([100, 50, 150]);
    expect(await poll('review_created', {}, { keepsCache: true })).toEqual([]);
  });

  it('fails if more than 1,000 reviews were written in five days', async () => {
    for (let index = 0; index < 1_001; index++) add(2);
    expect(await failureOf(poll('review_created'))).toMatch(
      /^This step compares the newest 1,000 reviews .+ five days\./,
    );
  });

  it("offers the account's custom fields of reviews, with the names that they have in TutorCruncher", async () => {
    add(1);
    const { outputFields } = polledTriggerOf('review_created').definition.operation;
    const bundle = { inputData: {}, authData: { private_key: PRIVATE_KEY } };
    const fields = await recordsOf(outputFields, bundle);
    expect(fields).toContainEqual({ key: 'custom_review_details_text', label: 'Review Details', type: 'string' });
    expect(fields).toContainEqual({ key: 'custom_review_stars', label: 'Review Rating', type: 'string' });
  });
});
