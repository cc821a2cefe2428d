/** The parts of an object that are derived from its sample delivery. */

import { expect, it } from '@jest/globals';

import { tutor } from '../../objects/tutor.ts';
import { asInWebhooks, tutorCruncherObject, withFields } from '../../src/object/tutorcruncher-object.ts';

it('a subject in the form of webhooks lacks the fields that only the API sends', () => {
  const hidden = tutor.api?.fieldsNotInWebhooks ?? [];
  expect(hidden.length).toBeGreaterThan(0);
  const subject = { ...Object.fromEntries(hidden.map((name) => [name, 1])), last_name: 'Whitlock' };
  expect(asInWebhooks(tutor, subject)).toEqual({ last_name: 'Whitlock' });
});

it('a sample delivery needs an event', () => {
  expect(() => tutorCruncherObject({ word: 'tutor', sample: { events: [] }, earlier: {}, api: null })).toThrow(
    'The sample delivery of the object "tutor" contains no event.',
  );
});

it('the record of an object has no fields of events, and its id is labelled as the id of a record', () => {
  expect(Object.keys(tutor.ownSample).filter((key) => key.startsWith('event_'))).toEqual([]);
  expect(tutor.ownOutputFields[0]).toMatchObject({ key: 'id', label: 'Record ID' });
  expect(tutor.outputFields.map(({ key }) => key)).toContain('event_action');
});

it('an object with additional fields has them in its sample and its output fields', () => {
  const extended = withFields(tutor, { favourite_colour: 'green' });
  expect(extended.ownSample).toMatchObject({ tutor_favourite_colour: 'green' });
  expect(extended.outputFields.map(({ key }) => key)).toContain('tutor_favourite_colour');
  expect(withFields(tutor, {})).toBe(tutor);
});
