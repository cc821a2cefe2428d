import { describe, expect, it } from '@jest/globals';

import { deliveryOf, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import { appTester, deliver } from '../support/app-tester.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

interface Field {
  readonly key: string;
  readonly label: string;
  readonly type: string;
}

/** Returns the output fields that a trigger has only in this account. */
async function customFields(key: string, clearCache = true): Promise<Field[]> {
  const bundle = { authData: { private_key: PRIVATE_KEY } };
  const { definition, outputFields } = triggerOf(key);
  const fields = (await appTester(definition.operation.outputFields, bundle, clearCache)) as Field[];
  const isShared = (field: Field) => outputFields.some((shared) => shared.key === field.key);
  expect(fields.filter(isShared)).toEqual(outputFields);
  const own = fields.filter((field) => !isShared(field));
  // Custom fields precede the event's own fields.
  const start = outputFields.findIndex((field) => field.key === 'event_description');
  expect(fields.slice(start, start + own.length)).toEqual(own);
  return own;
}

const EXTRA_ATTRS = [
  { id: 1, machine_name: 'contractor-exp', name: 'Teaching Experience', type: 'Long Textbox', value: 'Ten years' },
  { id: 2, machine_name: 'dob', name: 'Date of birth', type: 'Date', value: '1993-06-23' },
  { id: 3, machine_name: 'seen', name: 'Last seen', type: 'DateTime', value: null },
  { id: 4, machine_name: 'rating', name: 'Rating', type: 'Stars', value: '4.8/5 stars' },
  { id: 5, machine_name: 'agreed', name: 'Agreed', type: 'Checkbox', value: 'True' },
  { id: 6, machine_name: 'agreed', name: 'Agreed again', type: 'Checkbox', value: true },
  { id: 7, machine_name: 'hours', name: ' ', type: 'Integer', value: 42 },
  { id: 8, machine_name: 'hours_text', name: 'Hours', type: 'Integer', value: '42' },
  { id: 9, machine_name: '', name: null, type: null, value: '' },
];

/** Expects requests for the account's newest tutors, each of whom has different custom fields. */
const expectTutorsWith = (...tutors: unknown[][]) => {
  const rows = tutors.map((_extra_attrs, index) => ({ id: 402 - index }));
  tutorCruncherApi().get('/api/contractors/').reply(200, { results: rows });
  for (const [index, extra_attrs] of tutors.slice(0, 5).entries()) {
    tutorCruncherApi()
      .get(`/api/contractors/${402 - index}/`)
      .reply(200, { id: 402 - index, extra_attrs });
  }
};

/** Expects requests for the account's only tutor, who has these custom fields. */
const expectTutorWith = (...extra_attrs: unknown[]) => {
  expectTutorsWith(extra_attrs);
};

describe('the output fields of custom fields', () => {
  it("have the names and types of the custom fields of the account's newest record", async () => {
    expectTutorWith(...EXTRA_ATTRS);
    expect(await customFields('tutor_updated')).toEqual([
      { key: 'custom_contractor_exp_text', label: 'Teaching Experience', type: 'string' },
      { key: 'custom_contractor_exp', label: 'Teaching Experience (As Sent)', type: 'string' },
      { key: 'custom_dob', label: 'Date of birth', type: 'string' },
      { key: 'custom_seen', label: 'Last seen', type: 'datetime' },
      { key: 'custom_rating', label: 'Rating', type: 'string' },
      { key: 'custom_agreed', label: 'Agreed', type: 'string' },
      { key: 'custom_agreed_2', label: 'Agreed again', type: 'boolean' },
      { key: 'custom_hours', label: 'Custom Hours', type: 'number' },
      { key: 'custom_hours_text', label: 'Hours', type: 'string' },
      { key: 'custom_field', label: 'Custom Field', type: 'string' },
    ]);
  });

  it('come from the five newest records', async () => {
    const named = (name: string, type = 'Short Textbox') => ({
      machine_name: name,
      name: `${name} ${type}`,
      type,
      value: '',
    });
    expectTutorsWith([named('a')], [], [named('b'), named('a', 'Date')], [], [named('c')], [named('d')]);
    expect((await customFields('tutor_updated')).map(({ label }) => label)).toEqual([
      'a Short Textbox',
      'b Short Textbox',
      'c Short Textbox',
    ]);
  });

  it('have the same keys as in a live record', async () => {
    expectTutorWith(...EXTRA_ATTRS);
    const keys = (await customFields('tutor_updated')).map(({ key }) => key);
    const { sampleEvent } = triggerOf('tutor_updated');
    const subject = { ...sampleEvent.subject, extra_attrs: EXTRA_ATTRS };
    const [record = {}] = await deliver('tutor_updated', deliveryOf({ ...sampleEvent, subject }));
    expect(Object.keys(record).filter((key) => key.startsWith('custom_'))).toEqual(keys);
  });

  it('are requested once for all triggers of an object', async () => {
    expectTutorWith(...EXTRA_ATTRS.slice(1, 2));
    expect(await customFields('tutor_updated')).toHaveLength(1);
    expect(await customFields('tutor_updated', false)).toHaveLength(1);
    expect(await customFields('tutor_created', false)).toHaveLength(1);
  });

  it('are empty for an account without records or custom fields', async () => {
    tutorCruncherApi().get('/api/contractors/').reply(200, { results: [] });
    expect(await customFields('tutor_updated')).toEqual([]);
    expectTutorWith();
    expect(await customFields('tutor_updated')).toEqual([]);
  });

  it.each([401, 404, 429, 500])('are empty after a response with status %d, and requested again', async (status) => {
    tutorCruncherApi().get('/api/contractors/').reply(status, {});
    expect(await customFields('tutor_updated')).toEqual([]);
    expectTutorWith(...EXTRA_ATTRS.slice(1, 2));
    expect(await customFields('tutor_updated', false)).toHaveLength(1);
  });

  it('are added to the triggers of objects that have custom fields, and lessons have those of their choices', () => {
    const objects = webhookTriggers
      .filter(({ definition, filter }) => filter.object !== null && definition.operation.outputFields.length > 2)
      .map(({ filter }) => filter.object);
    expect([...new Set(objects)]).toEqual(['client', 'tutor', 'student', 'affiliate', 'job', 'lesson', 'report']);
  });

  it('are not added to triggers about deletions, whose events lack them', () => {
    const deletions = webhookTriggers.filter(({ isDeletion }) => isDeletion);
    expect(new Set(deletions.map(({ definition }) => definition.operation.outputFields.length))).toEqual(new Set([2]));
  });
});
