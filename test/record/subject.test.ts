import { describe, expect, it } from '@jest/globals';

import { objects } from '../../objects/index.ts';
import { lesson } from '../../objects/lesson.ts';
import { tutor } from '../../objects/tutor.ts';
import { layoutOf } from '../../src/record/key-order.ts';
import { branchFields, UNKNOWN_BRANCH } from '../../src/record/branch-fields.ts';
import { flattenSubject } from '../../src/record/subject.ts';
import { inOlderShape, isFlat, keysOf } from '../support/record-forms.ts';

const OF_NO_BRANCH = branchFields(UNKNOWN_BRANCH);
const BRANCH_KEYS = Object.keys(OF_NO_BRANCH);

describe.each(objects)('the record of a $word alone', (object) => {
  const { sample, layout } = object;
  const record = flattenSubject(sample.subject, layout);

  it("starts with TutorCruncher's own id, followed by the static keys of the object and the branch", () => {
    expect(Object.keys(record)).toEqual(['id', ...layout.keys, ...BRANCH_KEYS]);
    expect(record.id).toBe(sample.subject.id);
    expect(isFlat(record)).toBe(true);
  });

  it('has the same keys and values in the older shape, except for the photo', () => {
    const { subject } = inOlderShape(sample);
    const older = flattenSubject(subject, layout);
    const photo = `${object.word}_photo`;
    expect(keysOf(older)).toEqual(keysOf(record));
    expect(older).toEqual({ ...record, ...(photo in record && { [photo]: null }) });
  });

  it('has all static keys, with null for missing fields', () => {
    const sparse = flattenSubject({ id: 1 }, layout);
    expect(Object.keys(sparse)).toEqual(Object.keys(record));
    expect(Object.values(sparse).filter((value) => value !== null)).toEqual([1, 1]);
  });
});

describe('flattenSubject', () => {
  it('converts an id sent as text to a number, and returns a null id for a subject without one', () => {
    expect(flattenSubject({ id: '9106' }, lesson.layout).id).toBe(9106);
    expect(flattenSubject({ topic: 'Maths' }, lesson.layout)).toMatchObject({ id: null, lesson_id: null });
  });

  it('puts the unknown fields of a subject alone before nested records, and custom fields last', () => {
    const extra_attrs = [{ machine_name: 'school', value: 'Hilltop' }];
    const record = flattenSubject({ extra_attrs, mood: 'fine', ...tutor.sample.subject }, tutor.layout);
    const keys = Object.keys(record);
    expect(keys.indexOf('tutor_mood')).toBe(keys.indexOf('tutor_work_done_details_amount_owed_text') - 1);
    expect(keys.slice(-3)).toEqual(['custom_school', ...BRANCH_KEYS]);
  });

  it('keeps the fields "model" and "extra_attrs" of nested records and items', () => {
    const nested = { model: 'X', extra_attrs: 'y' };
    expect(flattenSubject({ odd: nested, list: [nested] }, layoutOf('thing', {}))).toEqual({
      id: null,
      thing_odd_model: 'X',
      thing_odd_extra_attrs: 'y',
      thing_list: [nested],
      ...OF_NO_BRANCH,
    });
  });

  it('prefixes lists of people in a nested record with the key of that record', () => {
    const record = flattenSubject({ service: { conjobs: [{ contractor: 402 }] } }, layoutOf('thing', {}));
    expect(Object.keys(record)).toEqual(['id', 'job_tutors', 'job_tutor_names', ...BRANCH_KEYS]);
  });

  it('does not let a field of the subject take the key "id" or a key of the branch', () => {
    const subject = { id: null, ID: 7, branch_id: 8 };
    expect(flattenSubject(subject, layoutOf('', {}))).toEqual({ id: null, id_2: 7, branch_id_2: 8, ...OF_NO_BRANCH });
  });
});
