/** The contact details of the people in the sample deliveries. */

import { expect, it } from '@jest/globals';

import { affiliate } from '../../../objects/affiliate.ts';
import { client } from '../../../objects/client.ts';
import { student } from '../../../objects/student.ts';
import { tutor } from '../../../objects/tutor.ts';
import type { TutorCruncherEvent } from '../../../wire/delivery.ts';

const valuesOf = (field: string, ...people: readonly { readonly sample: TutorCruncherEvent }[]) =>
  people.map(({ sample }) => sample.subject[field]);

it('have their own mobile phones, and share a home only within a family', () => {
  expect(new Set(valuesOf('mobile', client, student, tutor, affiliate)).size).toBe(4);
  for (const field of ['phone', 'street', 'postcode', 'latitude', 'longitude']) {
    expect(new Set(valuesOf(field, client, tutor, affiliate)).size).toBe(3);
    expect(valuesOf(field, student)).toEqual(valuesOf(field, client));
  }
});
