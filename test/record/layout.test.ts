/** The parts that are derived from a layout's keys, and the conversion of a layout to JSON. */

import { expect, it } from '@jest/globals';

import { objects } from '../../objects/index.ts';
import { layoutParts, layoutWith, type LayoutParts } from '../../src/record/layout.ts';

const layout = layoutWith({
  prefix: 'lesson',
  keys: ['student_names', 'lesson_start_text', 'lesson_start', 'students', 'job_id', 'job_name'],
  headLength: 4,
  customFieldsAt: null,
  leads: ['student_names'],
  itemKeys: { students: ['id', 'charge_rate_text', 'charge_rate'], tutors: ['id'] },
});

it('the keys of nested records are the leading keys and all keys after the head', () => {
  expect([...layout.nestedKeys]).toEqual(['student_names', 'job_id', 'job_name']);
  expect([...layout.ownKeys]).toEqual(['lesson_start_text', 'lesson_start', 'students']);
});

it('the ready-made texts of the record, and of the items of each list that has some, are known', () => {
  expect(layout.readyMade.texts).not.toEqual([]);
  expect([...layout.itemReadyMade.keys()]).toEqual(['students']);
});

it('a record and an item of each list without values have null under each key', () => {
  expect(layout.blank).toMatchObject({ student_names: null, job_name: null });
  expect(Object.keys(layout.blank)).toEqual(layout.keys);
  expect(layout.blankItems.get('students')).toEqual({ id: null, charge_rate_text: null, charge_rate: null });
});

it.each(objects.map(({ word, layout }) => ({ word, layout })))('the layout of $word survives JSON', ({ layout }) => {
  const stored = JSON.parse(JSON.stringify(layoutParts(layout))) as LayoutParts;
  expect(layoutWith(stored)).toEqual(layout);
});
