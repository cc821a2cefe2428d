/** The definitions of polled triggers. Each part of a definition takes effect, or is refused. */

import { describe, expect, it } from '@jest/globals';

import { directZ } from '../../local/hook-calls.ts';
import { review } from '../../objects/review.ts';
import { NoRequestsLeft } from '../../src/api/ration.ts';
import type { PolledTriggerDefinition } from '../../src/polled/polled-trigger-definition.ts';
import { polledTrigger } from '../../src/polled/polled-trigger.ts';
import { newNotes, ZapNotesStore } from '../../src/polled/zap-notes.ts';
import { bundleWith, cachedZ } from '../support/direct-polls.ts';
import { outputKeys } from '../support/lookups.ts';
import { poll, polledTriggerOf } from '../support/polls.ts';
import { keysOf } from '../support/record-forms.ts';
import { failureOf } from '../support/steps.ts';
import { FETCH, NAMES_BY_FAMILY, studentNames, useClassLessons } from './class-zaps.ts';

const { add } = useClassLessons();
const KEY = 'review_created';
const NOW = Date.now();
const REVIEWS = [4, 5, 6].map((id) => ({ id, date_created: new Date(NOW).toISOString() }));

const definition: PolledTriggerDefinition = {
  key: KEY,
  label: 'New Review',
  description: 'Triggers when a client writes a review.',
  object: review,
  inputs: [],
  poll: (_values, _run, now) => ({
    readRows: async ({ spend }) => {
      await spend();
      return REVIEWS;
    },
    momentOf: ({ date_created }) => Date.parse(String(date_created)),
    span: { from: now - 3_600_000, to: Infinity },
    isDue: () => true,
  }),
};
const withPoll = (changes: Partial<ReturnType<PolledTriggerDefinition['poll']>>): PolledTriggerDefinition => ({
  ...definition,
  poll: (...args) => ({ ...definition.poll(...args), ...changes }),
});

/** Polls a list with full rows, and returns the ids of the records. */
async function idsOf(trigger: PolledTriggerDefinition, isLoadingSample = false): Promise<unknown[]> {
  const z = cachedZ();
  const bundle = bundleWith({ isLoadingSample });
  await new ZapNotesStore(z, bundle, KEY, '17').write(newNotes(NOW, []));
  const records = await polledTrigger(trigger).definition.operation.perform(z, bundle);
  return records.map(({ review_id }) => review_id);
}

describe.each([false, true])('a list whose rows are complete (in the editor: %p)', (isLoadingSample) => {
  it('has records of all rows that are due', async () => {
    expect((await idsOf(definition, isLoadingSample)).sort()).toEqual([4, 5, 6]);
  });

  it('has no records of rows that are not chosen', async () => {
    const trigger = withPoll({ isChosen: ({ id }) => id === 5 });
    expect(await idsOf(trigger, isLoadingSample)).toEqual([5]);
  });

  it('has no records of rows that further requests exclude', async () => {
    const trigger = withPoll({ readMore: (row) => Promise.resolve(row.id === 6 ? row : null) });
    expect(await idsOf(trigger, isLoadingSample)).toEqual([6]);
  });
});

describe('a failed poll', () => {
  const TOO_MANY = /^The polled triggers of this connection have used the requests of this minute, .+ wait a minute/;
  const THROTTLED = /^TutorCruncher accepts 100 requests per minute, .+ the next poll returns the same records\./;

  it.each<[string, () => Error, RegExp]>([
    ['that the minute has too few requests', () => new NoRequestsLeft(), TOO_MANY],
    ['when to try again', () => new directZ.errors.ThrottledError('The server returned 429'), THROTTLED],
    ['any other problem unchanged', () => new Error('Down.'), /^Down\.$/],
  ])('reports %s', async (_what, errorOf, message) => {
    const trigger = withPoll({ readRows: () => Promise.reject(errorOf()) });
    expect(await failureOf(idsOf(trigger, true))).toMatch(message);
  });
});

describe('the definition of a trigger', () => {
  const reminders = () => [{ afterMs: 0, idEnd: '14', fields: { reminder_days_after: 14 } }];
  const partsOf = (changes: Partial<PolledTriggerDefinition>) => {
    const { definition: made, outputFields } = polledTrigger({ ...definition, ...changes });
    return { sample: made.operation.sample, fields: outputFields().map(({ key, type }) => [key, type]) };
  };
  const { id } = review.sample.subject;

  it.each([
    ["TutorCruncher's id", {}, String(id), ['id', 'string']],
    ['the end of the id', { idEnd: () => '2' }, `${String(id)}@2`, ['id', 'string']],
    ['the first reminder', { reminders }, `${String(id)}@14`, ['reminder_days_after', 'number']],
  ])('has a sample and fields with %s', (_what, changes, sampleId, field) => {
    const { sample, fields } = partsOf(changes);
    expect(sample.id).toBe(sampleId);
    expect(fields).toContainEqual(field);
    expect(fields.map(([key]) => key)).toEqual(Object.keys(sample).map((key) => expect.stringContaining(key)));
  });

  it('limits the polls of a connection, so that they leave requests to other steps', () => {
    const { throttle } = polledTrigger(definition).definition.operation;
    expect(throttle).toMatchObject({ window: 60, limit: 10, scope: ['auth'] });
  });
});

describe('a definition is refused', () => {
  it('if both its reminders and the trigger add an end to the id', () => {
    const reminders = () => [{ afterMs: 0, idEnd: '1', fields: {} }];
    expect(() => polledTrigger({ ...definition, idEnd: () => '2', reminders })).toThrow('Leave out one of the two.');
  });

  it('if it offers a run for each person of an object other than a lesson', () => {
    expect(() => polledTrigger({ ...definition, offersRunFor: true })).toThrow('only lessons can have a run');
  });
});

describe('Fetch Details of a polled trigger', () => {
  it('has its output fields, and fields in test data and in the sample', async () => {
    const meta = { isLoadingSample: true };
    const [sample = {}] = await poll('lesson_starting', FETCH, { meta });
    expect(sample).toMatchObject({ client_first_name: 'Priya', details_fetched: true });
    add(2);
    const records = await poll('lesson_starting', FETCH, { meta });
    expect(studentNames(records)).toEqual(NAMES_BY_FAMILY.slice(0, 3));
    expect(keysOf(records[0] ?? {}).sort()).toEqual(keysOf(sample).sort());
    const { outputFields } = polledTriggerOf('lesson_starting').definition.operation;
    expect(await outputKeys(outputFields, FETCH)).toContain('client_mobile');
    expect(await outputKeys(outputFields, { ...FETCH, run_for: 'tutor' })).toContain('tutor_mobile');
  });
});
