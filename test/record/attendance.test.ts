/** The text for a student's status before and after a lesson. */

import { expect, it } from '@jest/globals';

import { lesson } from '../../objects/lesson.ts';
import { flattenSubject } from '../../src/record/subject.ts';
import { sampleLocale } from '../../src/object/samples.ts';

it.each([
  ['planned', 'attended', null],
  ['Planned', 'Attended', null],
  ['cancelled', 'attended', null],
  ['cancelled-chargeable', 'attended', null],
  [null, 'attended', null],
  [undefined, 'attended', null],
  ['awaiting-report', 'attended', 'Attended'],
  ['complete', 'attended', 'Attended'],
  ['planned', 'missed', 'Missed'],
  ['cancelled', 'missed-chargeable', 'Missed but Chargeable'],
  ['planned', null, null],
])('of a lesson with the status %j: %j is %j', (lessonStatus, status, text) => {
  const subject = { ...lesson.sample.subject, status: lessonStatus, rcras: [{ recipient: 503, status }] };
  const { students } = flattenSubject(subject, lesson.layout, sampleLocale());
  expect(students).toMatchObject([{ status, status_text: text }]);
});

it('of a lesson whose students are one student without a list', () => {
  const subject = { status: 'planned', rcras: { recipient: 503, status: 'attended' } };
  const { students } = flattenSubject(subject, lesson.layout, sampleLocale());
  expect(students).toMatchObject([{ id: 503, status: 'attended', status_text: null }]);
});
